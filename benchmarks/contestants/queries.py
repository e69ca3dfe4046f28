"""`python -m benchmarks.contestants.queries PATH…`: how many queries each answer takes, as a JSON list.

The check of a persistent connection that Django makes before the first query of a request is not among them.
"""

import json
import sys


def main(paths: list[str]) -> None:
    """Ask each path twice and count the second time, when caches are as they are in a server."""
    import django

    django.setup()
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client()
    counts = []
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}")
        counts.append(len(queries))
    print(json.dumps(counts))


if __name__ == "__main__":
    main(sys.argv[1:])
