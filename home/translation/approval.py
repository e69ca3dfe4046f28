"""From a finished translation to its approval: what wagtail-localize's editor does not offer."""

from enum import Enum
from typing import Any

from wagtail.models import Page, TaskState, WorkflowState
from wagtail_localize.models import Translation


class Finished(Enum):
    """What became of a translation that was handed in."""

    SUBMITTED = "submitted"  # a workflow was begun, or taken up again
    RENEWED = "renewed"  # it was under approval already, which now holds for what it says now
    SAVED = "saved"  # nothing is to approve it: who may publish finds it as a draft


def hand_in(translation: Translation, user: Any) -> Finished:
    """Keep the translation as a draft and bring it before those who approve. Publishes nothing."""
    translation.save_target(user=user, publish=False)
    page = translation.get_target_instance()
    if not isinstance(page, Page):
        return Finished.SAVED
    state = page.current_workflow_state
    if state is None:
        workflow = page.get_workflow()
        if workflow is None:
            return Finished.SAVED
        workflow.start(page, user)
        return Finished.SUBMITTED
    if state.status == WorkflowState.STATUS_NEEDS_CHANGES:
        state.resume(user)
        return Finished.SUBMITTED
    _approve_latest(state.current_task_state, page)
    return Finished.RENEWED


def decide(translation: Translation, user: Any, action: str, comment: str = "") -> None:
    """Approve the translation as it is now (which publishes it, if that was the last step), or ask for changes."""
    page = translation.get_target_instance()
    task_state = page.current_workflow_task_state
    if action == "approve":
        translation.save_target(user=user, publish=False)
        page.refresh_from_db()
        _approve_latest(task_state, page)
    task_state.task.specific.on_action(task_state, user, action, comment=comment)


def decisions(page: Page, user: Any) -> list[str]:
    """What this person may decide about a page that waits for approval: "approve", "reject"."""
    task = page.current_workflow_task if page.workflow_in_progress else None
    return list(dict.fromkeys(name for name, _label, _modal in task.get_actions(page, user))) if task else []


def _approve_latest(task_state: TaskState, page: Page) -> None:
    task_state.revision = page.get_latest_revision()
    task_state.save(update_fields=["revision"])
