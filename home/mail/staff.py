"""What editors read."""

from django.conf import settings
from django.contrib.auth import get_user_model


def language_of_staff(address: str) -> str:
    """What an editor with this address reads the admin in, or the site's language."""
    editors = get_user_model().objects.filter(is_active=True, email__iexact=address)
    chosen = editors.values_list("wagtail_userprofile__preferred_language", flat=True)
    return next((language for language in chosen if language in dict(settings.LANGUAGES)), settings.LANGUAGE_CODE)
