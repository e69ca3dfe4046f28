"""The double itself: HTTP, the key, what goes wrong, and counts. Threads of this process answer."""

import base64
import json
import select
import socket
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from tests.mailchimp import problems
from tests.mailchimp.audiences import Audiences
from tests.mailchimp.campaigns import Campaigns
from tests.mailchimp.faults import Fault, Faults, Kind
from tests.mailchimp.members import Members
from tests.mailchimp.page import page
from tests.mailchimp.people import ACTS, People
from tests.mailchimp.problems import FieldError, Problem, Violation, not_validated
from tests.mailchimp.schemas import CALLS, CAMPAIGN, LIST, MEMBER, MOST_AT_ONCE, SEGMENT, Call
from tests.mailchimp.state import Account, Audience, Category, Clock, MergeField, md5
from tests.mailchimp.webhooks import Webhooks

KEY = "0123456789abcdef0123456789abcdef-us1"
BASE = "/3.0"
REMEMBERED = 1000  # requests
Act = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], dict[str, Any] | None]


@dataclass
class Answer:
    """What is sent back."""

    status: int
    body: bytes = b""
    type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A request that came. `status` 0: it was not answered."""

    call: str
    path: str
    body: bytes
    status: int

    def json(self) -> Any:
        """Its body."""
        return json.loads(self.body)


class Double(People):
    """A double of Mailchimp that runs while the context does.

    `url`: where it is, `api_url`: with `/3.0`. `calls`: how many of each kind came (`POST /lists/{list_id}`);
    `seen`: the last thousand; `most_at_once`: requests at the same time; `bytes_in`, `bytes_out`: bodies. `violations`:
    requests that no program of ours may send; a test that leaves any fails.
    """

    def __init__(self, port: int = 0, key: str = KEY, host: str = "127.0.0.1") -> None:
        self.clock = Clock()
        self.faults = Faults()
        self.webhooks = Webhooks(self.clock)
        self.account = Account(key, self.webhooks, self.clock)
        self.campaigns = Campaigns(self.account)
        self.acts = acts(Audiences(self.account), Members(self.account, self.faults), self.campaigns)
        self.violations: list[str] = []
        self.calls: Counter[str] = Counter()
        self.seen: deque[Seen] = deque(maxlen=REMEMBERED)
        self.bytes_in = self.bytes_out = self.most_at_once = 0
        self.ends = threading.Event()
        self._at_once = 0
        self._counting = threading.Lock()
        self._server = Server((host, port), Handler)
        self._server.double = self
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self.api_url = self.url + BASE

    def __enter__(self) -> Self:
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="mailchimp", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()
        self.webhooks.close()

    @property
    def key(self) -> str:
        """The account's key."""
        return self.account.key

    def add_audience(self, name: str, merge_fields: list[MergeField], **categories: list[str]) -> Audience:
        """An audience; `categories`: the names of interests, by title."""
        with self.account.lock:
            number = next(self.account.numbers)
            audience = Audience(md5(f"audience:{name}")[:10], number, name, self.clock.stamp())
            audience.merge_fields = {one.tag: one for one in merge_fields}
            for title, names in categories.items():
                ids = {md5(f"interest:{name}:{title}:{interest}")[:10]: interest for interest in names}
                category = Category(md5(f"category:{name}:{title}")[:10], title, interests=ids)
                audience.categories[category.id] = category
            self.account.audiences[audience.id] = audience
            return audience

    def click(self, act: str, list_id: str, email: str) -> None:
        """Do one of the acts that the page has buttons for; KeyError if it is none."""
        if act not in ACTS:
            raise KeyError(act)
        getattr(self, act)(list_id, email)

    def enter(self, coming: int) -> int:
        """Count a request that comes (1) or goes (-1); how many there are."""
        with self._counting:
            self._at_once += coming
            self.most_at_once = max(self.most_at_once, self._at_once)
            return self._at_once

    def remember(self, seen: Seen, sent: int) -> None:
        """Count a request that was answered, or was not."""
        with self._counting:
            self.calls[seen.call] += 1
            self.seen.append(seen)
            self.bytes_in += len(seen.body)
            self.bytes_out += sent

    def answer(self, method: str, path: str, query: str, body: bytes, key: str) -> tuple[str, Answer]:
        """What Mailchimp does with a request, when nothing goes wrong; and which call it was."""
        call = None
        try:
            if key != self.account.key:
                raise problems.wrong_key()
            call, found = find(method, path)
            values = call.read_query(parse_qsl(query, keep_blank_values=True))
            fields = _read(call, body)
            with self.account.lock:
                document = self.acts[str(call)](found, values, fields)
        except Problem as problem:
            if isinstance(problem, Violation):
                said = "; ".join(f"{error.field}: {error.message}" for error in problem.errors) or problem.detail
                self.violations.append(f"{method} {path}?{query} {said}")
            return str(call or f"{method} {path}"), refused(problem)
        except Exception as error:
            self.violations.append(f"The double broke on {method} {path}: {error!r}")
            return str(call), refused(problems.internal())
        if document is None:
            return str(call), Answer(204)
        return str(call), Answer(200, json.dumps(document).encode())


def refused(problem: Problem) -> Answer:
    """A problem as an answer."""
    return Answer(problem.status, json.dumps(problem.document()).encode(), "application/problem+json; charset=utf-8")


def find(method: str, path: str) -> tuple[Call, dict[str, str]]:
    """Which call it is, and what its path names; a violation if it is none."""
    for call in CALLS:
        if call.method == method and (match := call.pattern.fullmatch(path)):
            return call, match.groupdict()
    problem = problems.not_found()
    raise Violation(problem.status, problem.title, "The double does not know this call.")


def _read(call: Call, body: bytes) -> dict[str, Any]:
    if call.body is None:
        return {}
    try:
        fields = json.loads(body)
    except ValueError:
        raise not_validated(True, FieldError("", "The body is not JSON."))
    call.check_body(fields)
    return dict(fields)


def acts(audiences: Audiences, members: Members, campaigns: Campaigns) -> dict[str, Act]:
    """What is done for each call."""
    return {
        "GET /ping": audiences.ping,
        "GET /lists": audiences.page,
        f"GET {LIST}": audiences.get,
        f"GET {LIST}/merge-fields": audiences.merge_fields,
        f"GET {LIST}/interest-categories": audiences.categories,
        f"GET {LIST}/interest-categories/{{interest_category_id}}/interests": audiences.interests,
        f"GET {LIST}/members": members.page,
        f"POST {LIST}": members.batch,
        f"GET {MEMBER}": members.get,
        f"PUT {MEMBER}": members.put,
        f"PATCH {MEMBER}": members.patch,
        f"DELETE {MEMBER}": members.archive,
        f"POST {MEMBER}/actions/delete-permanent": members.delete_permanently,
        f"POST {MEMBER}/tags": members.tag,
        f"GET {LIST}/segments": audiences.segments,
        f"POST {SEGMENT}": members.tag_many,
        f"GET {LIST}/webhooks": audiences.webhooks,
        f"POST {LIST}/webhooks": audiences.add_webhook,
        f"DELETE {LIST}/webhooks/{{webhook_id}}": audiences.delete_webhook,
        "GET /campaigns": campaigns.page,
        "POST /campaigns": campaigns.create,
        f"GET {CAMPAIGN}": campaigns.get,
        f"PATCH {CAMPAIGN}": campaigns.update,
        f"DELETE {CAMPAIGN}": campaigns.delete,
        f"PUT {CAMPAIGN}/content": campaigns.set_content,
        f"POST {CAMPAIGN}/actions/schedule": campaigns.schedule,
        f"POST {CAMPAIGN}/actions/unschedule": campaigns.unschedule,
        f"POST {CAMPAIGN}/actions/test": campaigns.test,
        f"POST {CAMPAIGN}/actions/send": campaigns.send,
    }


class Server(ThreadingHTTPServer):
    """Threads, and connections that can be hung up."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    double: Double

    def __init__(self, *arguments: Any) -> None:
        self.open: set[socket.socket] = set()
        super().__init__(*arguments)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Cut every connection."""
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go when they like: that alone is no error of the double's."""
        error = sys.exception()
        if not isinstance(error, OSError):
            self.double.violations.append(f"The double broke: {error!r}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def serve(self) -> None:
        """One request."""
        double = self.server.double
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if parts.path == "/":
            self.send(self.show(body))
            return
        path = parts.path.removeprefix(BASE)
        at_once = double.enter(1)
        try:
            if at_once > MOST_AT_ONCE:
                call, answer = self.too_many()
            else:
                call, answer = self.meet(path, parts.query, body)
            double.remember(Seen(call, path, body, answer.status if answer else 0), len(answer.body) if answer else 0)
            if answer:
                self.send(answer)
            else:
                self.close_connection = True
        finally:
            double.enter(-1)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    def show(self, body: bytes) -> Answer:
        """The page; what was clicked there is done first."""
        double = self.server.double
        if self.command == "POST":
            clicked = dict(parse_qsl(body.decode()))
            with suppress(KeyError, AssertionError):  # somebody else was quicker
                double.click(clicked["act"], clicked["list_id"], clicked["email"])
            return Answer(303, headers={"Location": "/"})
        return Answer(200, page(double).encode(), "text/html; charset=utf-8")

    def too_many(self) -> tuple[str, Answer | None]:
        """Refuse what comes while ten others are under way."""
        return "too many at once", refused(problems.too_many())

    def meet(self, path: str, query: str, body: bytes) -> tuple[str, Answer | None]:
        """Do what is asked, unless something goes wrong; None: the connection is cut."""
        double = self.server.double
        fault = double.faults.take(f"{self.command} {path}")
        call, answer = f"{self.command} {path}", Answer(500)
        if fault is None or fault.acts:
            call, answer = double.answer(self.command, path, query, body, self.key())
        return call, answer if fault is None else self.go_wrong(fault, answer)

    def go_wrong(self, fault: Fault, answer: Answer) -> Answer | None:
        """What becomes of an answer."""
        match fault.kind:
            case Kind.TOO_MANY:
                answer = refused(problems.too_many())
                if fault.retry_after is not None:
                    answer.headers["Retry-After"] = str(fault.retry_after)
                return answer
            case Kind.ERROR:
                return refused(problems.internal())
            case Kind.EMPTY:
                return Answer(500)
            case Kind.SLOW:
                self.wait(fault.seconds)
                return answer
            case Kind.HANG:
                self.wait(fault.seconds)
        return None

    def wait(self, seconds: float) -> None:
        """Until time is over, the client goes, or the double ends."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.server.double.ends.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(0.05, max(0, until - time.monotonic())))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                return

    def key(self) -> str:
        """The key that came with the request, or nothing."""
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return ""
        with suppress(ValueError):
            return base64.b64decode(given).decode(errors="replace").partition(":")[2]
        return ""

    def send(self, answer: Answer) -> None:
        """Send an answer."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
