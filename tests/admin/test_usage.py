"""What was downloaded, by whom: the newsroom's report."""

import csv
import io
import re
import weakref
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountSettings, Level, UsageEntry
from tests.admin.accounts import GROUPS, SEERS, act, address, html, level_of, posted
from tests.factories.accounts import make_account, use

pytestmark = pytest.mark.django_db


def exported(client: Client, form: str, **query: Any) -> list[list[Any]]:
    """The rows of the file, below its headings."""
    response = client.get(reverse("usage_report"), {"export": form, **query})
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    response.close()
    if form == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [list(row) for row in sheet.iter_rows(values_only=True)][1:]


@pytest.mark.parametrize("group", GROUPS)
def test_who_sees_usage(log_in: Callable[[str], Client], group: str) -> None:
    client = log_in(group)
    for url in (reverse("usage_report"), reverse("usage_report_results"), f"{reverse('usage_report')}?export=csv"):
        assert client.get(url).status_code == (200 if group in SEERS else 302), url
    assert (reverse("usage_report") in html(client, reverse("wagtailadmin_home"))) == (group in SEERS)


def test_usage_is_filtered_and_added_up(senior: Client) -> None:
    ana, bo = make_account(), make_account("Bo Lind", organisation="Nordposten", country="SE", kind="press")
    use(ana, size_bytes=3_000_000)
    use(ana, "Harbour", action="clip", start="83.48", end="90", size_bytes=1_000_000)
    use(bo, "Harbour", size_bytes=500_000)
    UsageEntry.objects.filter(account=bo).update(at=timezone.now() - timedelta(days=10))
    for title in ("Old times", "By anybody"):
        use(None, title, size_bytes=None)

    def found(**query: Any) -> tuple[int, int, int]:
        totals = senior.get(reverse("usage_report"), query).context["totals"]
        return totals["number"], totals["accounts"], totals["size_bytes"] or 0

    assert found() == (5, 2, 4_500_000)
    assert found(who="ana.duarte@") == (2, 1, 4_000_000)
    assert found(organisation="nordposten") == (1, 1, 500_000)
    assert found(country="SE") == found(kind="press") == (1, 1, 500_000)
    assert found(title="harb") == (2, 2, 1_500_000)
    assert found(action=["clip", "archive"]) == (1, 1, 1_000_000)
    assert found(at_to=f"{timezone.now() - timedelta(days=7):%Y-%m-%d}") == (1, 1, 500_000)
    told = html(senior, reverse("usage_report"))
    for words in ("00:01:23.480", "Without an account, or erased", address(ana), "Nordposten"):
        assert words in told


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_has_what_is_found_in_words(senior: Client, form: str) -> None:
    use(make_account(), action="clip", start="83.48", end="90", size_bytes=1_000_000, rendition="1080p")
    use(make_account("Bo Lind"), "Harbour")
    (row,) = exported(senior, form, action="clip")
    assert row[1:3] == ["Ana Duarte", "ana.duarte@press.example"]
    assert form != "csv" or re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", row[0])
    assert row[3:9] == ["Radio Corvane", "Portugal", "Television or radio", "Clip", "Ice patrol", "1080p"]
    assert [float(cell) for cell in row[9:]] == [83.48, 90, 1_000_000]


def test_profile_that_changes_is_told_and_the_report_keeps_what_was(senior: Client) -> None:
    from accounts.profiles import change_profile
    from home.mail.letters import write_letter

    settings = AccountSettings.load()
    settings.told_by_mail = "desk@newsroom.example"
    settings.save()
    account = make_account(accredited_until=timezone.localdate())
    use(account)
    change_profile(account.pk, {"name": "Eve Stone", "country": "FR", "language": "fr"})
    assert level_of(account) == Level.ACCREDITED
    ((template, to, language, context),) = posted()
    text = write_letter(template, language, context).text
    assert to == "desk@newsroom.example"
    for words in ("Name before: Ana Duarte", "Name: Eve Stone", "ana.duarte@press.example", "Country: France"):
        assert words in text
    page = html(senior, address(account))
    assert "name: Ana Duarte → Eve Stone; country: PT → FR" in page
    assert "after the newsroom&#x27;s last decision" in page or "after the newsroom's last decision" in page
    listed = html(senior, reverse("media_accounts"))
    assert "Accredited, profile changed" in listed
    assert "ana.duarte@press.example" in listed
    act(senior, account, "note", note="Checked.")
    assert "profile changed" not in html(senior, reverse("media_accounts"))
    change_profile(account.pk, {"name": "Eve Stone"})
    assert len(posted()) == 1
    (row,) = exported(senior, "csv", who="Eve")
    assert row[1:5] == ["Ana Duarte", "ana.duarte@press.example", "Radio Corvane", "Portugal"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_an_export_is_a_formula(senior: Client, form: str, first: str) -> None:
    account = make_account(f"{first}HYPERLINK(1)", organisation=f"{first}cmd|' /C calc'!A0", email="a@press.example")
    use(account, f"{first}1+1\x0b")
    (row,) = exported(senior, form)
    for cell in (row[1], row[3], row[7]):
        assert cell[0] == "'", row
        assert not cell.endswith("\x0b")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_export_keeps_few_rows_in_memory(senior: Client, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("home.wagtail_hooks.reports.CHUNK", 100)
    account, most = make_account(), 0
    UsageEntry.objects.bulk_create(
        UsageEntry(account=account, action="download", title=f"Video {number}") for number in range(1500)
    )
    alive: weakref.WeakSet[UsageEntry] = weakref.WeakSet()
    begin = UsageEntry.from_db.__func__  # type: ignore[attr-defined]

    def counted(cls: Any, *arguments: Any) -> UsageEntry:
        nonlocal most
        row: UsageEntry = begin(cls, *arguments)
        alive.add(row)
        most = max(most, len(alive))
        return row

    monkeypatch.setattr(UsageEntry, "from_db", classmethod(counted))
    assert len(exported(senior, form)) == 1500
    assert most <= 300


def test_fifty_rows_of_usage_cost_as_many_queries_as_five(senior: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert senior.get(reverse("usage_report")).status_code == 200
        return len(captured)

    for number in range(5):
        use(make_account(f"Account {number}"))
    queries()
    few = queries()
    for number in range(5, 50):
        use(make_account(f"Account {number}"))
    assert queries() == few
