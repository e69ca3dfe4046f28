"""One transaction a request, for everything that editors do."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from delivery.locks import Tree
from delivery.transaction import publishing

# The attribute of a view that wants no transaction.
OUTSIDE = "outside_publishing"
View = Callable[..., Any]

# What readers and media accounts ask for writes no page.
PUBLIC = ("/api/", "/_allauth/")
SAFE = {"GET", "HEAD", "OPTIONS"}
# They write no page: libraries, which look at files for seconds; who edits what; logging in.
APART = {"wagtailimages", "wagtaildocs", "wagtailmedia", "wagtailadmin_editing_sessions"}
APART_NAMES = ("wagtailadmin_log", "wagtailadmin_password", "wagtailadmin_account", "wagtailadmin_dismissibles")


def outside_publishing(view: View) -> View:
    """Mark a view that changes nothing that documents are made of, and may take long: it gets no transaction."""
    setattr(view, OUTSIDE, True)
    return view


class PublishingTransactionMiddleware:
    """Runs every request that may write in `delivery.transaction.publishing`. Stands last, next to the view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: View,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> HttpResponse | None:
        """Call the view inside the transaction; an exception rolls back and goes on up."""
        if request.method in SAFE or request.path.startswith(PUBLIC) or hasattr(view, OUTSIDE):
            return None
        with publishing(_tree(request)):
            return view(request, *args, **kwargs)


def _tree(request: HttpRequest) -> Tree:
    """What a request may do with the tree of pages: an editor's drafts go on beside one another."""
    match = request.resolver_match
    name = str(match and match.url_name)
    if match is None or match.namespace in APART or name.startswith(APART_NAMES) or "preview" in name:
        return Tree.UNTOUCHED
    saves_draft = match.view_name == "wagtailadmin_pages:edit" and not any(
        name.startswith("action-") for name in request.POST
    )
    return Tree.STAYS if saves_draft else Tree.CHANGES
