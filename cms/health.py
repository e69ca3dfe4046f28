"""Whether the server can do its work."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe


@csrf_exempt
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database and the broker answer, 503 and which of them does not otherwise."""
    parts = {"database": _answers(_ask_database), "broker": _answers(_ask_broker)}
    response = JsonResponse(
        {"status": "ok" if all(parts.values()) else "failing", **parts},
        status=200 if all(parts.values()) else 503,
    )
    response["Cache-Control"] = "no-store"
    return response


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Exception:
        return False
    return True


def _ask_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _ask_broker() -> None:
    client = redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    finally:
        client.close()
