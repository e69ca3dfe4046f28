"""Many orders with the same clips at the same moment: none waits for another in a circle, and each clip is cut once."""

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests.clips.asking import Asker, files, patrol
from tests.clips.ordering import row, send
from tests.factories.footage import make_indexed_video
from videos.models import Clip, Order

__all__ = ["files", "patrol"]
pytestmark = pytest.mark.django_db(transaction=True)
CALLERS = 4


def test_orders_with_the_same_clips_in_another_order_share_them(patrol: Path, files: Path) -> None:
    video = make_indexed_video(patrol)
    rows = [row(video, 0, f"00:00:02:{frame:02}") for frame in range(12)]

    def ask(caller: int) -> list[int]:
        mixed = random.Random(caller).sample(rows, len(rows))
        asker = Asker(address=f"192.0.2.{caller % CALLERS}")
        try:
            return [send(asker, {"clips": mixed}).status_code for _again in range(3)]
        finally:
            connection.close()

    # Two at a time of each caller.
    with ThreadPoolExecutor(2 * CALLERS) as threads:
        statuses = [status for answers in threads.map(ask, range(2 * CALLERS)) for status in answers]
    assert set(statuses) == {202}
    assert (Clip.objects.count(), Order.objects.count()) == (len(rows), 6 * CALLERS)
    assert all(order.lines.count() == len(rows) for order in Order.objects.all())


def test_caller_who_gives_orders_back_while_he_orders(patrol: Path, files: Path) -> None:
    video = make_indexed_video(patrol)
    rows = [row(video, 0, f"00:00:02:{frame:02}") for frame in range(10)]
    asker = Asker()

    def order_and_give_back(_number: int) -> Any:
        try:
            placed = send(asker, {"clips": rows}).json()
            return asker.request("DELETE", f"orders/{placed['id']}/").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        assert set(threads.map(order_and_give_back, range(18))) == {200}
    assert not Order.objects.wanted().exists()
    assert not Clip.objects.unfinished().exists()
