"""OpenAPI of `/_allauth/`: allauth's own, with what we add to its questions and answers."""

from functools import cache
from typing import Any

from allauth.headless.spec.internal.schema import get_schema
from django.conf import settings

from accounts.login.devices import HEADER
from accounts.login.gate import PREFIX, TRYING
from accounts.login.rules import ACTS
from accounts.login.urls import UNUSED, VIEWS
from accounts.login.views import Returning

Json = dict[str, Any]

FLOWS = f"{PREFIX}{{client}}/v1/"
NEXT = {
    "type": "string",
    "example": "/videos/winter-patrol/",
    "description": "A path, or an address on an origin of a frontend: the page that somebody came from.",
}
NEXT_ANSWERED = {
    **NEXT,
    "description": "With the last answer of a flow, where `next` was sent with a step of it: the page to go back to.",
}
NEWSLETTERS = {
    "type": "string",
    "example": "https://api.example.org/api/v1/newsletter/lists/",
    "description": "With the last answer of a registration: the newsletters to offer.",
}
FIELDS = {
    "country": "ISO 3166-1, two letters.",
    "language": "Of mails.",
    "accepts": "Version of the usage terms that the person agreed to, as `/api/v1/account/undertakings/` has it. "
    "Needed where any are in force.",
}
STRENGTH = (
    "12 to 128 characters: upper and lower case, a digit, a symbol, no spaces; not a common one, and not like the "
    "person. Each rule that is broken comes back, with `param: password`."
)
DEVICE_TOKEN = {
    "name": HEADER,
    "in": "header",
    "schema": {"type": "string"},
    "description": "Of apps: what this header said with the answer to the device's last login, also after a logout. "
    "Tries from there are counted by themselves: strangers who guess lock nobody out. Browsers have a cookie instead.",
}
RETRY_AFTER = {"description": "Seconds after which trying again makes sense.", "schema": {"type": "integer"}}


@cache
def description() -> Json:
    """The same object each time."""
    described: Json = get_schema()
    described["paths"] = {path: of for path, of in described["paths"].items() if path.split("/v1/")[-1] not in UNUSED}
    components = described["components"]
    components["responses"]["TooManyRequests"] = _refused(
        429, ["too_many_tries", "busy"], "Tried too often, or beside another request of the same session."
    )
    components["responses"]["Unavailable"] = _refused(503, ["unavailable"], "Tries cannot be counted at the moment.")
    _describe_fields(components["schemas"])
    again = {"$ref": "#/components/responses/ReauthenticationRequired"}
    described["paths"][f"{FLOWS}auth/sessions"]["delete"]["responses"]["401"] = again
    for path, methods in described["paths"].items():
        flow = path.removeprefix(FLOWS)
        if issubclass(VIEWS.get(flow, object), Returning):
            _take_next(methods["post"])
        if flow == "auth/login":
            operation = methods["post"]
            operation["parameters"] = [*operation.get("parameters", []), DEVICE_TOKEN]
        for method, operation in methods.items():
            if _is_gated(method, operation):
                operation["responses"]["429"] = {"$ref": "#/components/responses/TooManyRequests"}
                if flow in ACTS:
                    operation["responses"]["503"] = {"$ref": "#/components/responses/Unavailable"}
    return described


def _refused(status: int, codes: list[str], why: str) -> Json:
    """An answer of the gate. `errors` is not in the few that allauth gives itself."""
    error = {
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": {"type": "string", "enum": codes},
            "message": {"type": "string", "description": "In the caller's language, with the time to wait."},
        },
    }
    schema = {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": {"type": "integer", "enum": [status]},
            "errors": {"type": "array", "items": error},
        },
    }
    return {
        "description": why,
        "headers": {"Retry-After": RETRY_AFTER},
        "content": {"application/json": {"schema": schema}},
    }


def _describe_fields(schemas: Json) -> None:
    schemas["BaseAuthenticationMeta"]["properties"] |= {"next": NEXT_ANSWERED, "newsletters": NEWSLETTERS}
    schemas["Returning"] = {"type": "object", "properties": {"next": NEXT}}
    schemas["Password"]["description"] = STRENGTH
    for name, text in FIELDS.items():
        schemas["BaseSignup"]["properties"][name]["description"] = text
    credentials, ways = schemas["Login"]["allOf"]
    known = [way for way in ways["anyOf"] if set(way["properties"]) <= set(settings.ACCOUNT_LOGIN_METHODS)]
    schemas["Login"]["allOf"] = [credentials, *known]


def _take_next(operation: Json) -> None:
    """A body of before, or `next`, which any step takes."""
    name = operation["requestBody"]["$ref"].rpartition("/")[2]
    schema = {"allOf": [{"$ref": f"#/components/schemas/{part}"} for part in (name, "Returning")]}
    operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}


def _is_gated(method: str, operation: Json) -> bool:
    references = [parameter.get("$ref", "") for parameter in operation.get("parameters", [])]
    tries = {f"#/components/parameters/{name.removeprefix('X-').replace('-', '')}" for name in TRYING}
    return method.upper() != "GET" or bool(tries & set(references))
