"""Which collection renders which pages. Collections register in `apps.ready()`; delivery knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wagtail.models import Page

from delivery.context import RenderContext
from delivery.errors import UnknownRenderer
from delivery.schemas import Card, Document


@dataclass(frozen=True)
class Rendered:
    """A page as JSON, twice: as an entry of lists and whole; with the terms that lists filter by."""

    card: Card
    document: Document
    terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Renderer:
    """How pages of `model` become documents of `collection`.

    Raise `version` when `render` changes its output: `rebuild_documents` then renews older documents,
    and a process with old code never overwrites a newer render.
    """

    collection: str
    model: type[Page]
    version: int
    render: Callable[[Any, RenderContext], Rendered]


_renderers: dict[type[Page], Renderer] = {}

# Of values that a list's filter is given, those that the terms of documents have.
Resolver = Callable[[list[str]], list[str]]
_resolvers: dict[str, Resolver] = {}


def register(renderer: Renderer) -> None:
    """Make `renderer` responsible for its page class."""
    _renderers[renderer.model] = renderer


def renderer_for(model: type[Page]) -> Renderer:
    """The renderer of a page class. Raises UnknownRenderer."""
    try:
        return _renderers[model]
    except KeyError:
        raise UnknownRenderer(model=model._meta.label) from None


def renders(model: type[Page]) -> bool:
    """Whether pages of this class become documents."""
    return model in _renderers


def register_filter(name: str, resolve: Resolver) -> None:
    """Have `resolve` say what the values of the filter `name` mean: a slug changes, and documents need not know."""
    _resolvers[name] = resolve


def filter_terms(name: str, values: list[str]) -> list[str]:
    """Terms (`topic:<id>`, `tag:<slug>`, …) of which a document has one if it is meant by any of the values."""
    values = [value.lower() for value in values]
    resolve = _resolvers.get(name)
    return [f"{name}:{value}" for value in (resolve(values) if resolve and values else values)]


def all_renderers() -> list[Renderer]:
    """Every registered renderer."""
    return list(_renderers.values())
