"""Connections to the mail server: kept for many mails, several at once, opened anew when they broke."""

import asyncio
import email
import email.policy
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from backend.notifications.gateway import Outgoing, Undeliverable
from backend.notifications.post import close_post, open_post
from backend.notifications.smtp import WIRE, KeptSmtpGateway, SmtpGateway, envelope
from backend.people.rules import Channel
from tests.smtp import free_port

LINK = "https://un-club-de-locataires.example.org/desabonnement/" + "Ab1-_" * 14


def mail(number: int, to: str = "a@example.org", **more: Any) -> Outgoing:
    return Outgoing(f"k{number}", Channel.EMAIL, to, "Été à Saint-Ladre", "Un mot.\n", **more)


class Counting:
    """A mail server that counts its guests, and hangs up or refuses as it is told."""

    def __init__(self) -> None:
        self.sessions: list[Any] = []
        self.raw: list[bytes] = []
        self.hang_up_after: int | None = None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        session.host_name = hostname
        self.sessions.append(session)
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if address.startswith("later"):
            return "450 4.2.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.raw.append(envelope.content)
        if self.hang_up_after == len(self.raw):
            server.transport.close()
        return "250 kept"


@pytest.fixture
def host() -> Iterator[tuple[Counting, str]]:
    kept, port = Counting(), free_port()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    yield kept, f"smtp://127.0.0.1:{port}"
    controller.stop()


async def test_one_connection_takes_many_mails(host):
    kept, url = host
    lines = KeptSmtpGateway(url, "club@example.org", most=1, each=3)
    for number in range(7):
        await lines.send(mail(number))
    await lines.close()
    assert (len(kept.raw), len(kept.sessions)) == (7, 3)  # 3 mails each, as the provider allows


async def test_several_go_at_once_and_no_more_than_allowed(host):
    kept, url = host
    lines = KeptSmtpGateway(url, "club@example.org", most=3, each=100)
    await asyncio.gather(*(lines.send(mail(number)) for number in range(30)))
    await lines.close()
    assert len(kept.raw) == 30
    assert len(kept.sessions) == 3


async def test_next_mail_opens_another_when_the_server_hung_up(host):
    """REL7: the mail that was cut off is tried again later by the outbox; the next one goes."""
    kept, url = host
    kept.hang_up_after = 2
    lines = KeptSmtpGateway(url, "club@example.org", most=1, each=100)
    await lines.send(mail(1))
    with pytest.raises(Exception, match=r".*"):
        await lines.send(mail(2))
    await lines.send(mail(3))
    await lines.close()
    assert len(kept.raw) == 3
    assert len(kept.sessions) == 2


async def test_address_that_nobody_has_is_told_apart(host):
    """A refusal for good is no fault of the line: the same one takes the next mail."""
    kept, url = host
    lines = KeptSmtpGateway(url, "club@example.org", most=1, each=100)
    with pytest.raises(Undeliverable):
        await lines.send(mail(1, "nobody@example.org"))
    with pytest.raises(Exception, match="try later") as later:
        await lines.send(mail(2, "later@example.org"))
    assert not isinstance(later.value, Undeliverable)
    await lines.send(mail(3))
    await lines.close()
    assert len(kept.raw) == 1


async def test_a_line_that_rested_for_long_is_not_trusted(host, monkeypatch):
    kept, url = host
    monkeypatch.setattr("backend.notifications.smtp.RESTS", 0.0)
    lines = KeptSmtpGateway(url, "club@example.org", most=1, each=100)
    await lines.send(mail(1))
    await lines.send(mail(2))
    await lines.close()
    assert len(kept.sessions) == 2


async def test_unsubscribe_header_is_read_by_every_program(host):
    """N2: exactly RFC 8058's words; a long address stays one line, no encoded word of MIME."""
    kept, url = host
    await SmtpGateway(url, "club@example.org").send(mail(1, unsubscribe=LINK))
    head = kept.raw[0].split(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{LINK}>".encode() in head
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in head
    read = email.message_from_bytes(kept.raw[0], policy=email.policy.default)
    assert read["Subject"] == "Été à Saint-Ladre"
    assert read.get_content().split() == ["Un", "mot."]


def test_service_mail_has_no_unsubscribe_header():
    """N1: a code or a receipt is not unsubscribed from."""
    said = envelope(mail(1), "club@example.org").as_bytes(policy=WIRE)
    assert b"List-Unsubscribe" not in said
    assert max(len(line) for line in said.split(b"\r\n")) <= 998


async def test_worker_keeps_its_lines_and_closes_them(settings, mailbox):
    post = open_post(settings, kept=True)
    line = post[Channel.EMAIL]
    assert isinstance(line, KeptSmtpGateway)
    await line.send(mail(1))
    assert len(line.resting) == 1
    await close_post(post)
    assert line.resting == []
    assert len(mailbox.mails) == 1
