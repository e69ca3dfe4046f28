"""Entry point of the web server: pages, admin and API."""

import os
import re
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cms.settings")
django.setup(set_prefix=False)

from delivery.remembered import RememberingHandler  # noqa: E402  (settings first)

BOUNDARY = re.compile(r';\s*boundary=("[^"]*"|[^\s;]*)', re.IGNORECASE)
_handler = RememberingHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    """Everything here is UTF-8, whatever a request says.

    Django decodes addresses, too, by the charset that `Content-Type` names, and fails where that is none for text.
    """
    given = environ.get("CONTENT_TYPE", "")
    kind, boundary = given.partition(";")[0], BOUNDARY.search(given)
    environ["CONTENT_TYPE"] = f"{kind}; boundary={boundary[1]}" if boundary else kind
    return _handler(environ, start_response)
