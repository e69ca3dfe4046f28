"""Publishing many pages at once says which of them readers do not get, and why."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.views.pages.bulk_actions.publish import PublishBulkAction

from delivery.clock import database_now
from delivery.models import Story
from delivery.visibility import Explanation, explain

# A message each, for so many; then how many more there are.
MOST_NAMED = 10
HELD = _("“%(page)s”: %(reason)s")


@hooks.register("register_bulk_action", order=1)
class PublishStories(PublishBulkAction):
    """Wagtail's action; its message counts only what the public reads now."""

    def get_success_message(self, num_parent_objects: int, num_child_objects: int) -> Any:
        """Wagtail's sentence, if anything went out; the rest is said in warnings."""
        held = [one for one in map(_explained, self.actionable_objects) if one and one.hidden]
        for one in held[:MOST_NAMED]:
            messages.warning(self.request, HELD % {"page": one.page.get_admin_display_title(), "reason": one.sentence})
        if len(held) > MOST_NAMED:
            more = len(held) - MOST_NAMED
            messages.warning(self.request, _("%(number)d more pages are not public yet.") % {"number": more})
        published = num_parent_objects - len(held)
        return super().get_success_message(published, num_child_objects) if published or num_child_objects else None


def _explained(page: Any) -> Explanation | None:
    story = Story.objects.filter(pk=page.translation_key).first()
    return explain(story, database_now()).get(page.locale.language_code) if story else None
