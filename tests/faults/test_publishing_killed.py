"""A process that dies in the middle of a publication leaves either all of it or nothing."""

import os
import subprocess
import sys

import pytest
from django.db import connection

from cms.local.installation import BASE_DIR
from delivery.models import Change, LogHead, PublishedDocument
from tests.factories.newsroom import make_news

pytestmark = pytest.mark.django_db(transaction=True)

# Publishes page `{pk}` and dies by SIGKILL at the `{at}`-th statement that writes.
SCRIPT = """
import os, signal
import django
django.setup()
from django.db import connection
from delivery.transaction import publishing
from news.models import NewsPage

page = NewsPage.objects.get(pk={pk})
left = {at}

def die(execute, sql, params, many, context):
    global left
    result = execute(sql, params, many, context)
    if sql.startswith(("UPDATE", "INSERT", "DELETE")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return result

with connection.execute_wrapper(die), publishing():
    page.get_latest_revision().publish()
"""


def run_script(script: str) -> int:
    """Exit code of a process that works on the test database."""
    settings = connection.settings_dict
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**settings)
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "cms.settings"}
    return subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, env=environment, check=False).returncode


# `make soak` kills it at every statement.
MOMENTS = range(1, 60) if os.environ.get("SOAK") else (1, 3, 6, 10, 14)


@pytest.mark.parametrize("at", MOMENTS)
def test_killed_in_the_middle_of_a_publication(at: int) -> None:
    page = make_news("All or nothing", publish=False)
    changes = Change.objects.count()
    assert run_script(SCRIPT.format(pk=page.pk, at=at)) in (-9, 0)
    page.refresh_from_db()
    documents = PublishedDocument.objects.filter(page_id=page.pk).count()
    assert documents == (1 if page.live else 0)
    assert Change.objects.count() == changes + documents
    assert LogHead.objects.get().sequence == Change.objects.count()


def test_the_script_publishes_when_it_is_not_killed() -> None:
    page = make_news("Survivor", publish=False)
    assert run_script(SCRIPT.format(pk=page.pk, at=100_000)) == 0
    assert PublishedDocument.objects.filter(page_id=page.pk).exists()
