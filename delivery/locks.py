"""The two locks of everybody who writes: the tree's first, then rows of pages, the publish lock last.

Wagtail locks rows in the order that suits each act: a move takes the page and then its parent, a deletion the parent
first. With the tree's lock before them no two such acts are under way at once, and with the publish lock after them
nobody who holds it waits for a row. So nothing deadlocks.
"""

from enum import Enum

from django.db import connection, transaction

# Any numbers that no other advisory lock of this database uses.
PUBLISH_LOCK = 7_239_001
TREE_LOCK = 7_239_002


class Tree(Enum):
    """What a transaction may do with the tree of pages."""

    CHANGES = "pg_advisory_xact_lock"  # publish, add, move, delete: one at a time
    STAYS = "pg_advisory_xact_lock_shared"  # drafts of pages, beside each other
    UNTOUCHED = ""  # nothing with pages


def take_tree_lock(tree: Tree) -> None:
    """Wait for whoever changes the tree, and hold it to the end of the transaction. Before any row is written."""
    if tree is not Tree.UNTOUCHED:
        _take(tree.value, TREE_LOCK)


def take_publish_lock() -> None:
    """Wait for the one writer's lock and hold it to the end of the transaction. After all rows of pages are written.

    Taken before the number of a change is: a sequence's numbers can commit out of order.
    """
    _take("pg_advisory_xact_lock", PUBLISH_LOCK)


def _take(function: str, number: int) -> None:
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("documents are written inside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [number])
