"""The API's description, OpenAPI 3.1: ninja's, made as precise as the answers are.

Ninja says neither which headers an answer has, nor that errors have a media type of their own, nor that a field with
a default is sent all the same. Everything here holds for every endpoint; what is true of one stands beside it.
"""

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from accounts.callers import SCHEMES, AnyCaller
from cms.problems import MEDIA_TYPE
from delivery.caching import etag_of
from delivery.registry import all_renderers

Json = dict[str, Any]

# Properties that are missing where nobody asked for them; all others are always sent, be it as null.
OPTIONAL = {"count"}
COLLECTION = "#/components/schemas/Collection"
READ_HEADERS = ("ETag", "Cache-Control", "Content-Language", "Cache-Tag")
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
HEADERS: Json = {
    "ETag": {
        "description": "Names this very answer; send it back as `If-None-Match`.",
        "schema": {"type": "string"},
        "example": '"5b1c9f0e7d2a4c6b8e3f1a20"',
    },
    "Cache-Control": {
        "description": "How long shared caches may keep it: never past the next scheduled change.",
        "schema": {"type": "string"},
        "example": "public, max-age=0, s-maxage=60, stale-while-revalidate=300",
    },
    "Content-Language": {
        "description": "The language of the content; for a fallback not the one that was asked for.",
        "schema": {"type": "string"},
        "example": "fr",
    },
    "Cache-Tag": {
        "description": "Names to purge caches by, separated by commas.",
        "schema": {"type": "string"},
        "example": "news,story:0b0f6d0e-8f0b-4d0a-9a55-7d1f0f3c2a11",
    },
    "Retry-After": {
        "description": "Seconds after which trying again makes sense.",
        "schema": {"type": "integer"},
        "example": 10,
    },
    "RateLimit-Policy": {
        "description": "How much is allowed: `q` in any `w` seconds.",
        "schema": {"type": "string"},
        "example": '"clips";q=60;w=3600',
    },
    "RateLimit": {
        "description": "What is left of it: `r`, and after `t` seconds it becomes more.",
        "schema": {"type": "string"},
        "example": '"clips";r=59;t=3590',
    },
    "Location": {"description": "Where to go instead.", "schema": {"type": "string", "format": "uri-reference"}},
}


LIMIT_HEADERS = ("RateLimit", "RateLimit-Policy")


class JsonParser(Parser):
    """Bodies are JSON and say so. Raises HttpError 415."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's content."""
        if request.content_type != "application/json":
            raise HttpError(415, "not JSON")
        return super().parse_body(request)


class NewsroomAPI(NinjaAPI):
    """Ninja's API with a precise description, made once a process."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The view's name: it becomes the name of a function in generated clients."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The description; the same object each time."""
        return self._description

    @cached_property
    def _description(self) -> Json:
        return precise(Description(self, self.get_root_path({})))


class Description(OpenAPISchema):
    """Ninja's description, with the ways in which callers say who they are."""

    def operation_security(self, operation: Operation) -> list[Json] | None:
        """None for what is the same for everybody."""
        callers = [auth for auth in operation.auth_callbacks if isinstance(auth, AnyCaller)]
        return [way for caller in callers for way in caller.ways(operation.methods[0])] or None


def as_text(api: NinjaAPI) -> str:
    """The description in the form that is committed."""
    return json.dumps(api.get_openapi_schema(), indent=2, ensure_ascii=False, default=str) + "\n"


def docs() -> Swagger:
    """The page that shows the description. It asks no other server: neither for scripts nor to validate."""
    return Swagger({"validatorUrl": None, "defaultModelsExpandDepth": 0, "docExpansion": "list"})


def precise(description: Json) -> Json:
    """Ninja's description, completed in place."""
    components = description["components"]
    components["headers"] = HEADERS
    components["securitySchemes"] = SCHEMES
    components["parameters"] = {
        "IfNoneMatch": {
            "in": "header",
            "name": "If-None-Match",
            "required": False,
            "description": "`ETag` of an answer that you have: 304 if it is still the same.",
            "schema": {"type": "string"},
        },
        "AcceptLanguage": {
            "in": "header",
            "name": "Accept-Language",
            "required": False,
            "description": "The language of problems; never that of the content.",
            "schema": {"type": "string"},
            "example": "fr",
        },
    }
    schemas = components["schemas"]
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            _complete_operation(path, method, operation)
    _link_operations(description["paths"])
    schemas["Collection"] = {
        "type": "string",
        "title": "Collection",
        "description": "A kind of content, and the part of the API that it is read from.",
        "enum": sorted({renderer.collection for renderer in all_renderers()}),
    }
    for schema in schemas.values():
        _complete_schema(schema)
    used = json.dumps(description, default=str)
    components["schemas"] = {
        name: schema for name, schema in sorted(schemas.items()) if f'"#/components/schemas/{name}"' in used
    }
    return description


def _complete_operation(path: str, method: str, operation: Json) -> None:
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _query_schema(parameter["schema"])
        for repeated in ("description", "examples"):
            parameter["schema"].pop(repeated, None)
        if isinstance(parameter.get("examples"), list):
            parameter["example"] = parameter.pop("examples")[0]
    responses = operation["responses"]
    is_personal = operation.pop("x-personal", False)
    if is_personal:
        _complete_personal(operation)
    if operation.pop("x-counted", False):
        _tell_limits(responses)
    for status, response in responses.items():
        content = response.get("content", {})
        if int(status) >= 400 and "application/json" in content:
            response["content"] = {MEDIA_TYPE: content["application/json"]}
    if operation.pop("x-event-stream", False):
        responses[200]["content"] = {"text/event-stream": responses[200]["content"]["application/json"]}
        responses[200]["description"] = "Events; `data` of each is as described here."
    elif (
        method == "get" and 200 in responses and not is_personal and "{token}" not in path
    ):  # a draft is nobody's to keep
        operation.setdefault("parameters", []).extend(
            {"$ref": f"#/components/parameters/{name}"} for name in ("IfNoneMatch", "AcceptLanguage")
        )
        headers = {name: {"$ref": f"#/components/headers/{name}"} for name in READ_HEADERS}
        responses[200]["headers"] = headers
        responses[304] = {"description": "You have this answer already.", "headers": headers}
        if "{key}" in path:
            responses[301] = {
                "description": "The slug has another spelling, or is a former one.",
                "headers": {"Location": {"$ref": "#/components/headers/Location"}},
            }
    operation["responses"] = {str(status): responses[status] for status in sorted(responses)}


def _complete_personal(operation: Json) -> None:
    """What is one caller's is kept by nobody, so it has no tag."""
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/AcceptLanguage"})
    for status, response in operation["responses"].items():
        if status in (202, 302):
            response["headers"] = {"Location": {"$ref": "#/components/headers/Location"}}
        if status in (429, 503):
            response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}


def _tell_limits(responses: Json) -> None:
    """How many more there may be is told with answers and refusals, but for faults of ours."""
    for status in (status for status in responses if int(status) < 500):
        headers = responses[status].setdefault("headers", {})
        headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in LIMIT_HEADERS}


# Parameters that take `next` of the answer before.
CONTINUING = ("cursor", "since")


def _link_operations(paths: Json) -> None:
    """Say which call goes on from an answer: a list's next part, and the document behind an entry."""
    for path, methods in paths.items():
        operation = methods.get("get")
        if operation is None or "application/json" not in operation["responses"].get("200", {}).get("content", {}):
            continue
        links: Json = {}
        for parameter in operation.get("parameters", []):
            if parameter.get("name") in CONTINUING:
                links["next"] = {
                    "operationId": operation["operationId"],
                    "parameters": {parameter["name"]: "$response.body#/next"},
                    "description": "What follows; with the same parameters otherwise.",
                }
        if document := paths.get(f"{path}{{key}}/"):
            links["document"] = {
                "operationId": document["get"]["operationId"],
                "parameters": {"key": "$response.body#/items/0/id"},
                "description": "An entry, whole.",
            }
        if links:
            operation["responses"]["200"]["links"] = links


def _query_schema(schema: Json) -> Json:
    """A parameter's schema: what is not given is left out and not null, so null is no choice."""
    schema = _without_title(schema)
    if "items" in schema:
        schema["items"] = _with_collections(_without_title(schema["items"]))
    choices = [choice for choice in schema.pop("anyOf", []) if choice.get("type") != "null"]
    if schema.get("default", "") is None:
        del schema["default"]
    schema = {**schema, **choices[0]} if len(choices) == 1 else schema
    return _with_collections(schema)


def _complete_schema(schema: Json) -> None:
    properties: Json = schema.get("properties", {})
    for name, value in properties.items():
        own = {key: part for key, part in value.items() if key not in ("title", "default")}
        properties[name] = _with_collections(own)
    # Of a body whose every field can be left out.
    if properties and not schema.pop("x-partial", False):
        schema["required"] = [name for name in properties if name not in OPTIONAL]


def _with_collections(schema: Json) -> Json:
    """Where the name of a collection is meant, also among others: the enumeration."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [_with_collections(choice) for choice in schema["anyOf"]]}
    return {"$ref": COLLECTION} if schema.get("format") == "collection" else schema


def _without_title(schema: Json) -> Json:
    """Pydantic's titles repeat the names."""
    return {key: value for key, value in schema.items() if key != "title"}


def described(view: Callable[..., Any]) -> Callable[..., Any]:
    """For `openapi.json` and its page: they are read only, and the page loads nothing from other servers."""

    @require_GET
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponseBase | None:
        response = view(request, **kwargs)
        response["Cache-Control"] = "public, max-age=0, s-maxage=60"
        response["Content-Security-Policy"] = DOCS_POLICY
        response["ETag"] = etag_of([response.content.decode()])
        return get_conditional_response(request, etag=response["ETag"], response=response)

    return answer
