"""Messages on their way out."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import date, time, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from backend.kit import clock, outbox
from backend.kit.database import fetch_one, fetch_value, transaction
from backend.kit.zone import at_wall_time
from backend.notifications import service as notifications
from backend.notifications import texts
from backend.notifications.gateway import Outgoing
from backend.notifications.post import deliver, open_post
from backend.notifications.sms import HttpSmsGateway
from backend.notifications.smtp import SmtpGateway, envelope
from backend.people import service as people
from backend.people.rules import Channel
from tests import factories

HELLO = Outgoing("k1", Channel.EMAIL, "a@example.org", "Bonjour", "Un mot.\n", "<p>Un mot.</p>")
VALUES = {"what": "Une adresse a été ajoutée", "name": "Alice"}


async def queue(key: str = "k1", to: str = "alice@example.org", **more) -> int | None:
    async with transaction():
        return await notifications.queue(
            "identity.notice",
            key,
            person_id=None,
            channel=more.get("channel", Channel.EMAIL),
            to=to,
            values=VALUES,
        )


async def test_mail_has_both_parts_when_it_is_sent(mailbox):
    """Plain words first, the same in HTML, and a Message-ID that comes from the outbox row's key."""
    await SmtpGateway(mailbox.url, "Le Club <club@example.org>").send(HELLO)
    [mail] = mailbox.mails
    assert (mail["From"], mail["To"]) == ("Le Club <club@example.org>", "a@example.org")
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert mail["Message-ID"] == str(envelope(HELLO, "club@example.org")["Message-ID"])
    assert str(mail["Message-ID"]).endswith("@example.org>")
    assert parsedate_to_datetime(str(mail["Date"])).tzinfo is not None


async def test_message_is_sent_once_when_it_is_queued_twice(db, settings, mailbox):
    """REL7: the key makes it once; a second drain finds nothing to do."""
    assert await queue() is not None
    assert await queue() is None
    post = open_post(settings)
    assert await deliver(post) == 1
    assert await deliver(post) == 0
    assert len(mailbox.mails) == 1
    assert await fetch_value("SELECT sent_at IS NOT NULL FROM message") is True


async def test_message_leaves_later_when_the_server_was_down(db, settings, mailbox):
    """REL7: what fails is tried again with longer pauses, under the same Message-ID."""
    mailbox.broken = True
    await queue()
    await deliver(open_post(settings))
    row = await fetch_one("SELECT attempts, last_error, done_at FROM outbox")
    assert (row["attempts"], row["done_at"]) == (1, None)
    mailbox.broken = False
    with clock.travel(timedelta(minutes=1)):
        await deliver(open_post(settings))
    assert len(mailbox.mails) == 1


async def test_message_is_marked_failed_when_it_was_given_up(db, settings, mailbox):
    mailbox.broken = True
    await queue()
    for attempt in range(outbox.MOST_ATTEMPTS):
        with clock.travel(timedelta(days=attempt)):
            await deliver(open_post(settings))
    assert await fetch_value("SELECT failed_at IS NOT NULL FROM message") is True
    assert await fetch_value("SELECT gave_up_at IS NOT NULL FROM outbox") is True


async def test_nothing_is_left_of_a_message_when_its_reason_is_rolled_back(db, settings, mailbox):
    """REL7: it is written in the business transaction, and goes with it."""
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await notifications.queue(
                "identity.notice",
                "k",
                person_id=None,
                channel=Channel.EMAIL,
                to="a@example.org",
                values=VALUES,
            )
            raise ZeroDivisionError
    assert await deliver(open_post(settings)) == 0


async def test_paper_waits_for_the_print_run_when_a_person_has_no_address(db, settings):
    """M6: without e-mail and mobile nothing is sent, and the row is there for the print run."""
    person_id = await factories.add_person("Odette", "Vieil")
    async with transaction():
        sent = await notifications.tell("identity.notice", "k", person_id=person_id, values=VALUES)
    assert sent is None
    row = await fetch_one("SELECT way, person, sent_at FROM message")
    assert tuple(row) == ("paper", person_id, None)
    assert await deliver(open_post(settings)) == 0


NIGHT, MORNING = (
    at_wall_time(date(2026, 11, 24), time(23)),
    at_wall_time(date(2026, 11, 25), time(8)),
)


class Phone:
    """A way out for SMS, and what rang."""

    def __init__(self) -> None:
        self.rang: list[str] = []

    async def send(self, message: Outgoing) -> None:
        self.rang.append(message.to)


async def test_no_sms_rings_by_night_when_nobody_waits_for_it(db):
    """L36: whoever says it: it leaves at eight, and a worker that comes late waits for eight too."""
    phone = Phone()
    with clock.frozen(NIGHT):
        async with transaction():
            await notifications.queue(
                "desk.act",
                "k1",
                person_id=None,
                channel=Channel.SMS,
                to="+33639981111",
                values={"what": "Votre nom est corrigé.", "at": NIGHT, "facts": {}},
            )
        await deliver({Channel.SMS: phone})
    with clock.frozen(MORNING + timedelta(hours=13)):
        await deliver({Channel.SMS: phone})
    assert phone.rang == []
    with clock.frozen(MORNING + timedelta(days=1)):
        await deliver({Channel.SMS: phone})
    assert phone.rang == ["+33639981111"]


async def test_code_rings_at_once_when_somebody_waits_for_it(db):
    """L36: quiet hours are not for who asked just now."""
    phone = Phone()
    with clock.frozen(NIGHT):
        async with transaction():
            values: dict[str, object] = {"code": "123456", "minutes": 10}
            row = await notifications.queue(
                "identity.code",
                "c",
                person_id=None,
                channel=Channel.SMS,
                to="+33639981111",
                values=values,
            )
        await deliver({Channel.SMS: phone}, only=row)
    assert phone.rang == ["+33639981111"]


async def test_change_of_an_account_rings_at_once(db):
    """N3: it is nothing commercial, and who is robbed of an account by night can still stop it."""
    phone = Phone()
    with clock.frozen(NIGHT):
        await queue(channel=Channel.SMS, to="+33639981111")
        await deliver({Channel.SMS: phone})
    assert phone.rang == ["+33639981111"]


async def test_verified_address_is_best_when_a_person_has_several(db):
    person_id = await factories.add_person("Ali", "Ba", "0639981111")
    async with transaction():
        await people.add_contact(person_id, Channel.EMAIL, "typed@example.org", verified=False)
        assert await notifications.best_contact(person_id) == (Channel.SMS, "+33639981111")
        await people.add_contact(person_id, Channel.EMAIL, "ali@example.org", verified=True)
        assert await notifications.best_contact(person_id) == (Channel.EMAIL, "ali@example.org")


class Provider:
    """An SMS provider on loopback: it keeps each call and answers as it is told."""

    def __init__(self) -> None:
        self.calls: list[bytes] = []
        self.status = "200 OK"
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [int(line[15:]) for line in head.split(b"\r\n") if line[:15].lower() == LENGTH]
        self.calls.append(head + await reader.readexactly(length[0] if length else 0))
        writer.write(f"HTTP/1.1 {self.status}\r\ncontent-length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


LENGTH = b"content-length:"


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    kept = Provider()
    server = await asyncio.start_server(kept.answer, "127.0.0.1", 0)
    kept.port = server.sockets[0].getsockname()[1]
    async with server:
        yield kept


SMS = Outgoing("k 1", Channel.SMS, "+33639981111", "", "Votre code : 1 & 2")


async def test_sms_fills_the_template_when_the_provider_wants_an_address(provider):
    url = f"http://name:secret@127.0.0.1:{provider.port}/send?to={{to}}&text={{text}}"
    await HttpSmsGateway(url).send(SMS)
    [call] = provider.calls
    assert b"POST /send?to=%2B33639981111&text=Votre%20code%20%3A%201%20%26%202 HTTP" in call
    assert b"Basic " + base64.b64encode(b"name:secret") in call
    assert b"idempotency-key: k 1" in call.lower()


async def test_sms_goes_as_json_when_the_address_has_no_places(provider):
    await HttpSmsGateway(f"http://127.0.0.1:{provider.port}/sms").send(SMS)
    body = json.loads(provider.calls[0].partition(b"\r\n\r\n")[2])
    assert body == {"to": "+33639981111", "text": "Votre code : 1 & 2", "key": "k 1"}


async def test_sms_is_tried_again_when_the_provider_refuses(provider):

    provider.status = "503 Later"
    with pytest.raises(httpx.HTTPStatusError):
        await HttpSmsGateway(f"http://127.0.0.1:{provider.port}/sms").send(SMS)


def test_markup_stays_words_when_a_name_holds_it():
    words = texts.render_mail(
        "identity.notice", {"club": "Le <b>Club</b>", "what": "Un <script>", "name": "A & B"}
    )
    assert "<script>" not in words.html
    assert "Le &lt;b&gt;Club&lt;/b&gt;" in words.html
    assert "A & B" in words.text


def test_subject_is_one_line_when_a_value_has_several():
    """A value cannot add headers to a mail."""
    words = texts.render_mail(
        "identity.notice", {"club": "C", "what": "Un\nBcc: x@example.org", "name": "A"}
    )
    assert "\n" not in words.subject
