"""`manage.py import_video`: files, or folders of them, become video pages."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from videos.errors import VideosError
from videos.ingest.imports import import_video, video_files
from videos.models import VideoIndexPage


class Command(BaseCommand):
    """Take in each file, wait until it is a video, make its page, and print one line of JSON."""

    help = "Make video pages from files or folders: one JSON line each. Exit code 1 where one could not be imported."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which files, and what becomes of them."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a video file, or a folder of them")
        parser.add_argument(
            "--title", default="", help="of the page, numbered if there are several; else the file's name"
        )
        parser.add_argument("--locale", default="en", help="language of the page")
        parser.add_argument("--publish", action="store_true", help="publish it at once; else it is a draft")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import one after the other; a file that fails stops no other."""
        locale = options["locale"]
        if not VideoIndexPage.objects.filter(locale__language_code=locale).exists():
            raise CommandError(f"There is no video section in the language {locale!r}.")
        files = list(video_files(options["files"]))
        failed = 0
        for number, path in enumerate(files, 1):
            title = _title(path, options["title"], number if len(files) > 1 else 0)
            try:
                page = import_video(path, title=title, locale=locale, publish=options["publish"])
            except (VideosError, ValidationError, OSError) as error:
                failed += 1
                words = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                self._say({"file": str(path), "error": words})
            else:
                self._say({"id": str(page.translation_key), "slug": page.slug, "file": str(path)})
        if failed or not files:
            raise CommandError(f"{failed} of {len(files)} files could not be imported.")

    def _say(self, line: dict[str, str]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=False))
        self.stdout.flush()


def _title(path: Path, title: str, number: int) -> str:
    """The page's title: as given, with a number where several share it; else made from the file's name."""
    if title:
        return f"{title} {number}" if number else title
    return " ".join(path.stem.replace("_", " ").replace("-", " ").split()) or "Video"
