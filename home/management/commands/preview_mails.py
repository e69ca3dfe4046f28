"""`manage.py preview_mails FOLDER`: every mail there is, in both languages, to be looked at."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from home.mail.letters import message_of, write_letter
from home.mail.links import frontend_url, server_url
from home.mail.posting import new_message_id
from home.mail.samples import samples


class Command(BaseCommand):
    """Write the mails."""

    help = "Write every mail, in each language, as .eml and .html files. Nothing is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Write."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, sample in samples().items():
            for language, _label in settings.LANGUAGES:
                letter = write_letter(name, language, _with_links(sample))
                path = folder / f"{name}.{language}.html"
                path.write_text(letter.html, encoding="utf-8")
                message = message_of(letter, "somebody@example.org", new_message_id()).message()
                path.with_suffix(".eml").write_bytes(message.as_bytes())
                self.stdout.write(f"{path}: {letter.subject}")


def _with_links(sample: dict[str, Any]) -> dict[str, Any]:
    links = {
        name: server_url(path) if path.startswith("/admin/") else frontend_url(path)
        for name, path in sample.items()
        if name.endswith("_url")
    }
    return sample | links
