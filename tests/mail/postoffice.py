"""A mail server that answers as a test says: refuses, is silent, hangs up."""

import asyncio
import email
import email.policy
from collections import defaultdict
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from cms.local.installation import free_port

HANG_UP = "hang up"


class PostOffice:
    """`taken`: what it took. `answers`: what it says next to a command (RCPT, MAIL, DATA, QUIT), before it is kind
    again; a number is how long it is silent (seconds). `saw`: all that came to the end of DATA, taken or not.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.saw: list[EmailMessage] = []
        self.answers: dict[str, list[str | float]] = defaultdict(list)
        self.port = free_port(besides=set())
        self._controller: Any = None

    def open(self) -> None:
        """Take mails from now on."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Nobody listens any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_MAIL(self, server: SMTP, _s: Session, envelope: Envelope, address: str, options: Any) -> str:
        said = await self._answer("MAIL", server)
        if said.startswith("250"):
            envelope.mail_from = address
        return said

    async def handle_RCPT(self, server: SMTP, _s: Session, envelope: Envelope, address: str, options: Any) -> str:
        said = await self._answer("RCPT", server)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, _s: Session, envelope: Envelope) -> str:
        message = email.message_from_bytes(envelope.original_content or b"", policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.saw.append(message)
        said = await self._answer("DATA", server)
        if said.startswith("250"):
            self.taken.append(message)
        return said

    async def handle_QUIT(self, server: SMTP, _s: Session, _envelope: Envelope) -> str:
        return (await self._answer("QUIT", server)).replace("250", "221")

    async def _answer(self, command: str, server: SMTP) -> str:
        answer = self.answers[command].pop(0) if self.answers[command] else "250 OK"
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            return "250 OK"
        if answer == HANG_UP:
            transport: Any = server.transport
            transport.abort()
            return "451 gone"
        return answer
