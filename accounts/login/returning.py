"""`next`: the page of a frontend that somebody came from, and is led back to when he is done."""

import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.errors import NotAllowedBack

KEY = "next"
LONGEST = 2000


def checked(address: Any) -> str:
    """The address, if it is a path, or leads to a frontend of ours. Raises NotAllowedBack."""
    if not isinstance(address, str) or len(address) > LONGEST or not address.isprintable() or "\\" in address:
        raise NotAllowedBack
    if address.startswith("/"):
        is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    else:
        is_ours = any(address == origin or address.startswith(f"{origin}/") for origin in settings.FRONTEND_ORIGINS)
    if not is_ours or "@" in urlsplit(address).netloc:
        raise NotAllowedBack
    return address


def remember(request: HttpRequest, body: dict[str, Any]) -> None:
    """Keep where somebody came from until he is done. Raises NotAllowedBack."""
    if body.get(KEY) is not None:
        request.session[KEY] = checked(body[KEY])


def forget(request: HttpRequest, body: dict[str, Any]) -> None:
    """What somebody came from with a request by which nothing began."""
    if body.get(KEY) is not None:
        request.session.pop(KEY, None)


def lead_back(request: HttpRequest, response: Any, *, is_over: bool) -> None:
    """Say in a final answer where to go on. `is_over`: it will not be asked for again."""
    address = request.session.pop(KEY, None) if is_over else request.session.get(KEY)
    if address:
        tell(response, {KEY: address})


def tell(response: Any, more: dict[str, str]) -> None:
    """Say more in an answer's `meta`."""
    content = json.loads(response.content)
    content["meta"] = (content.get("meta") or {}) | more
    response.content = json.dumps(content)
