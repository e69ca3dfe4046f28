"""PO files: out to a translator's own tool and back, and what is said about files that cannot be used."""

import polib
import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail_localize.models import StringTranslation, Translation

from tests.factories.newsroom import make_news
from tests.translation.conftest import Desk, translation_of

pytestmark = pytest.mark.django_db

# Spaces that do not break, narrow and wide, and a line separator that Python takes for a line's end.
TYPOGRAPHY = "«\u00a0L’œuvre\u00a0» : 40\u202f000\u00a0€\u202f! Vraiment\u202f?"
BODY = (
    '[{"type": "text", "value": "<p>Cold <b>sea</b> and <a href=\\"https://example.org/\\">wind</a>.</p>", "id": "a"}]'
)


@pytest.fixture
def translation(editor: Desk) -> Translation:
    return editor.submit(make_news("Patrol", summary="Cold.\r\nVery cold.", body=BODY), "fr")


def export(desk: Desk, translation: Translation) -> polib.POFile:
    response = desk.client.get(reverse("wagtail_localize:download_pofile", args=[translation.pk]))
    assert response.status_code == 200
    return polib.pofile(response.content.decode())


def upload(desk: Desk, translation: Translation, content: bytes | None) -> list[str]:
    """What is said about the file."""
    files = {} if content is None else {"file": SimpleUploadedFile("fr.po", content)}
    response = desk.client.post(reverse("wagtail_localize:upload_pofile", args=[translation.pk]), files)
    assert response.status_code == 302
    return [str(message).strip() for message in get_messages(response.wsgi_request)]


def fill_in(po: polib.POFile, **texts: str) -> bytes:
    for entry in po:
        entry.msgstr = texts.get(entry.msgctxt, entry.msgstr)
    return str(po).encode()


def data(translation: Translation, path: str) -> str:
    return str(StringTranslation.objects.get(context__path=path, locale=translation.target_locale).data)


def nothing_imported() -> bool:
    return not StringTranslation.objects.exists()


def test_file_comes_back_as_it_was_filled_in(translation: Translation, translator: Desk, senior: Desk) -> None:
    content = fill_in(export(translator, translation), title=TYPOGRAPHY, summary="Froid\u202f!\r\nTrès froid.")
    assert upload(translator, translation, content) == ["2 strings were imported."]
    again = {entry.msgctxt: entry.msgstr for entry in export(translator, translation)}
    assert (again["title"], again["summary"]) == (TYPOGRAPHY, "Froid\u202f!\r\nTrès froid.")
    senior.publish(translation)
    page = translation.get_target_instance()
    assert (page.title, page.summary) == (TYPOGRAPHY, "Froid\u202f!\r\nTrès froid.")


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\x0b"])
def test_rare_line_separators_are_text(translation: Translation, translator: Desk, separator: str) -> None:
    upload(translator, translation, fill_in(export(translator, translation), title=f"Une{separator}deux"))
    assert data(translation, "title") == f"Une{separator}deux"


def test_byte_order_mark_is_ignored(translation: Translation, translator: Desk) -> None:
    content = fill_in(export(translator, translation), title="Patrouille")
    upload(translator, translation, b"\xef\xbb\xbf" + content)
    assert data(translation, "title") == "Patrouille"


def test_what_is_marked_as_unfinished_or_unknown_is_passed_over(translation: Translation, translator: Desk) -> None:
    po = export(translator, translation)
    fill_in(po, title="Patrouille", summary="Froid.")
    next(entry for entry in po if entry.msgctxt == "summary").flags.append("fuzzy")
    po.append(polib.POEntry(msgid="Another text", msgctxt="title", msgstr="Un autre texte"))
    said = upload(translator, translation, str(po).encode())
    assert said == [
        "1 string was imported.",
        "Passed over, because marked as unfinished or not of this text: 2.",
    ]
    assert StringTranslation.objects.count() == 1


def test_broken_tags_are_shown_and_not_published(translation: Translation, translator: Desk, senior: Desk) -> None:
    po = export(translator, translation)
    [text] = [entry for entry in po if entry.msgid.startswith("Cold <b>")]
    text.msgstr = 'Froide <script>alert(1)</script><a id="a9">vent</a>'
    said = upload(translator, translation, str(po).encode())
    assert "With an error, to be put right below: 1." in said
    senior.publish(translation)
    assert "script" not in str(translation.get_target_instance().body.raw_data[0]["value"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Choose a PO file first"),
        (b"", "no PO file of this translation"),
        (b"/etc/passwd", "no valid PO file"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not a text in UTF-8"),
        ('msgid "été"\nmsgstr ""\n'.encode("latin-1"), "not a text in UTF-8"),
        ('msgid ""\nmsgstr ""\n'.encode("utf-16"), "not a text in UTF-8"),
        (b'msgid "a"\nnonsense\n', "line 2 cannot be read"),
        (b'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=klingon\\n"\n', "no PO file of this translation"),
        (b"#" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
    ],
    ids=["none", "empty", "path", "picture", "latin-1", "utf-16", "broken", "foreign charset", "large"],
)
def test_unusable_file_is_refused_with_its_reason(
    translation: Translation, translator: Desk, content: bytes | None, words: str
) -> None:
    [said] = upload(translator, translation, content)
    assert words in said
    assert nothing_imported()


def test_file_with_a_null_character_is_refused(translation: Translation, translator: Desk) -> None:
    content = fill_in(export(translator, translation), title="Pa\0trouille")
    assert "not a text in UTF-8" in upload(translator, translation, content)[0]
    assert nothing_imported()


def test_file_of_another_translation_is_refused(translation: Translation, editor: Desk, translator: Desk) -> None:
    other = editor.submit(make_news("Storm"), "fr")
    content = fill_in(export(translator, other), title="Tempête")
    assert "no PO file of this translation" in upload(translator, translation, content)[0]
    assert nothing_imported()


def test_file_is_refused_while_the_text_waits_for_approval(translation: Translation, translator: Desk) -> None:
    content = fill_in(export(translator, translation), title="Patrouille")
    translator.hand_in(translation)
    assert "waits for approval" in upload(translator, translation, content)[-1]
    assert nothing_imported()


def test_who_may_not_edit_neither_exports_nor_imports(translation: Translation) -> None:
    desk = Desk("Newsletter")
    for name in ("download_pofile", "upload_pofile"):
        url = reverse(f"wagtail_localize:{name}", args=[translation.pk])
        response = desk.client.get(url) if name == "download_pofile" else desk.client.post(url)
        assert response.status_code == 302
        assert "PO" not in response.headers.get("Content-Type", "")
    assert nothing_imported()
    assert translation_of(translation.source.get_source_instance(), "fr").enabled
