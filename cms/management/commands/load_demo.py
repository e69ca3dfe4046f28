"""`manage.py load_demo`: the demo's content, and any number of stories for load tests."""

from argparse import ArgumentParser
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError

from cms.demo.bulk import add_stories
from cms.demo.newsroom import load_demo
from cms.demo.progress import Progress


class Command(BaseCommand):
    """Load what is missing of the demo; a second run changes nothing."""

    help = "Load the demo's content: what is missing of it, nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much of it."""
        parser.add_argument("--stories", type=int, default=0, metavar="N", help="add N stories, for load tests")
        parser.add_argument(
            "--video-seconds", type=int, default=0, metavar="S", help="make no video longer than S seconds"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, and say what takes long."""
        if options["stories"] < 0 or options["video_seconds"] < 0:
            raise CommandError("--stories and --video-seconds cannot be negative.")
        progress = Progress(cast(TextIO, self.stdout))
        load_demo(progress, most_seconds=options["video_seconds"])
        if options["stories"]:
            documents = add_stories(options["stories"], progress)
            self.stdout.write(
                f"{options['stories']} stories added, {documents} documents. Not in Wagtail's own indexes:"
                " `manage.py update_index` and `rebuild_references_index` put them there."
            )
