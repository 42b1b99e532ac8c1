"""Mail by SMTP."""

import hashlib
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr
from urllib.parse import SplitResult, unquote, urlsplit

import aiosmtplib

from backend.kit import clock
from backend.notifications.gateway import Outgoing

SECONDS = 10.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class SmtpGateway:
    """`url` is smtp:// (STARTTLS, port 587) or smtps:// (TLS from the start, port 465)."""

    def __init__(self, url: str, sender: str) -> None:
        self.server = urlsplit(url)
        self.sender = sender

    async def send(self, message: Outgoing) -> None:
        tls = self.server.scheme == "smtps"
        await aiosmtplib.send(
            envelope(message, self.sender),
            hostname=self.server.hostname,
            port=self.server.port or (465 if tls else 587),
            username=_plain(self.server.username),
            password=_plain(self.server.password),
            use_tls=tls,
            start_tls=_start_tls(self.server),
            timeout=SECONDS,
        )


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
