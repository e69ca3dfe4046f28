"""Notes of what is to be rendered again; `delivery.refresh` works them off."""

from collections.abc import Iterable

from django.db import connection

from delivery.models import NextChange, PreparedDocument, Refresh

# Prefixes of notes that are no dependency of a document: one story, or all that is below a page.
STORY = "document-of:"
BELOW = "below:"


def request_refresh(dependencies: Iterable[str]) -> None:
    """Have every document that depends on one of these rendered again, now or before it goes out.

    The publish lock is held: who renders at this moment has either finished, or sees what changed.
    """
    wanted = list(dict.fromkeys(dependencies))
    if not wanted:
        return
    prepared = PreparedDocument.objects.filter(depends_on__overlap=wanted)
    NextChange.objects.filter(story__prepared__in=prepared).update(is_prepared=False)
    prepared.delete()
    note(_depended_on(wanted))


def note(dependencies: Iterable[str]) -> None:
    """Add notes, but for those that are there already and not begun. The publish lock is held."""
    wanted = list(dependencies)
    there = set(Refresh.objects.filter(dependency__in=wanted, cursor=0, error="").values_list("dependency", flat=True))
    Refresh.objects.bulk_create(Refresh(dependency=one) for one in wanted if one not in there)


def _depended_on(wanted: list[str]) -> list[str]:
    """Those that some document depends on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT one FROM unnest(%s::varchar[]) AS one WHERE EXISTS"
            " (SELECT FROM delivery_publisheddocument WHERE depends_on @> ARRAY[one])",
            [wanted],
        )
        return [one for (one,) in cursor.fetchall()]
