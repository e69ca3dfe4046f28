"""What the room's pages in the admin have in common."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.urls import URLPattern
from wagtail.admin.viewsets.model import ModelViewSet

from delivery.middleware import outside_publishing
from newsletter.mailchimp import is_configured
from newsletter.sync import pauses


class Pages(ModelViewSet):
    """Pages about a table. `only`: the names of those that there are, of Wagtail's own.

    None of them changes what documents are made of, so each request is a transaction of its own and no more.
    """

    only: Sequence[str] = ("index", "index_results", "inspect")
    # Wagtail makes a form for each table, needed or not.
    form_fields: Sequence[str] = ()
    add_to_reference_index = False
    copy_view_enabled = False
    inspect_view_enabled = True
    list_per_page = 50

    def construct_view(self, view_class: type, **kwargs: Any) -> Any:
        return outside_publishing(transaction.atomic(super().construct_view(view_class, **kwargs)))

    def get_common_view_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        """Of a page that there is not, there is no address."""
        common = super().get_common_view_kwargs(**kwargs)
        missing = {f"{name}_url_name": None for name in ("add", "edit", "delete", "history", "usage")}
        return common | {key: None for key in missing if key.removesuffix("_url_name") not in self.only}

    def get_urlpatterns(self) -> list[URLPattern]:
        return [one for one in super().get_urlpatterns() if one.name in self.only]

    def view(self, view: Callable[..., Any]) -> Any:
        """A page of our own, made as the others are."""
        return outside_publishing(transaction.atomic(view))


class TellsOfMailchimp:
    """Before Wagtail's own class of a page: it says where Mailchimp has no key, or is left alone."""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)  # type: ignore[misc]
        return context | {"has_key": is_configured(), "pause": pauses.current()}
