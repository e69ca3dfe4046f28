"""The examples of docs/api.md are true: each `sh` block is asked, and what stands below it is what is answered.

`…` stands for anything: as a value, as the last entry of a list for more of them. `$ETAG` and `$NEXT` are those of the
answer before. Only what an example shows is compared.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from delivery.context import frontend_root
from tests.api.conftest import Api
from tests.factories.showcase import make_showcase_story

GUIDE = Path(__file__).parent.parent.parent / "docs" / "api.md"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ANYTHING = "…"


@dataclass
class Example:
    """A call, and what the guide says of the answer."""

    command: str
    expected: list[tuple[str, str]] = field(default_factory=list)


def examples() -> list[Example]:
    found: list[Example] = []
    for kind, text in FENCED.findall(GUIDE.read_text()):
        if kind == "sh":
            found.append(Example(text.strip()))
        elif kind in ("json", "http"):
            found[-1].expected.append((kind, text))
    return found


def ask(api: Api, command: str) -> Any:
    """The answer to a curl command."""
    words = iter(shlex.split(command))
    assert next(words) == "curl"
    method, headers, address = "GET", {}, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _colon, value = next(words).partition(": ")
            headers[name.lower().replace("-", "_")] = value
        elif word != "-i":
            address = word
    parts = urlsplit(address)
    return api.request(method, f"{parts.path}?{parts.query}", **headers)


def compare(shown: Any, given: Any, place: str) -> None:
    """Fails where the example shows something else than the answer has."""
    if shown == ANYTHING:
        return
    if isinstance(shown, dict):
        for name, value in shown.items():
            if name != ANYTHING:
                assert name in given, f"{place} has no {name}"
                compare(value, given[name], f"{place}.{name}")
    elif isinstance(shown, list):
        rest = bool(shown) and shown[-1] == ANYTHING
        wanted = shown[:-1] if rest else shown
        assert len(given) > len(wanted) if rest else len(given) == len(wanted), f"{place}: {len(given)} entries"
        for number, (one, other) in enumerate(zip(wanted, given, strict=False)):
            compare(one, other, f"{place}[{number}]")
    else:
        assert given == shown, place


@pytest.mark.django_db
def test_examples_are_true(api: Api) -> None:
    make_showcase_story()
    answers = 0
    previous: Any = None
    for example in examples():
        command = example.command
        if "$ETAG" in command:
            command = command.replace('"If-None-Match: $ETAG"', shlex.quote(f"If-None-Match: {previous['ETag']}"))
        if "$NEXT" in command:
            command = command.replace("$NEXT", json.loads(previous.content)["next"])
        previous = ask(api, command)
        for kind, text in example.expected:
            answers += 1
            if kind == "json":
                content = previous.content.decode().replace(settings.BASE_URL, "http://127.0.0.1:8000")
                compare(
                    json.loads(text), json.loads(content.replace(frontend_root(), "https://openseas.example")), command
                )
            else:
                status, *headers = text.strip().splitlines()
                assert previous.status_code == int(status.split()[1]), command
                for line in headers:
                    name, _colon, value = line.partition(": ")
                    assert previous[name] == value, command
    assert answers > 20


def test_guide_names_every_block_and_problem() -> None:
    from cms.problems import BY_STATUS, TABLE
    from home.blocks import BodyBlock

    guide = GUIDE.read_text()
    reads = {400, 404, 405, 406, 413, 415, 422, 429, 500}
    names = {BY_STATUS[status] for status in reads} | {name for _status, name in TABLE.values()}
    for name in {*BodyBlock().child_blocks, *names}:
        assert f"`{name}`" in guide, name
