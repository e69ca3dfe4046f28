"""`manage.py verify_documents`: is what the public reads what the pages say?"""

from itertools import chain
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from delivery.verification import all_story_ids, verify_log, verify_rooms, verify_story, verify_strays


class Command(BaseCommand):
    """Render every live page afresh, compare, and report every difference. Exit code 1 where there is one."""

    help = "Render every live page afresh and compare it with its stored document. Writes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the differences, a line each."""
        stories = found = 0
        for difference in chain(verify_log(), verify_strays(), verify_rooms()):
            found += 1
            self.stdout.write(str(difference))
        for story_id in all_story_ids():
            stories += 1
            for difference in verify_story(story_id):
                found += 1
                self.stdout.write(str(difference))
            if stories % 1000 == 0:
                self.stderr.write(f"{stories} stories …")
        if found:
            raise CommandError(f"{found} differences in {stories} stories. Mend them with: manage.py rebuild_documents")
        self.stdout.write(f"{stories} stories: every document is as a fresh render makes it.")
