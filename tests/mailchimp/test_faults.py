"""The double of Mailchimp fails as a test wants, and tells webhooks as Mailchimp does."""

import http.client
import http.server
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode
from urllib.request import urlopen

import pytest

from tests.mailchimp.conftest import Asking, MemberCalls
from tests.mailchimp.faults import Kind
from tests.mailchimp.schemas import LIST
from tests.mailchimp.server import Double
from tests.mailchimp.webhooks import Form

ADA = "ada@example.org"
GRACE = "grace@example.org"


def test_failures_are_answered_as_ordered_and_nothing_is_done(
    mailchimp: Double, members: MemberCalls, ask: Asking
) -> None:
    mailchimp.faults.plan(Kind.TOO_MANY, on="POST /lists/*", retry_after=7)
    mailchimp.faults.plan(Kind.ERROR, on="POST /lists/*")
    mailchimp.faults.plan(Kind.EMPTY, on="POST /lists/*")
    assert ask("GET", "/ping").status == 200
    told = members.batch(ADA)
    assert (told.status, told.headers["Retry-After"]) == (429, "7")
    assert members.batch(ADA).title == "Internal Server Error"
    empty = members.batch(ADA)
    assert (empty.status, empty.document) == (500, None)
    assert members.page() == []
    assert members.batch(ADA).status == 200


@pytest.mark.parametrize("acts", [False, True])
def test_a_connection_drops_before_or_after_the_act(acts: bool, mailchimp: Double, members: MemberCalls) -> None:
    mailchimp.faults.plan(Kind.DROP, acts=acts)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        members.put(ADA)
    assert members.page() == ([ADA] if acts else [])


@pytest.mark.parametrize("acts", [False, True])
def test_an_answer_never_comes(acts: bool, mailchimp: Double, members: MemberCalls) -> None:
    mailchimp.faults.plan(Kind.HANG, acts=acts)
    members.ask.timeout = 0.2
    with pytest.raises(TimeoutError):
        members.put(ADA)
    members.ask.timeout = 10
    assert members.page() == ([ADA] if acts else [])


def test_an_answer_comes_late(mailchimp: Double, members: MemberCalls) -> None:
    mailchimp.faults.plan(Kind.SLOW, seconds=0.2)
    began = time.monotonic()
    assert members.put(ADA).status == 200
    assert time.monotonic() - began >= 0.2


def test_failures_come_by_number_by_chance_and_until_they_are_cancelled(mailchimp: Double, ask: Asking) -> None:
    mailchimp.faults.plan(Kind.ERROR, on="GET /ping", calls={2, 4})
    assert [ask("GET", "/ping").status for _ in range(5)] == [200, 500, 200, 500, 200]
    mailchimp.faults.clear()
    mailchimp.faults.plan(Kind.ERROR, probability=0.5, times=None)
    statuses = [ask("GET", "/ping").status for _ in range(20)]
    assert set(statuses) == {200, 500}
    mailchimp.faults.clear()
    down = mailchimp.faults.plan(Kind.DROP, times=None)
    for _ in range(3):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            ask("GET", "/ping")
    mailchimp.faults.cancel(down)
    assert ask("GET", "/ping").status == 200


def test_single_members_are_refused_within_a_batch(mailchimp: Double, members: MemberCalls) -> None:
    mailchimp.faults.refuse(ADA, "She is not welcome.", field="email_address", message="Choose another one.")
    answer = members.batch(ADA, GRACE).document
    assert [one["email_address"] for one in answer["new_members"]] == [GRACE]
    assert answer["errors"] == [
        {
            "email_address": ADA,
            "error": "She is not welcome.",
            "error_code": "ERROR_GENERIC",
            "field": "email_address",
            "field_message": "Choose another one.",
        }
    ]
    assert members.put(ADA).document["detail"] == "She is not welcome."
    mailchimp.faults.accept(ADA)
    assert members.put(ADA).status == 200


def test_an_eleventh_connection_is_refused(mailchimp: Double, ask: Asking) -> None:
    mailchimp.faults.plan(Kind.SLOW, times=None, seconds=0.5)
    with ThreadPoolExecutor(12) as pool:
        statuses = sorted(reply.status for reply in pool.map(lambda _: ask("GET", "/ping"), range(12)))
    assert statuses == [200] * 10 + [429] * 2
    assert mailchimp.most_at_once > 10


def test_calls_are_counted(mailchimp: Double, members: MemberCalls) -> None:
    members.batch(ADA)
    members.batch(GRACE)
    members.page()
    assert mailchimp.calls == {f"POST {LIST}": 2, f"GET {LIST}/members": 1}
    assert mailchimp.seen[1].json()["members"][0]["email_address"] == GRACE
    assert mailchimp.bytes_in > 100
    assert mailchimp.bytes_out > 1000


def test_its_state_is_a_page_with_buttons_for_what_people_do(mailchimp: Double, members: MemberCalls) -> None:
    members.put("b@example.org", merge_fields={"FNAME": "<i>Ada"})
    with urlopen(mailchimp.url) as page:
        text = page.read().decode()
    assert "b@example.org" in text
    assert "&lt;i&gt;Ada" in text
    clicked = {"act": "person_unsubscribes", "list_id": members.audience.id, "email": "b@example.org"}
    with urlopen(mailchimp.url, urlencode(clicked).encode()) as page:
        assert "unsubscribed, in compliance state" in page.read().decode()


class Listener:
    """What answers at a webhook's address."""

    def __init__(self) -> None:
        self.forms: list[Form] = []
        self.status = 200
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(listener.status)
                self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                listener.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?secret=s"


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Somebody who listens."""
    listener = Listener()
    thread = threading.Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()
    thread.join()


def listen(ask: Asking, members: MemberCalls, url: str, **sources: bool) -> int:
    """Have an address told; the status of the answer."""
    body = {"url": url, "sources": {"user": True, "admin": True, "api": False} | sources}
    return ask("POST", f"/lists/{members.audience.id}/webhooks", body).status


def test_webhooks_hear_what_people_do_and_not_what_programs_do(
    mailchimp: Double, members: MemberCalls, ask: Asking, listener: Listener
) -> None:
    assert listen(ask, members, listener.url) == 200
    here = members.audience.id
    science = members.audience.interest("Science")
    added = members.put(ADA, merge_fields={"FNAME": "Ada"}, ip_signup="192.0.2.1").document
    mailchimp.changes_profile(here, ADA, {"LANGUAGE": "fr"}, {science: True})
    mailchimp.changes_address(here, ADA, "new@example.org")
    mailchimp.person_unsubscribes(here, "new@example.org")
    members.put(GRACE)
    mailchimp.address_bounces(here, GRACE)
    mailchimp.webhooks.settle()
    assert [form["type"] for form in listener.forms] == ["profile", "upemail", "profile", "unsubscribe", "cleaned"]
    profile, moved, _, left, cleaned = listener.forms
    assert profile["data[email]"] == ADA
    assert profile["data[id]"] == added["unique_email_id"]
    assert (profile["data[merges][FNAME]"], profile["data[merges][LANGUAGE]"]) == ("Ada", "fr")
    assert profile["data[merges][INTERESTS]"] == "Science"
    assert (moved["data[old_email]"], moved["data[new_email]"]) == (ADA, "new@example.org")
    assert moved["data[new_id]"] == left["data[id]"]
    assert (left["data[action]"], left["data[reason]"], left["data[list_id]"]) == ("unsub", "manual", here)
    assert (cleaned["data[email]"], cleaned["data[reason]"]) == (GRACE, "hard")
    assert len(profile["fired_at"]) == len("2026-11-01 12:00:00")


def test_webhooks_hear_programs_too_if_they_want_to(mailchimp: Double, members: MemberCalls, ask: Asking) -> None:
    mailchimp.webhooks.hold()
    listen(ask, members, "http://news.example.org/hook", api=True)
    members.put(ADA)
    members.patch(ADA, status="unsubscribed")
    members.patch(ADA, status="pending")
    mailchimp.person_confirms(members.audience.id, ADA)
    ask("DELETE", members.path(ADA))
    assert [one.type for one in mailchimp.webhooks.held] == ["subscribe", "unsubscribe", "subscribe", "unsubscribe"]
    assert mailchimp.webhooks.held[-1].form["data[action]"] == "delete"


def test_a_webhook_comes_before_the_answer_to_our_own_call(
    mailchimp: Double, members: MemberCalls, ask: Asking, listener: Listener
) -> None:
    listen(ask, members, listener.url, api=True)
    mailchimp.faults.plan(Kind.SLOW, on="PUT *", seconds=0.5)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(members.put, ADA)
        while not listener.forms:
            assert not call.done()
            time.sleep(0.01)
        assert call.result().status == 200


def test_webhooks_come_late_twice_in_another_order_or_never(
    mailchimp: Double, members: MemberCalls, ask: Asking, listener: Listener
) -> None:
    listen(ask, members, listener.url)
    mailchimp.webhooks.hold()
    here = members.audience.id
    members.put(ADA)
    mailchimp.person_unsubscribes(here, ADA)
    mailchimp.person_signs_up(here, ADA)
    assert listener.forms == []
    first, second = mailchimp.webhooks.held
    assert mailchimp.webhooks.deliver(second, first, first) == [200, 200, 200]
    assert [form["type"] for form in listener.forms] == ["subscribe", "unsubscribe", "unsubscribe"]
    mailchimp.changes_profile(here, ADA, {"FNAME": "Ada"})
    mailchimp.webhooks.drop()
    assert mailchimp.webhooks.deliver() == []


def test_a_webhook_that_is_not_answered_with_success_is_known(
    mailchimp: Double, members: MemberCalls, ask: Asking, listener: Listener
) -> None:
    assert listen(ask, members, "http://127.0.0.1:9/nobody") == 400
    assert listen(ask, members, listener.url) == 200
    members.put(ADA)
    listener.status = 503
    mailchimp.changes_profile(members.audience.id, ADA, {"FNAME": "Ada"})
    mailchimp.webhooks.settle()
    assert [one.type for one in mailchimp.webhooks.failed] == ["profile"]


def test_webhooks_hear_of_a_campaign_that_went_out(mailchimp: Double, members: MemberCalls, ask: Asking) -> None:
    mailchimp.webhooks.hold()
    listen(ask, members, "http://news.example.org/hook")
    settings = {"subject_line": "Today", "from_name": "News", "reply_to": "news@example.org"}
    body = {"type": "regular", "recipients": {"list_id": members.audience.id}, "settings": settings}
    campaign = ask("POST", "/campaigns", body).document["id"]
    mailchimp.campaign_is_sent(campaign)
    form = mailchimp.webhooks.held[0].form
    assert (form["type"], form["data[id]"], form["data[status]"]) == ("campaign", campaign, "sent")
