"""A mail catcher: takes every mail by SMTP, keeps it as an .eml file, shows it on a page for people.

Run as `python -m cms.local.mail SMTP_PORT PAGE_PORT FOLDER`; both ports are on loopback.
"""

import email
import email.message
import email.policy
import html
import secrets
import signal
import smtplib
import socket
import sys
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cms.local.installation import Installation

SIZE_LIMIT_BYTES = 50 * 1024 * 1024

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
  :root {{ color-scheme: light dark; }}
  body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }}
  table {{ border-collapse: collapse; width: 100%; }}
  caption {{ text-align: start; padding-block: .5rem; }}
  th, td {{ text-align: start; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8888; }}
  td {{ overflow-wrap: anywhere; }}
  pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; border: 1px solid #8888; padding: 1rem; }}
  iframe {{ width: 100%; height: 32rem; border: 1px solid #8888; background: #fff; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def command(installation: Installation) -> list[str]:
    """The command line that starts the catcher."""
    ports = installation.ports
    return [
        *(sys.executable, "-m", "cms.local.mail"),
        *(str(ports["smtp"]), str(ports["mail"]), str(installation.mail_dir)),
    ]


def is_ready(installation: Installation) -> bool:
    """Whether mails are taken and the page answers."""
    try:
        with smtplib.SMTP("127.0.0.1", installation.ports["smtp"], timeout=2) as smtp:
            smtp.noop()
        socket.create_connection(("127.0.0.1", installation.ports["mail"]), timeout=2).close()
    except (OSError, smtplib.SMTPException):
        return False
    return True


class Mailbox:
    """The folder of .eml files. Names sort by time of arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, content: bytes, recipients: list[str]) -> Path:
        """Keep a mail as it came, after a line that names its recipients (blind copies too)."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{secrets.token_hex(3)}.eml"
        unfinished = self.folder / f".{name}"
        unfinished.write_bytes(b"X-Envelope-To: " + ", ".join(recipients).encode() + b"\r\n" + content)
        return unfinished.rename(self.folder / name)

    def names(self) -> list[str]:
        """File names, newest first."""
        return sorted((path.name for path in self.folder.glob("[!.]*.eml")), reverse=True)

    def read(self, name: str) -> bytes | None:
        """A mail's bytes; None if there is no such mail."""
        return (self.folder / name).read_bytes() if name in self.names() else None


class Receiver:
    """aiosmtpd's side: a mail has come."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep it, then say so."""
        content = envelope.content or b""
        self.mailbox.add(content if isinstance(content, bytes) else content.encode(), envelope.rcpt_tos)
        return "250 Kept"


class Page(BaseHTTPRequestHandler):
    """`/` lists the mails, `/<name>` shows one, `/<name>/html` its HTML part, `/<name>/raw` the file."""

    mailbox: Mailbox
    server: ThreadingHTTPServer
    server_version = "mail"

    def do_GET(self) -> None:
        """Answer one request."""
        port = self.server.server_port
        if self.headers.get("Host", "") not in (f"127.0.0.1:{port}", f"localhost:{port}"):
            self._answer(HTTPStatus.MISDIRECTED_REQUEST, "text/plain", "Not this host.")
            return
        name, _, part = unquote(self.path.split("?", 1)[0]).strip("/").partition("/")
        if not name:
            self._answer(HTTPStatus.OK, "text/html", list_page(self.mailbox))
            return
        content = self.mailbox.read(name)
        if content is None or part not in ("", "html", "raw"):
            body = '<h1>No such mail</h1>\n<p><a href="/">All mails</a></p>'
            self._answer(HTTPStatus.NOT_FOUND, "text/html", PAGE.format(title="No such mail", body=body))
        elif part == "raw":
            self._answer(HTTPStatus.OK, "text/plain", content)
        elif part == "html":
            self._answer(HTTPStatus.OK, "text/html", text_of(parsed(content), "html"))
        else:
            self._answer(HTTPStatus.OK, "text/html", mail_page(name, parsed(content)))

    def _answer(self, status: HTTPStatus, media_type: str, body: str | bytes) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        # A mail may hold anything; it gets no script and no way out.
        self.send_header(
            "Content-Security-Policy",
            "sandbox allow-same-origin allow-popups; default-src 'none'; "
            "style-src 'unsafe-inline'; img-src data: https:; frame-src 'self'",
        )
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are of no interest."""


def parsed(content: bytes) -> email.message.EmailMessage:
    """A mail, with headers decoded."""
    return email.message_from_bytes(content, policy=email.policy.default)


def text_of(message: email.message.EmailMessage, kind: str) -> str:
    """The mail's `plain` or `html` part; empty if it has none."""
    part = message.get_body((kind,))
    return "" if part is None else str(part.get_content())


def list_page(mailbox: Mailbox) -> str:
    """All mails, newest first."""
    rows = []
    for name in mailbox.names():
        message = parsed(mailbox.read(name) or b"")
        subject = html.escape(str(message["Subject"] or "(no subject)"))
        cells = "".join(f"<td>{html.escape(str(message[field] or ''))}</td>" for field in ("To", "From", "Date"))
        rows.append(f'<tr><th scope="row"><a href="/{quote(name)}">{subject}</a></th>{cells}</tr>')
    if rows:
        heads = "".join(f'<th scope="col">{head}</th>' for head in ("Subject", "To", "From", "Date"))
        caption = f"<caption>{len(rows)} caught, newest first. None has left this machine.</caption>"
        table = f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    else:
        table = "<p>No mail yet. Whatever the newsroom sends shows up here; reload the page to see.</p>"
    return PAGE.format(title="Mails", body=f"<main><h1>Mails</h1>\n{table}</main>")


def mail_page(name: str, message: email.message.EmailMessage) -> str:
    """One mail: headers, text, HTML in a frame of its own."""
    subject = html.escape(str(message["Subject"] or "(no subject)"))
    heads = "".join(
        f'<tr><th scope="row">{field}</th><td>{html.escape(str(message[field]))}</td></tr>'
        for field in ("From", "To", "Cc", "Reply-To", "Date", "X-Envelope-To")
        if message[field]
    )
    parts = []
    if text := text_of(message, "plain"):
        parts.append(f"<h2>Text</h2>\n<pre>{html.escape(text)}</pre>")
    if text_of(message, "html"):
        frame = f'<iframe sandbox="allow-popups" src="/{quote(name)}/html" title="The mail as HTML"></iframe>'
        parts.append(f"<h2>HTML</h2>\n{frame}")
    if attached := [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]:
        items = "".join(f"<li>{html.escape(item)}</li>" for item in attached)
        parts.append(f"<h2>Attachments</h2>\n<ul>{items}</ul>")
    body = (
        f'<nav><a href="/">All mails</a> · <a href="/{quote(name)}/raw">Source</a></nav>\n<main><h1>{subject}</h1>\n'
        f"<table><caption>Headers</caption><tbody>{heads}</tbody></table>\n{''.join(parts)}</main>"
    )
    return PAGE.format(title=f"{subject} – Mails", body=body)


def main() -> None:
    """Catch mails until told to stop."""
    smtp_port, page_port, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    mailbox = Mailbox(folder)
    receiver = Controller(
        Receiver(mailbox),
        hostname="127.0.0.1",
        port=smtp_port,
        data_size_limit=SIZE_LIMIT_BYTES,
        decode_data=False,
    )
    receiver.start()
    page = ThreadingHTTPServer(("127.0.0.1", page_port), type("BoundPage", (Page,), {"mailbox": mailbox}))
    page.daemon_threads = True
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        page.serve_forever()
    finally:
        receiver.stop()


if __name__ == "__main__":
    main()
