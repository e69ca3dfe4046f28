"""Publishing: how long an editor waits, with documents and without, and how fast documents are rendered again.

`python -m benchmarks.publish` loads stories into a newsroom of its own, whose PostgreSQL waits for the disk as it does
for editors, and publishes through Wagtail's revisions. With documents: `revision.publish()` inside `publishing()`, as
a request of the admin does it; without: the same in a transaction, with delivery's signals disconnected, which is
stock Wagtail. Both in turn, for the same page. Celery does not run: what is left to it is worked off here, timed.
"""

import argparse
import os
import time
from functools import partial
from statistics import median
from typing import Any

from benchmarks.addresses import CONTESTANTS, OURS
from benchmarks.servers import Server, serving
from benchmarks.tables import milliseconds, spread, table
from benchmarks.throwaway import load_stories, manage, newsroom
from cms.local.installation import Installation

MENTIONS = 50


def latency(count: int) -> None:
    """A story that nobody mentions, and one that fifty mention: with documents and without."""
    from benchmarks import publishing

    alone = publishing.make_story("Alone")
    mentioned = publishing.make_story("Mentioned")
    for number in range(MENTIONS):
        publishing.make_story(f"Mentions it {number}", mentions=mentioned)
    rows = []
    for name, page in (("nobody mentions it", alone), (f"{MENTIONS} stories mention it", mentioned)):
        ours, stock, rest = [], [], []
        for number in range(count):
            with publishing.without_delivery():
                revision = publishing.draft(page, 2 * number)
                stock.append(publishing.seconds_of(partial(publishing.publish_without_documents, revision)))
            revision = publishing.draft(page, 2 * number + 1)
            ours.append(publishing.seconds_of(partial(publishing.publish_with_documents, revision)))
            rest.append(publishing.seconds_of(_refresh))
        rows.append(
            [
                name,
                milliseconds(median(ours)),
                milliseconds(sorted(ours)[int(len(ours) * 0.95)]),
                milliseconds(median(stock)),
                spread([one / other for one, other in zip(ours, stock, strict=True)]),
                milliseconds(median(rest)),
            ]
        )
    head = ["a story is published", "ms", "p95 ms", "without documents ms", "ratio", "then in the background ms"]
    print("\n" + table(head, rows))


def visible(server: Server, count: int) -> None:
    """From the call that publishes to the answer over HTTP that has it: a page at a time."""
    import json

    from benchmarks import publishing

    page = publishing.make_story("Seen at once")
    path = f"/api/v1/news/{page.translation_key}/?locale=en"
    took = []
    for number in range(count):
        revision = publishing.draft(page, number)

        def publish_and_read(revision: Any = revision, title: str = f"Seen at once · {number}") -> None:
            publishing.publish_with_documents(revision)
            while json.loads(server.fetch(path))["title"] != title:
                time.sleep(0.001)

        took.append(publishing.seconds_of(publish_and_read))
    print(
        f"\nFrom publishing to reading it over HTTP: median {milliseconds(median(took))} ms, "
        f"p95 {milliseconds(sorted(took)[int(len(took) * 0.95)])} ms, {count} times"
    )


def rendering(installation: Installation) -> None:
    """`rebuild_documents` where nothing has changed, and where every document has: documents a second."""
    from delivery.models import PublishedDocument

    rows = []
    for name in ("nothing differs", "all differ"):
        documents = PublishedDocument.objects.count()
        if name == "all differ":
            PublishedDocument.objects.update(etag="")
        started = time.monotonic()
        manage(installation, "rebuild_documents")
        seconds = time.monotonic() - started
        rows.append([name, f"{documents:,}", f"{seconds:.1f}", f"{documents / seconds:,.0f}"])
    print("\n" + table(["rebuild_documents", "documents", "seconds", "documents/s"], rows))


def topic() -> None:
    """A topic is renamed: how long the editor waits, and how long until every story that has it says so."""
    from benchmarks import publishing
    from delivery.models import PublishedDocument
    from delivery.transaction import publishing as transaction
    from home.models import Topic

    renamed = Topic.objects.filter(locale__language_code="en").order_by("pk")[0]
    stories = PublishedDocument.objects.filter(depends_on__contains=[f"topic:{renamed.translation_key}"]).count()

    def rename() -> None:
        renamed.name = f"{renamed.name[:60]} (renamed)"
        with transaction():
            renamed.save()

    waited = publishing.seconds_of(rename)
    rest = publishing.seconds_of(_refresh)
    print(
        f"\nA topic of {stories:,} documents renamed: the editor waits {milliseconds(waited)} ms; all are fresh after "
        f"{waited + rest:.1f} s ({stories / (waited + rest):,.0f} documents/s, one process)"
    )


def _refresh() -> None:
    from delivery.refresh import refresh_all

    refresh_all()


def main() -> None:
    """Load, publish, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.publish", description=__doc__.split("\n\n")[0])
    parser.add_argument("--stories", type=int, default=3_000, metavar="N", help="stories to load (3,000)")
    parser.add_argument("--times", type=int, default=40, metavar="N", help="publications of each kind (40)")
    parser.add_argument("--quick", action="store_true", help="1,200 stories, ten publications of each kind")
    options = parser.parse_args()
    if options.quick:
        options.stories, options.times = 1_200, 10
    with newsroom(durable=True) as installation:
        print(f"One process, {os.cpu_count()} cores; PostgreSQL waits for the disk")
        load_stories(installation, options.stories)
        measure(installation, options.times)


def measure(installation: Installation, times: int) -> None:
    """Everything, on the content that is loaded."""
    latency(times)
    with serving(installation, {OURS: CONTESTANTS[OURS]}) as servers:
        visible(servers[OURS], times)
    topic()
    rendering(installation)


if __name__ == "__main__":
    main()
