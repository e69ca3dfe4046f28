"""Translations in templates of the admin."""

import json
from typing import Any

from django import template
from django.utils.safestring import SafeString
from wagtail.models import DraftStateMixin, Locale, Page, WorkflowState

from delivery.clock import database_now
from delivery.models import Story
from delivery.visibility import explain
from home.translation.approval import decisions
from home.translation.rights import is_locked_for, lock_reason, may_publish
from home.translation.states import State, translations_into, work_url

register = template.Library()


@register.simple_tag
def state_label(state: str) -> str:
    """The words for a state."""
    return str(State(state).label)


@register.simple_tag
def states_of(page: Page) -> list[dict[str, Any]]:
    """How far the page's story is in each other language: locale, row of `translations_into`, address of the work."""
    found = []
    for locale in Locale.objects.all() if page.pk else []:
        row = translations_into(locale).filter(pk=page.translation_key).first()
        if row is not None:
            found.append({"locale": locale, "row": row, "url": work_url(row, locale)})
    return found


@register.simple_tag
def translation_work(translation: Any, instance: Any, user: Any) -> dict[str, Any]:
    """What this person may do in the translation's editor, and how far it is."""
    is_page = isinstance(instance, Page)
    stories = translations_into(translation.target_locale).filter(pk=instance.translation_key) if is_page else None
    row = stories.first() if stories is not None else None
    return {
        "may_publish": may_publish(user, instance),
        "has_drafts": isinstance(instance, DraftStateMixin),
        "locked": lock_reason(instance) if is_page and is_locked_for(user, instance) else "",
        "approved": _waits_for(row, instance) if row is not None and row.state == State.READY else "",
        "decisions": decisions(instance, user) if is_page else [],
        "comment": _requested_changes(instance) if is_page else "",
        "row": row,
    }


def _waits_for(story: Story, page: Page) -> str:
    """What an approved text waits for, in the words of the public state."""
    found = explain(story, database_now()).get(page.locale.language_code)
    return found.sentence if found and found.hidden else ""


def _requested_changes(page: Page) -> str:
    state = page.current_workflow_state
    needs_changes = state is not None and state.status == WorkflowState.STATUS_NEEDS_CHANGES
    return str(state.current_task_state.comment) if needs_changes else ""


@register.filter
def for_person(props: str, work: dict[str, Any]) -> str:
    """The editor's properties without what this person may not do: no alias for anybody."""
    editor = json.loads(props)
    editor["links"]["convertToAliasUrl"] = None
    if not work["may_publish"]:
        editor["links"]["stopTranslationUrl"] = None
        # It would stand there as the main button; the page's own menu has it too.
        editor["perms"]["canDelete"] = False
    return json.dumps(editor)


@register.filter
def parted_at_editor(html: SafeString) -> tuple[SafeString, SafeString]:
    """wagtail-localize's page: what is above the strings, and the strings. It has no block between them."""
    above, mark, strings = html.partition('<div class="js-translation-editor"')
    return SafeString(above), SafeString(mark + strings)
