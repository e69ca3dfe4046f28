"""Do logins slow readers down?

`python -m benchmarks.logins` reads a list, one request after the other, in slices: while nobody logs in, and while 200
people a minute do (each another account, from another network), in turn. Ratios are of neighbouring slices.
"""

import argparse
import http.client
import json
import os
import threading
import time
from itertools import count
from statistics import median

from benchmarks.addresses import CONTESTANTS, OURS
from benchmarks.load import Load, load
from benchmarks.servers import Server, serving
from benchmarks.tables import milliseconds, spread, table
from benchmarks.throwaway import load_stories, newsroom

PASSWORD = "Tide-and-Lantern-7"
ACCOUNTS = 120
LIST = "/api/v1/news/?locale=en&limit=20"


class Logins(threading.Thread):
    """People who log in, so many a minute, until they are told to stop. `took`: seconds of each login."""

    numbers = count()

    def __init__(self, server: Server, a_minute: int) -> None:
        super().__init__(daemon=True)
        self.server, self.pause = server, 60 / a_minute
        self.took: list[float] = []
        self.is_over = threading.Event()

    def run(self) -> None:
        """One every so many seconds, however long each takes."""
        due = time.monotonic()
        while not self.is_over.wait(max(0.0, due - time.monotonic())):
            due += self.pause
            threading.Thread(target=self._log_in, args=(next(self.numbers),), daemon=True).start()

    def _log_in(self, number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        body = json.dumps({"email": _address(number % ACCOUNTS), "password": PASSWORD})
        # The front server's word on who asks: everybody another.
        network = f"10.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
        began = time.perf_counter()
        connection.request(
            "POST",
            "/_allauth/app/v1/auth/login",
            body,
            {"Content-Type": "application/json", "X-Forwarded-For": network},
        )
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"a login was answered {answer.status}")
        self.took.append(time.perf_counter() - began)


def _address(number: int) -> str:
    return f"reader-{number}@press.example"


def make_accounts() -> None:
    """People who log in."""
    from accounts.models import MediaAccount

    for number in range(ACCOUNTS):
        MediaAccount.objects.create_confirmed(_address(number), PASSWORD)


def measure(server: Server, seconds: float, rounds: int, a_minute: int) -> None:
    """Print how long a list takes with logins and without."""
    calm: list[Load] = []
    busy: list[Load] = []
    took: list[float] = []
    for _ in range(rounds):
        calm.append(load(server.port, [LIST], seconds=seconds, connections=1))
        logins = Logins(server, a_minute)
        logins.start()
        busy.append(load(server.port, [LIST], seconds=seconds, connections=1))
        logins.is_over.set()
        logins.join()
        time.sleep(1)
        took += logins.took
    rows = [
        [name, milliseconds(median(one.median for one in loads)), milliseconds(median(one.p99 for one in loads))]
        for name, loads in (("nobody logs in", calm), (f"{a_minute} logins a minute", busy))
    ]
    print(table(["a list of 20", "median", "p99"], rows))
    print(f"median, with logins over without: {spread([b.median / c.median for b, c in zip(busy, calm, strict=True)])}")
    print(f"p99, with logins over without:    {spread([b.p99 / c.p99 for b, c in zip(busy, calm, strict=True)])}")
    print(f"a login, of {len(took)}: median {milliseconds(median(took))}, longest {milliseconds(max(took))}")


def main() -> None:
    """Load, log in, read, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.logins", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seconds", type=float, default=10, metavar="S", help="length of a slice (10)")
    parser.add_argument("--rounds", type=int, default=6, metavar="N", help="slices of each kind (6)")
    parser.add_argument("--logins", type=int, default=200, metavar="N", help="logins a minute (200)")
    options = parser.parse_args()
    with newsroom(durable=True) as installation:
        print(f"One process, {os.cpu_count()} cores")
        load_stories(installation, 1_200)
        make_accounts()
        with serving(installation, {OURS: CONTESTANTS[OURS]}) as servers:
            load(servers[OURS].port, [LIST], seconds=2, connections=1)
            measure(servers[OURS], options.seconds, options.rounds, options.logins)


if __name__ == "__main__":
    main()
