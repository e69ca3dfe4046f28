"""One transaction a request, for everything that editors do."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from delivery.transaction import publishing

SAFE = {"GET", "HEAD", "OPTIONS"}


class PublishingTransactionMiddleware:
    """Runs every request that may write in `delivery.transaction.publishing`. Stands last, next to the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Call the view inside the transaction; an exception rolls back and goes on up."""
        if request.method in SAFE or request.path.startswith("/api/"):
            return None
        with publishing():
            return view(request, *args, **kwargs)
