"""Has the server follow the change log, and builds an index beside the live one where that cannot go on.

How far an index is stands in the index itself: so it cannot disagree with it, whichever of the two was restored from a
backup. Nothing of the work is kept elsewhere, and each step may be repeated: whoever is killed, the next look goes on.
Writes carry the number of the change that made a document so (external versions): what is older never wins.
"""

import secrets
import time
from typing import Any

from django.db import connection, transaction
from opensearchpy import OpenSearch
from opensearchpy.helpers import BulkIndexError, bulk

from delivery.errors import LogGone, LogMoved
from delivery.feed import Page, Position, look_at_log, read_page
from delivery.models import ChangeKind
from search import indexing
from search.server.connection import asking, is_ours, live_name, logger, stem_of_names
from search.server.documents import MAPPINGS, POSITION, SETTINGS, documents_of, key_of

# Changes a step, and the most that is sent at once (bytes).
STEP, LARGEST = 200, 20_000_000
# What a deletion of nothing and an older write are answered.
EXPECTED = (404, 409)


def follow(seconds: float) -> bool:
    """Work until there is none left, or for so long; whether more is left. Raises SearchAway."""
    end = time.monotonic() + seconds
    while is_more := step():
        if time.monotonic() >= end:
            break
    return is_more


def rebuild() -> None:
    """Build an index beside the live one, or go on with the one that is being built, until it is live.

    Raises SearchAway.
    """
    with transaction.atomic(), asking(patiently=True) as client:
        _lock(wait=True)
        if not _begun(client):
            _create(client)
    while _is_building():
        if not step():
            time.sleep(0.5)  # somebody else is at it


def remove() -> None:
    """Remove this newsroom's indices, of every form. Raises SearchAway."""
    with transaction.atomic(), asking(patiently=True) as client:
        _lock(wait=True)
        for name in [*_indices(client, is_live=True), *_indices(client, is_live=False)]:
            client.indices.delete(index=name)


def step() -> bool:
    """Lead the live index and the one that is built a little further along the log; whether more is left to do.

    False as well where somebody else is at it. Raises SearchAway.
    """
    with transaction.atomic(), asking(patiently=True) as client:
        if not _lock(wait=False):
            return False
        try:
            return _step(client)
        except LogMoved:
            return True


def _step(client: OpenSearch) -> bool:
    live = _indices(client, is_live=True)
    followed = next((page for name in live if (page := _advance(client, name))), None)
    building = _begun(client)
    if not building:
        if followed:
            return followed.has_more
        if indexing.is_behind():
            return False  # `index_missing` is at it
        building = [_create(client)]
    for name in building[1:]:
        client.indices.delete(index=name)
    page = _advance(client, building[0])
    if page is None:
        client.indices.delete(index=building[0])
        _create(client)
    elif not page.has_more:
        # Looked at after the live one, so it knows at least as much.
        _make_live(client, building[0])
    return True


def _is_building() -> bool:
    with asking(patiently=True) as client:
        return bool(_begun(client))


def _lock(*, wait: bool) -> bool:
    """Nobody else is at it until the end of the transaction."""
    function = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtextextended(%s, 0))", [f"search server {live_name()}"])
        (taken,) = cursor.fetchone()
        return taken is not False


def _indices(client: OpenSearch, *, is_live: bool) -> list[str]:
    """Our indices, of any form."""
    known = client.indices.get_alias(index=f"{live_name()}-*")
    return sorted(name for name, told in known.items() if is_ours(name) and (live_name() in told["aliases"]) == is_live)


def _begun(client: OpenSearch) -> list[str]:
    """Those that are not live yet."""
    return [name for name in _indices(client, is_live=False) if name.startswith(stem_of_names())]


def _create(client: OpenSearch) -> str:
    name = f"{stem_of_names()}{secrets.token_hex(6)}"
    client.indices.create(index=name, body={"settings": {"index": SETTINGS}, "mappings": MAPPINGS})
    client.index(index=name, id=POSITION, body={"position": Position().token})
    logger.info("Building the search server's index %s", name)
    return name


def _make_live(client: OpenSearch, name: str) -> None:
    """Have readers ask this one, and remove all others: in one act, so readers find one of them."""
    others = _indices(client, is_live=True) + [one for one in _indices(client, is_live=False) if one != name]
    add = {"add": {"index": name, "alias": live_name()}}
    client.indices.update_aliases(body={"actions": [add, *({"remove_index": {"index": one}} for one in others)]})
    logger.info("The search server's index %s is live", name)


def _advance(client: OpenSearch, name: str) -> Page | None:
    """Bring an index up to `STEP` changes further. None where it cannot go on: it is of another form, or another log.

    Raises LogMoved.
    """
    if not name.startswith(stem_of_names()):
        return None
    row = client.get(index=name, id=POSITION, params={"ignore": 404})
    if not row.get("found"):
        return None
    position = Position.of(row["_source"]["position"])
    try:
        log = look_at_log(position)
    except LogGone:
        return None
    page = read_page(log, position, STEP)
    if page.entries:
        _write(client, name, page)
    if page.end != position:
        # Not `index`, which would make an index that somebody has removed meanwhile.
        client.update(index=name, id=POSITION, body={"doc": {"position": page.end.token}})
    return page


def _write(client: OpenSearch, name: str, page: Page) -> None:
    """What these changes left, as it is now: it may be ahead of them, and is written again with what comes."""
    entries = [entry for _position, entry in page.entries]
    gone = [entry for entry in entries if entry.kind == ChangeKind.WITHDRAWN]
    keys = {(entry.id, str(entry.locale)): None for entry in entries if entry.kind != ChangeKind.WITHDRAWN}
    operations: list[dict[str, Any]] = [
        _operation("delete", name, key_of(entry.id, str(entry.locale)), entry.sequence) for entry in gone
    ]
    operations += [
        _operation("index", name, document.id, document.version, _source=document.source)
        for document in documents_of(list(keys))
    ]
    _written, refused = bulk(
        client, operations, max_chunk_bytes=LARGEST, refresh=True, raise_on_error=False, chunk_size=STEP
    )
    failures = [answer for one in refused for answer in one.values() if answer["status"] not in EXPECTED]
    if any(answer["status"] == 429 or answer["status"] >= 500 for answer in failures):
        raise BulkIndexError("The search server could not write", failures)
    for answer in failures:
        logger.error("The search server refuses %s: %s", answer["_id"], answer["error"])


def _operation(kind: str, index: str, key: str, version: int, **more: Any) -> dict[str, Any]:
    names = {"_op_type": kind, "_index": index, "_id": key}
    return {**names, "version": version, "version_type": "external_gte", **more}
