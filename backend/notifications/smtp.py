"""Mail by SMTP."""

import asyncio
import contextlib
import hashlib
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from backend.kit import clock
from backend.notifications.gateway import Outgoing, Undeliverable

SECONDS = 10.0
RESTS = 20.0  # seconds after which a server may have hung up on a connection that says nothing
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class _Wire(EmailPolicy):
    """As Python folds headers, but for the address of RFC 8058: a long one would become an encoded
    word, in which no mail program looks for an address.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name == UNSUBSCRIBE:
            return f"{name}: {value}\r\n".encode()
        return super().fold_binary(name, value)


UNSUBSCRIBE = "List-Unsubscribe"
WIRE = _Wire(linesep="\r\n", cte_type="7bit")


class SmtpGateway:
    """`url` is smtp:// (STARTTLS, port 587) or smtps:// (TLS from the start, port 465)."""

    def __init__(self, url: str, sender: str) -> None:
        self.server = urlsplit(url)
        self.sender = sender

    async def send(self, message: Outgoing) -> None:
        async with self.connection() as server:
            await _hand_over(server, envelope(message, self.sender))

    def connection(self) -> aiosmtplib.SMTP:
        """One not yet opened."""
        tls = self.server.scheme == "smtps"
        return aiosmtplib.SMTP(
            hostname=self.server.hostname,
            port=self.server.port or (465 if tls else 587),
            username=_plain(self.server.username),
            password=_plain(self.server.password),
            use_tls=tls,
            start_tls=_start_tls(self.server),
            timeout=SECONDS,
        )


class _Line(NamedTuple):
    """An open connection, how many mails it took, and when the last of them."""

    server: aiosmtplib.SMTP
    sent: int
    used_at: float


class KeptSmtpGateway(SmtpGateway):
    """For who sends many: up to `most` connections at once, each kept for `each` mails.

    A connection that rested for long, or failed, is not used again: the next mail opens another.
    """

    def __init__(self, url: str, sender: str, *, most: int, each: int) -> None:
        super().__init__(url, sender)
        self.each = each
        self.gate = asyncio.Semaphore(most)
        self.resting: list[_Line] = []

    async def send(self, message: Outgoing) -> None:
        async with self.gate:
            line = await self._line()
            try:
                await _hand_over(line.server, envelope(message, self.sender))
            except Undeliverable:
                await self._rest(line)
                raise
            except BaseException:
                line.server.close()
                raise
            await self._rest(line)

    async def close(self) -> None:
        while self.resting:
            await _leave(self.resting.pop().server)

    async def _line(self) -> _Line:
        while self.resting:
            line = self.resting.pop()
            if line.server.is_connected and clock.monotonic() - line.used_at < RESTS:
                return line
            await _leave(line.server)
        server = self.connection()
        await server.connect()
        return _Line(server, 0, clock.monotonic())

    async def _rest(self, line: _Line) -> None:
        if line.sent + 1 < self.each:
            self.resting.append(_Line(line.server, line.sent + 1, clock.monotonic()))
        else:
            await _leave(line.server)


async def _hand_over(server: aiosmtplib.SMTP, mail: EmailMessage) -> None:
    """Raises Undeliverable where the address itself is refused for good (RFC 5321: 5xx to RCPT)."""
    try:
        if str(mail["To"]).isascii():
            await server.sendmail(
                parseaddr(mail["From"])[1], [mail["To"]], mail.as_bytes(policy=WIRE)
            )
        else:  # the server must know SMTPUTF8, which the library asks it
            await server.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as refusal:
        if all(500 <= each.code < 600 for each in refusal.recipients):
            raise Undeliverable from refusal
        raise


async def _leave(server: aiosmtplib.SMTP) -> None:
    with contextlib.suppress(aiosmtplib.SMTPException, OSError):
        await server.quit()
    server.close()


def envelope(message: Outgoing, sender: str) -> EmailMessage:
    """Plain words first, the same in HTML beside them. The same key gives the same Message-ID."""
    mail = EmailMessage()
    mail["From"] = _named(sender, message.sender)
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = _message_id(message.key, sender)
    mail["Auto-Submitted"] = "auto-generated"
    if message.unsubscribe:
        mail[UNSUBSCRIBE] = f"<{message.unsubscribe}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(message.text)
    if message.html:
        mail.add_alternative(message.html, subtype="html")
    return mail


def _named(sender: str, name: str) -> str:
    """The club's name before the address of the settings, the one this server may send from."""
    return formataddr((name, parseaddr(sender)[1])) if name else sender


def _message_id(key: str, sender: str) -> str:
    domain = parseaddr(sender)[1].rpartition("@")[2]
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def _start_tls(server: SplitResult) -> bool | None:
    """A password never leaves the machine in clear: without TLS the sending fails, None takes what is there."""
    if server.scheme == "smtps":
        return False
    return True if server.username and server.hostname not in LOOPBACK else None


def _plain(value: str | None) -> str | None:
    return None if value is None else unquote(value)
