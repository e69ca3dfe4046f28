"""`celery -A tests.faults.wrong_clock`: Celery on a machine whose clock is wrong by CLOCK_IS_AHEAD seconds.

Python's clocks are set before anything else is imported; a pool's processes are copies, and have the same.
"""

import os
from datetime import UTC, datetime, timedelta

import time_machine

AHEAD = timedelta(seconds=float(os.environ["CLOCK_IS_AHEAD"]))
time_machine.travel(datetime.now(UTC) + AHEAD, tick=True).start()

from cms.celery import app  # noqa: E402  (after the clock is set)

__all__ = ["app"]
