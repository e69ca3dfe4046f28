"""The double keeps to Mailchimp's own description of its API, wherever that is at hand: it may not be copied here."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_schema_validator import OAS30Validator

from cms.local.installation import BASE_DIR
from tests.mailchimp.conftest import Asking, MemberCalls, Reply
from tests.mailchimp.schemas import BEYOND_DESCRIPTION, CALLS, Call, Schema
from tests.mailchimp.server import Double, find
from tests.mailchimp.state import Audience

NAME = "mailchimp-marketing-swagger.json"


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """Mailchimp's description."""
    named = os.environ.get("MAILCHIMP_SPEC")
    places = [Path(named)] if named else [parent / "shared" / NAME for parent in BASE_DIR.parents]
    for place in places:
        if place.is_file():
            return dict(json.loads(place.read_text()))
    looked = ", ".join(map(str, places))
    pytest.skip(
        f"NOT CHECKED: the double against Mailchimp's description, not at {looked}; MAILCHIMP_SPEC may name it."
    )


def resolve(description: dict[str, Any], schema: Schema) -> Schema:
    """What a reference stands for."""
    while "$ref" in schema:
        found: Any = description
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def content(description: dict[str, Any], holder: Schema) -> Schema:
    """The schema of a body or an answer."""
    media = resolve(description, holder)["content"]
    return resolve(description, media["application/json"]["schema"])


class Comparison:
    """What ours says that theirs does not, or asks less than theirs."""

    def __init__(self, description: dict[str, Any], call: Call) -> None:
        self.description = description
        self.call = call

    def differences(self, ours: Schema, theirs: Schema, path: str = "") -> Iterator[str]:
        theirs = resolve(self.description, theirs)
        if (self.call.method, self.call.path, path) in BEYOND_DESCRIPTION:
            return
        where = f"{self.call} {path}"
        if "oneOf" in ours:
            for option in ours["oneOf"]:
                yield from self.differences(option, self.same_kind(option, theirs["oneOf"], where), path)
            return
        if ours["type"] != theirs.get("type"):
            yield f"{where} is of type {theirs.get('type')}, not {ours['type']}"
        if "enum" in ours and "enum" in theirs and (more := {*ours["enum"]} - {*theirs["enum"]}):
            yield f"{where} cannot be {', '.join(sorted(more))}"
        if "maximum" in theirs and ours.get("maximum", theirs["maximum"] + 1) > theirs["maximum"]:
            yield f"{where} is {theirs['maximum']} at most"
        yield from self.inside(ours, theirs, path)

    def inside(self, ours: Schema, theirs: Schema, path: str) -> Iterator[str]:
        if lacking := {*theirs.get("required", [])} - {*ours.get("required", [])}:
            yield f"{self.call} {path} requires {', '.join(sorted(lacking))}"
        for name, schema in ours.get("properties", {}).items():
            below = f"{path}.{name}".removeprefix(".")
            if name in theirs.get("properties", {}):
                yield from self.differences(schema, theirs["properties"][name], below)
            elif (self.call.method, self.call.path, below) not in BEYOND_DESCRIPTION:
                yield f"{self.call} has no {below}"
        if "items" in ours:
            yield from self.differences(ours["items"], theirs["items"], path)
        if isinstance(ours.get("additionalProperties"), dict):
            yield from self.differences(ours["additionalProperties"], theirs["additionalProperties"], f"{path}.*")

    def same_kind(self, option: Schema, theirs: list[Schema], where: str) -> Schema:
        kind = option["properties"]["condition_type"]["enum"]
        for schema in theirs:
            other = resolve(self.description, schema)
            if other["properties"].get("condition_type", {}).get("enum") == kind:
                return other
        raise AssertionError(f"{where} has no conditions of kind {kind}")


@pytest.mark.parametrize("call", CALLS, ids=str)
def test_a_call_is_one_that_mailchimp_describes(call: Call, description: dict[str, Any]) -> None:
    theirs = description["paths"][call.path][call.method.lower()]
    comparison = Comparison(description, call)
    parameters = [resolve(description, one) for one in theirs.get("parameters", [])]
    query = {one["name"]: one for one in parameters if one["in"] == "query"}
    found = [f"{call} has no {name}" for name in call.query.keys() - query.keys()]
    for name in call.query.keys() & query.keys():
        found += comparison.differences(call.query[name], query[name]["schema"], name)
    found += [f"{call} needs {name}" for name, one in query.items() if one.get("required") and name not in call.query]
    assert {f"{{{one['name']}}}" for one in parameters if one["in"] == "path"} == {
        part for part in call.path.split("/") if part.startswith("{")
    }
    assert (call.body is not None) == ("requestBody" in theirs)
    if call.body is not None:
        found += comparison.differences(call.body, content(description, theirs["requestBody"]))
    assert not found


def unknown(schema: Schema, value: Any, path: str = "") -> Iterator[str]:
    """What an answer says and its description does not."""
    if isinstance(value, list):
        for item in value:
            yield from unknown(schema.get("items", {}), item, path)
    if isinstance(value, dict) and "properties" in schema:
        for name, inner in value.items():
            if name not in schema["properties"]:
                yield f"{path}.{name}"
            else:
                yield from unknown(schema["properties"][name], inner, f"{path}.{name}")


class Watching(Asking):
    """Asks, and holds each answer against the description."""

    def __init__(self, double: Double, description: dict[str, Any]) -> None:
        super().__init__(double)
        self.description = description

    def __call__(self, method: str, path: str, body: object = None, **query: object) -> Reply:
        reply = super().__call__(method, path, body, **query)
        call, _ = find(method, path)
        answers = self.description["paths"][call.path][method.lower()]["responses"]
        if reply.status == 204:
            assert "204" in answers
            assert reply.document is None
            return reply
        schema = content(self.description, answers.get(str(reply.status), answers["default"]))
        OAS30Validator(schema).validate(reply.document)
        # Of members in a batch the description leaves out what it has of them elsewhere.
        if reply.status == 200 and call.path != "/lists/{list_id}":
            assert not list(unknown(schema, reply.document)), call
        return reply


def test_answers_are_as_mailchimp_describes_them(
    mailchimp: Double, audience: Audience, description: dict[str, Any]
) -> None:
    ask = Watching(mailchimp, description)
    members = MemberCalls(ask, audience)
    here = f"/lists/{audience.id}"
    ask("GET", "/ping")
    ask("GET", "/lists")
    ask("GET", here)
    ask("GET", f"{here}/merge-fields")
    category = ask("GET", f"{here}/interest-categories").document["categories"][0]["id"]
    ask("GET", f"{here}/interest-categories/{category}/interests")
    members.batch("ada@example.org", "grace@example.org", "abuse@example.org", "nobody")
    members.put("ada@example.org", merge_fields={"FNAME": "Ada"}, interests={audience.interest("Science"): True})
    members.patch("ada@example.org", status="unsubscribed")
    ask("POST", f"{members.path('ada@example.org')}/tags", {"tags": [{"name": "vip", "status": "active"}]})
    tag = ask("GET", f"{here}/segments", type="static").document["segments"][0]["id"]
    mailchimp.faults.refuse("grace@example.org", "She is not welcome.", tags=True)
    for change in ("members_to_remove", "members_to_add"):
        ask("POST", f"{here}/segments/{tag}", {change: ["ada@example.org", "grace@example.org", "nobody@example.org"]})
    ask("POST", f"{here}/segments/1", {"members_to_add": []})
    members.get("ada@example.org")
    members.get("nobody@example.org")
    ask("GET", f"{here}/members")
    ask("DELETE", members.path("ada@example.org"))
    ask("GET", f"{here}/members", status="archived")
    ask("POST", f"{members.path('ada@example.org')}/actions/delete-permanent")
    members.put("ada@example.org")

    mailchimp.webhooks.hold()
    hook = ask("POST", f"{here}/webhooks", {"url": "https://news.example.org/hook", "events": {"profile": True}})
    ask("GET", f"{here}/webhooks")
    ask("DELETE", f"{here}/webhooks/{hook.document['id']}")

    settings = {"subject_line": "Today", "from_name": "News", "reply_to": "news@example.org"}
    recipients = {"list_id": audience.id, "segment_opts": {"match": "all", "conditions": []}}
    draft = ask("POST", "/campaigns", {"type": "regular", "recipients": recipients}).document["id"]
    there = f"/campaigns/{draft}"
    ask("POST", f"{there}/actions/send")
    ask("PATCH", there, {"settings": settings, "tracking": {"opens": False}})
    ask("PUT", f"{there}/content", {"html": "<p>News</p>"})
    ask("POST", f"{there}/actions/test", {"test_emails": ["me@example.org"], "send_type": "html"})
    ask("POST", f"{there}/actions/schedule", {"schedule_time": "2099-01-01T00:15:00+00:00"})
    ask("GET", there)
    ask("POST", f"{there}/actions/unschedule")
    ask("POST", f"{there}/actions/send")
    ask("GET", "/campaigns")
    ask("DELETE", there)
    assert set(map(str, CALLS)) == mailchimp.calls.keys(), "Each call was tried."


def test_calls_are_made_where_mailchimp_is(description: dict[str, Any], mailchimp: Double) -> None:
    assert urlsplit(mailchimp.api_url).path == urlsplit(description["servers"][0]["url"]).path
