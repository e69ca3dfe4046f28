"""No mirrors: wagtail-localize's "synchronise content from another locale" makes an alias of every page."""

from wagtail_localize import synctree
from wagtail_localize.locales.components import LOCALE_COMPONENTS
from wagtail_localize.models import LocaleSynchronization


def switch_off_tree_synchronisation() -> None:
    """The languages' form no longer offers it, and a new page makes no alias where a row says that it should."""
    LOCALE_COMPONENTS[:] = [part for part in LOCALE_COMPONENTS if part["model"] is not LocaleSynchronization]
    synctree.create_aliases_for_new_page = _make_no_alias


def _make_no_alias(page: object) -> None:
    """Stands where wagtail-localize mirrors a new page into every language that follows its own."""
