"""How a field passes from one language of a page or snippet to another: what wagtail-localize has no word for.

Its own two: `TranslatableField` (its strings are translated) and `SynchronizedField` (follows the original; a
translator may override it). `tests/translation/test_fields.py` lists the decision for every field of every model.
"""

from types import SimpleNamespace
from typing import Any

from wagtail_localize.fields import BaseTranslatableField, SynchronizedField


def shared(*names: str) -> list[SynchronizedField]:
    """Fields that follow the original in every language, with no override."""
    return [SynchronizedField(name, overridable=False) for name in names]


def own(*names: str) -> list[BaseTranslatableField]:
    """Fields that each language keeps for itself: nothing copies them."""
    return [BaseTranslatableField(name) for name in names]


class WholeSet:
    """A parental many-to-many relation as a plain attribute: read as a list, set as a whole."""

    def __init__(self, relation: str) -> None:
        self.relation = relation

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else list(getattr(instance, self.relation).all())

    def __set__(self, instance: Any, values: list[Any]) -> None:
        setattr(instance, self.relation, values)


class SharedSet(SynchronizedField):
    """A parental many-to-many relation that follows the original, also when the original's becomes empty.

    wagtail-localize passes over such fields unless they are named, and never empties them. `attribute`: the name of
    the model's `WholeSet`.
    """

    def __init__(self, relation: str, attribute: str) -> None:
        super().__init__(relation, overridable=False)
        self.attribute = attribute

    def get_field(self, model: type) -> Any:
        """What wagtail-localize copies by: it asks for these two names only."""
        return SimpleNamespace(name=self.field_name, attname=self.attribute)
