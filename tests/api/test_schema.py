"""The description says what the API answers: it is valid, committed, precise, and true."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from ninja.openapi.schema import OpenAPISchema
from openapi_spec_validator import OpenAPIV31SpecValidator

from cms.api import api as newsroom
from home.blocks import BodyBlock
from tests.api.conftest import Api
from tests.factories.newsroom import make_news
from tests.factories.showcase import STORY_ID, VIDEO_ID, make_showcase_story

SNAPSHOT = Path(__file__).parent.parent / "contract" / "openapi.json"


@pytest.fixture(scope="module")
def description() -> Any:
    out = StringIO()
    call_command("export_openapi", stdout=out)
    return json.loads(out.getvalue())


def parts(value: Any, path: str = "") -> Any:
    """Every object of the description with its place."""
    if isinstance(value, dict):
        yield path, value
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []:
        yield from parts(part, f"{path}/{key}")


def validate(content: Any, description: Any, schema: Any) -> None:
    """Raises ValidationError unless `content` is what the schema says, with nothing beside it."""
    closed = json.loads(json.dumps({**schema, "components": description["components"]}))
    for _path, part in parts(closed):
        if part.get("type") == "object" and "properties" in part:
            part["additionalProperties"] = False
    jsonschema.Draft202012Validator(closed, format_checker=jsonschema.FormatChecker()).validate(content)


def test_description_is_valid_openapi(description: Any) -> None:
    OpenAPIV31SpecValidator(description).validate()
    assert description["openapi"].startswith("3.1")


def test_description_is_the_committed_one(description: Any) -> None:
    assert description == json.loads(SNAPSHOT.read_text()), "`make openapi` renews it"


@pytest.mark.django_db
def test_description_is_served(api: Api, description: Any) -> None:
    assert api.json("openapi.json") == description


def test_everything_has_a_type(description: Any) -> None:
    for path, part in parts(description["components"]["schemas"]):
        assert part, f"{path} could be anything"
        if part.get("type") == "object":
            assert "properties" in part or "additionalProperties" in part, path
        if part.get("type") == "array":
            assert part.get("items"), path


def test_two_schemas_never_share_a_name(monkeypatch: pytest.MonkeyPatch, description: Any) -> None:
    known: dict[str, list[Any]] = {}

    def add(self: Any, definitions: dict[str, Any]) -> None:
        for name, schema in definitions.items():
            if schema not in known.setdefault(name, []):
                known[name].append(schema)

    monkeypatch.setattr(OpenAPISchema, "add_schema_definitions", add)
    OpenAPISchema(newsroom, "/api/v1/")
    assert [name for name in description["components"]["schemas"] if len(known.get(name, [])) > 1] == []


def test_names_of_operations_are_their_own(description: Any) -> None:
    names = [operation["operationId"] for path in description["paths"].values() for operation in path.values()]
    assert len(names) == len(set(names))


def test_every_parameter_is_described(description: Any) -> None:
    for path in description["paths"].values():
        for operation in path.values():
            for parameter in operation["parameters"]:
                assert "$ref" in parameter or parameter["description"]


def test_errors_and_304_are_described_everywhere(description: Any) -> None:
    for path, methods in description["paths"].items():
        is_account = path.startswith("/api/v1/account/")
        is_of_clips = path.startswith(("/api/v1/clips/", "/api/v1/orders/")) or path.endswith(("/clips/", "/download/"))
        # People sign up and leave; their own pages are nobody else's. Only the lists can be kept.
        is_of_readers = path.startswith(("/api/v1/newsletter/subscriptions/", "/api/v1/newsletter/preferences/"))
        is_personal = is_account or is_of_clips or is_of_readers
        responses = next(iter(methods.values()))["responses"]
        success = "302" if path.endswith("/download/") else "204" if "{token_id}" in path else "200"
        if path.startswith("/api/v1/newsletter/subscriptions/"):
            success = "202" if path.endswith("subscriptions/") else "204"
        assert {success, "406", "422", "500"} <= set(responses), path
        is_stream = path.endswith(("/stream/", "/events/"))
        assert ("304" in responses) == ("preview" not in path and not is_stream and not is_personal), path
        is_one = is_of_clips or any(part in path for part in ("{key}", "{token_id}", "resolve", "preview", "related"))
        assert ("404" in responses) == is_one, path
        assert ("301" in responses) == ("{key}" in path), path
        for status, response in responses.items():
            assert set(response.get("content", {})) == (
                {"text/event-stream" if is_stream else "application/json"}
                if status == "200" or (status == "202" and not is_of_readers)
                else {"application/problem+json"}
                if status >= "4"
                else set()
            )


def test_body_is_a_union_told_by_its_type(description: Any) -> None:
    union = description["components"]["schemas"]["NewsAnswer"]["properties"]["body"]["items"]
    assert union["discriminator"]["propertyName"] == "type"
    assert set(union["discriminator"]["mapping"]) == set(BodyBlock().child_blocks)
    assert {one["$ref"] for one in union["oneOf"]} == set(union["discriminator"]["mapping"].values())


@pytest.mark.django_db
def test_every_block_is_as_described(api: Api, description: Any) -> None:
    make_showcase_story()
    body = api.json(f"news/{STORY_ID}/")["body"]
    assert {block["type"] for block in body} == set(BodyBlock().child_blocks)
    mapping = description["components"]["schemas"]["NewsAnswer"]["properties"]["body"]["items"]["discriminator"]
    for block in body:
        validate(block, description, {"$ref": mapping["mapping"][block["type"]]})


@pytest.mark.django_db
def test_every_answer_is_as_described(api: Api, description: Any) -> None:
    make_showcase_story()
    make_news("Storm")
    for path, described in {
        "news/": "news/",
        "news/?count=true&limit=1": "news/",
        f"news/{STORY_ID}/?locale=fr": "news/{key}/",
        f"news/{STORY_ID}/": "news/{key}/",
        "videos/": "videos/",
        f"videos/{VIDEO_ID}/": "videos/{key}/",
        "pages/home/": "pages/{key}/",
        "pages/news/": "pages/{key}/",
        "navigation/": "navigation/",
        "site/?locale=fr": "site/",
        "topics/": "topics/",
        "resolve/?path=/en/": "resolve/",
        "resolve/?path=/EN/": "resolve/",
        "changes/": "changes/",
    }.items():
        responses = description["paths"][f"/api/v1/{described}"]["get"]["responses"]
        validate(api.json(path), description, responses["200"]["content"]["application/json"]["schema"])
    for path in ("news/?limit=0", "news/nothing/", "nothing/"):
        validate(api.problem(path), description, {"$ref": "#/components/schemas/Problem"})


def test_description_says_how_callers_tell_who_they_are(description: Any) -> None:
    paths, schemes = description["paths"], description["components"]["securitySchemes"]
    nothing: Any = []
    browser, app, token = {"media_cookie": nothing}, {"session_token": nothing}, {"api_token": nothing}
    guarded = {**browser, "csrf_token": nothing}
    assert "security" not in paths["/api/v1/news/"]["get"]
    assert paths["/api/v1/clips/"]["get"]["security"] == [{}, browser, app, token]
    assert paths["/api/v1/videos/{video_id}/clips/"]["post"]["security"] == [{}, guarded, app]
    assert paths["/api/v1/account/"]["get"]["security"] == [{}, browser, app, token]
    assert paths["/api/v1/account/"]["patch"]["security"] == [guarded, app]
    assert paths["/api/v1/account/downloads/"]["get"]["security"] == [browser, app, token]
    assert (schemes["media_cookie"]["in"], schemes["media_cookie"]["name"]) == ("cookie", "newsroom_media")
    assert {name for way in (browser, guarded, app, token) for name in way} == set(schemes)


@pytest.mark.django_db
def test_what_needs_a_login_by_the_description_refuses_strangers(api: Api, description: Any) -> None:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            if {} in operation.get("security", [{}]):
                continue
            answer = api.client.generic(method.upper(), path.replace("{token_id}", "1"), "{}", "application/json")
            assert answer.status_code == 401, (method, path)
