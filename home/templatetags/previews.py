"""A document for people: in the preview of a page."""

import json
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# What the preview shows as running text: the rest is listed field by field.
AS_TEXT = {"title", "summary", "description", "image", "body"}


@register.filter
def other_fields(document: dict[str, Any]) -> dict[str, Any]:
    """Those fields that are no running text."""
    return {name: value for name, value in document.items() if name not in AS_TEXT}


@register.filter
def field_value(value: Any) -> SafeString:
    """A value of a document as HTML: lists as lists, objects as their fields."""
    if isinstance(value, dict):
        rows = ((name, field_value(part)) for name, part in value.items())
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", rows))
    if isinstance(value, list) and value:
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((field_value(part),) for part in value)))
    if value in (None, "", []):
        return mark_safe("<span aria-hidden=true>—</span>")
    return format_html("{}", json.dumps(value) if isinstance(value, bool) else value)


@register.filter
def as_json(document: dict[str, Any]) -> str:
    """The document itself, to read."""
    return json.dumps(document, indent=2, ensure_ascii=False)


@register.filter
def cleaned_html(html: str) -> SafeString:
    """Rich text of a document: `home.richtext` cleaned it for frontends, so it is safe here too."""
    return mark_safe(html)  # noqa: S308
