"""The newsroom's name in the admin, in place of Wagtail's."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def newsroom_name() -> str:
    """As the installation has it, in the reader's language where it is our own word."""
    return str(settings.WAGTAIL_SITE_NAME)
