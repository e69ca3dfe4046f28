"""What Wagtail leaves open about single pages, and a newsroom does not."""

from typing import Any

from wagtail.models import PagePermissionTester


class StoryPermissionTester(PagePermissionTester):
    """Wagtail lets whoever may change a page delete it while it is a draft: colleagues' approved work, too."""

    def can_delete(self, ignore_bulk: bool = False) -> Any:
        """Who may not publish deletes her own page, as long as it was never public and nobody else waits for it."""
        if not super().can_delete(ignore_bulk):
            return False
        if self.user.is_superuser or "publish" in self.permissions:
            return True
        page = self.page
        return (
            page.owner_id == self.user.pk
            and page.first_published_at is None
            and not page.workflow_in_progress
            and page.scheduled_revision is None
        )
