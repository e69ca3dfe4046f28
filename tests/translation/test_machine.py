"""Machine translation: off without a key; with one, a first draft that a person looks through."""

import os
import subprocess
import sys
from typing import Any

import pytest
import requests
from django.contrib.messages import get_messages
from django.urls import reverse
from wagtail_localize.models import StringTranslation, Translation

from cms.environment import BASE_DIR
from tests.factories.newsroom import edit, make_news
from tests.translation.conftest import Desk, edit_url

pytestmark = pytest.mark.django_db


class DeepLDouble:
    """Answers as DeepL does, and checks what it is asked."""

    def __init__(self) -> None:
        self.requests: list[list[str]] = []
        self.status, self.body = 200, b""

    def post(self, url: str, data: dict[str, Any], *, timeout: int, headers: dict[str, str]) -> requests.Response:
        assert (url, timeout > 0) == ("https://api-free.deepl.com/v2/translate", True)
        assert headers == {"Authorization": "DeepL-Auth-Key key:fx"}
        assert (data["source_lang"], data["target_lang"], data["tag_handling"]) == ("EN", "FR", "xml")
        assert len(data["text"]) <= 50
        self.requests.append(data["text"])
        response = requests.Response()
        response.status_code = self.status
        import json

        texts = [{"detected_source_language": "EN", "text": f"DE {text}"} for text in data["text"]]
        response._content = self.body or json.dumps({"translations": texts}).encode()
        return response


@pytest.fixture
def deepl(monkeypatch: pytest.MonkeyPatch, settings: Any) -> DeepLDouble:
    double = DeepLDouble()
    monkeypatch.setattr("wagtail_localize.machine_translators.deepl.requests.post", double.post)
    settings.WAGTAILLOCALIZE_MACHINE_TRANSLATOR = {
        "CLASS": "home.translation.machine.DeepL",
        "OPTIONS": {"AUTH_KEY": "key:fx"},
    }
    return double


def by_machine(desk: Desk, translation: Translation) -> Any:
    """The button "Translate with DeepL"."""
    return desk.client.post(reverse("wagtail_localize:machine_translate", args=[translation.pk]))


def said(response: Any) -> str:
    return str(list(get_messages(response.wsgi_request))[-1]).strip()


@pytest.mark.parametrize(("key", "expected"), [("", "None"), ("key:fx", "home.translation.machine.DeepL")])
def test_the_environment_switches_it_on(key: str, expected: str) -> None:
    code = "from cms import settings; print(getattr(settings, 'WAGTAILLOCALIZE_MACHINE_TRANSLATOR', {}).get('CLASS'))"
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {"DEEPL_AUTH_KEY": key}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected


def test_without_a_key_nothing_is_offered(editor: Desk, translator: Desk) -> None:
    translation = editor.submit(make_news("Patrol"), "fr")
    html = translator.client.get(edit_url(translation.get_target_instance())).content.decode()
    assert "&quot;machineTranslator&quot;: null" in html
    assert by_machine(translator, translation).status_code == 404


def test_it_fills_in_what_nobody_translated_and_publishes_nothing(
    editor: Desk, translator: Desk, deepl: DeepLDouble
) -> None:
    translation = editor.submit(make_news("Patrol", summary="Cold."), "fr")
    segment = translation.source.stringsegment_set.get(context__path="title")
    translator.put(translation, segment, "Patrouille")
    assert by_machine(translator, translation).status_code == 302
    texts = dict(StringTranslation.objects.values_list("context__path", "data"))
    assert texts == {"title": "Patrouille", "slug": "DE patrol", "summary": "DE Cold."}
    assert not translation.get_target_instance().live
    assert translation.get_target_instance().title == "Patrol"


def test_long_text_is_sent_in_several_requests(editor: Desk, translator: Desk, deepl: DeepLDouble) -> None:
    body = [f'{{"type": "text", "value": "<p>Day {n}.</p>", "id": "b{n}"}}' for n in range(60)]
    translation = editor.submit(make_news("Patrol", body=f"[{','.join(body)}]"), "fr")
    by_machine(translator, translation)
    assert [len(texts) for texts in deepl.requests] == [50, 12]
    assert translation.get_progress() == (62, 62)


@pytest.mark.parametrize(("status", "body"), [(403, b""), (456, b'{"message": "Quota"}'), (200, b"<html>")])
def test_service_that_fails_is_told(
    editor: Desk, translator: Desk, senior: Desk, deepl: DeepLDouble, status: int, body: bytes
) -> None:
    translation = editor.submit(make_news("Patrol"), "fr")
    deepl.status, deepl.body = status, body or b"Forbidden"
    assert said(by_machine(translator, translation)).startswith("DeepL does not answer")
    response = senior.synchronise(translation, use_machine_translation="on", publish_translations="on")
    assert said(response).startswith("DeepL does not answer")
    assert not StringTranslation.objects.exists()
    assert not translation.get_target_instance().live


def test_while_it_waits_for_approval_no_machine_writes_in_it(
    editor: Desk, translator: Desk, deepl: DeepLDouble
) -> None:
    page = make_news("Patrol")
    translation = editor.submit(page, "fr")
    translator.hand_in(translation)
    by_machine(translator, translation)
    edit(page, summary="Cold.")
    translator.synchronise(translation, use_machine_translation="on")
    assert deepl.requests == []
