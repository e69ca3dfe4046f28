"""Links in mails. They come from settings: whoever asks for a mail chooses the Host of his request."""

from django.conf import settings


def frontend_url(path: str = "/") -> str:
    """An address of the public frontend. `path` begins with a slash, and may have a query."""
    return settings.FRONTEND_URL + path


def server_url(path: str = "/") -> str:
    """An address of this server, such as a page of the admin. `path` begins with a slash, and may have a query."""
    return settings.BASE_URL + path


def is_ours(url: object) -> bool:
    """Whether it leads to the frontend or to this server."""
    bases = (settings.FRONTEND_URL, settings.BASE_URL)
    return isinstance(url, str) and any(url == base or url.startswith((f"{base}/", f"{base}?")) for base in bases)
