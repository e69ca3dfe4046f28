"""The mails themselves: both languages, both parts, as people and their mail programs read them."""

import email
import email.policy
import re
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.utils import get_app_template_dirs
from django.utils import timezone

from home.mail.letters import Letter, message_of, write_letter
from home.mail.samples import samples
from home.models import SiteTexts

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in settings.LANGUAGES]
CODES = [name for name, context in samples().items() if "code" in context]
# Of samples, links of this site are paths.
ADDRESSES = re.compile(r"https?://\S+|/\S*\?\S+")
MARK = re.compile(r"^[-*] ")
LABELS = re.compile(r"<(style|title)\b.*?</\1>|<[^>]*>", re.DOTALL)


def letter_of(name: str, language: str) -> Letter:
    return write_letter(name, language, samples()[name])


def words_of(letter: Letter) -> str:
    """All that people read of it, addresses left out."""
    html = LABELS.sub(" | ", letter.html).replace("&nbsp;", "\u00a0")
    return ADDRESSES.sub("", "\n".join((letter.subject, letter.text, html)))


def test_every_mail_has_a_sample_and_every_part() -> None:
    folders = get_app_template_dirs("templates/mail")
    names = {
        path.name.removesuffix(".subject.txt") for folder in folders for path in Path(folder).glob("*.subject.txt")
    }
    assert names == set(samples())


def values_of(told: Any) -> Iterator[str]:
    """Everything that a mail is told, however deep."""
    if isinstance(told, dict | list):
        for part in told.values() if isinstance(told, dict) else told:
            yield from values_of(part)
    else:
        yield str(told)


@pytest.mark.parametrize("name", samples())
def test_each_mail_tells_the_same_in_both_parts_and_in_its_language(name: str) -> None:
    english, french = (letter_of(name, language) for language in LANGUAGES)
    for letter in (english, french):
        assert f'<html lang="{letter.language}">' in letter.html
        assert letter.subject
        assert "{" not in letter.subject + letter.text
        html = re.sub(r"\s+", " ", words_of(letter))
        for line in letter.text.replace("\n-- \n", "\n").splitlines():
            assert re.sub(r"\s+", " ", ADDRESSES.sub("", line)).strip() in html
    values = set(values_of(samples()[name]))
    told = {line for line in english.text.splitlines() if line.strip() and MARK.sub("", line.strip()) not in values}
    same = told & set(french.text.splitlines())
    assert {line for line in same if not line.startswith(("http", "-- "))} == set()


@pytest.mark.parametrize("name", samples())
def test_french_is_set_as_a_french_newsroom_sets_it(name: str) -> None:
    words = words_of(letter_of(name, "fr"))
    assert not re.findall(r"[^\u00a0\s\d]:(?!\d)|[ \w]:(?=\s)|[^\u202f\u00a0][;!?]|« |« | »|'", words)
    assert not re.findall(r"\b(?:Ecri|Etes|A bient)", words)


def test_organisation_and_language_come_from_the_site() -> None:
    SiteTexts.objects.filter(locale__language_code="fr").update(organisation="L’Œuvre & Cie")
    letter = letter_of("account_pending", "fr")
    assert letter.subject == "Votre compte « L’Œuvre & Cie » est en cours d’examen"
    assert "L’Œuvre &amp; Cie" in letter.html
    assert "L’Œuvre & Cie" in letter.text


def test_a_name_is_text_in_html_and_itself_in_plain_text() -> None:
    letter = write_letter("account_pending", "en", {"name": "<b>Ann & O’Hara"})
    assert "Hello &lt;b&gt;Ann &amp; O’Hara" in letter.html
    assert "Hello <b>Ann & O’Hara" in letter.text


@pytest.mark.parametrize("name", ["visit evil.example now", "http://1.2.3.4", "all@example.org", "x" * 61])
def test_nobody_is_greeted_with_an_advertisement(name: str) -> None:
    letter = write_letter("registration_code", "en", {"name": name, "code": "1", "minutes": 5})
    assert letter.text.startswith("Hello,\n")
    assert name not in letter.html


def test_a_code_says_how_long_it_is_still_good() -> None:
    for seconds, told in [(17 * 60 + 5, 17), (30 * 60 - 4, 30)]:
        ends = (timezone.now() + timedelta(seconds=seconds)).isoformat()
        letter = write_letter("reset_code", "en", {"code": "1", "minutes": 30, "ends": ends})
        assert f"It is good for {told} minutes." in letter.text


@pytest.mark.parametrize("name", ["J. R. Smith", "J.R. Smith", "Anne-Marie d’Orléans", "Nguyễn Thị Minh"])
def test_people_are_greeted_by_their_names(name: str) -> None:
    assert write_letter("account_pending", "en", {"name": name}).text.startswith(f"Hello {name},\n")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CODES)
def test_a_code_is_alone_in_its_line_and_in_no_subject(name: str, language: str) -> None:
    letter, code = letter_of(name, language), samples()[name]["code"]
    assert code in [line.strip() for line in letter.text.splitlines()]
    assert re.search(rf'<p class="code" style="[^"]*font: bold 34px[^"]*">{code}</p>', letter.html)
    assert code not in letter.subject
    assert re.search(r"\b30[\s\u00a0]minutes", letter.text)


@pytest.mark.parametrize("template", ["security_changed", "account_exists", "profile_changed"])
def test_a_long_subject_begins_in_its_first_line(template: str) -> None:
    letter = letter_of(template, "fr")
    sent = message_of(letter, "a@b.example", "<1@openseas.example>").message().as_bytes()
    assert re.search(rb"^Subject: \S", sent, re.MULTILINE)
    assert email.message_from_bytes(sent, policy=email.policy.default)["Subject"] == letter.subject


def test_a_mail_says_who_wrote_it_and_that_no_person_did(settings: Any) -> None:
    settings.MAIL_REPLY_TO = "desk@openseas.example"
    message = message_of(letter_of("account_pending", "fr"), "a@b.example", "<1@openseas.example>").message()
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Reply-To"] == "desk@openseas.example"
    assert read["Message-ID"] == "<1@openseas.example>"
    assert read["Date"]
    assert read.get_content_type() == "multipart/alternative"
    parts = [(part.get_content_type(), part.get_content_charset()) for part in read.iter_parts()]
    assert parts == [("text/plain", "utf-8"), ("text/html", "utf-8")]


def test_mails_fetch_nothing_and_have_their_styles_on_each_element() -> None:
    html = letter_of("account_exists", "en").html
    assert not re.search(r"<(?:img|link|script)\b|url\(", html)
    assert '<a class="button-link" href="/login/" style="' in html
    assert "prefers-color-scheme: dark" in html


def test_all_mails_can_be_looked_at(tmp_path: Path) -> None:
    call_command("preview_mails", str(tmp_path), stdout=StringIO())
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {f"{name}.{lang}.{kind}" for name in samples() for lang in LANGUAGES for kind in ("eml", "html")}
