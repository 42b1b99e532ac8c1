"""Messages that ring a telephone: once, by day, and written where none takes them (L36, REL7)."""

from collections.abc import AsyncIterator
from datetime import date, datetime, time, timedelta

import pytest

from backend.audit import service as audit
from backend.jobs import outbox as lanes
from backend.kit import clock, outbox
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.zone import at_wall_time
from backend.notifications import phones, push
from backend.notifications import service as notifications
from backend.notifications.post import open_post
from backend.people import service as people
from backend.people.rules import Address, Channel
from backend.privacy import erasing, queries
from backend.privacy.rules import ErasureWay
from backend.settings import Settings
from tests import factories
from tests.conftest import Database
from tests.push import Service, claims_of
from tests.smtp import Mailbox

pytestmark = pytest.mark.usefixtures("db", "push_service", "mailbox")
NOON = at_wall_time(date(2026, 11, 24), time(12))
SAID = {"name": "Alice", "link": "https://club.example.org/entraide/echanges/abc"}
KIND = "exchange.message"
RUNG = {"title": "Un voisin vous a écrit", "text": "Lisez son message sur le site."}
WRITTEN = ["Un voisin vous a écrit"]


@pytest.fixture(autouse=True)
def at_noon() -> AsyncIterator[None]:
    with clock.frozen(NOON):
        yield


@pytest.fixture
async def alice(db: Database) -> int:
    person_id = await factories.add_person("Alice", "Martin")
    async with transaction():
        await people.add_contact(person_id, Channel.EMAIL, "alice@example.org", verified=True)
    return person_id


async def let_in(
    push_service: Service, person_id: int, session: int = 1, **keys: bytes
) -> push.Keys:
    found = push_service.subscription(**keys)
    await phones.add(audit.person(person_id), person_id, session, "Chrome, Android", found)
    return found


async def tell(person_id: int, key: str = "k", kind: str = KIND, **more: object) -> None:
    async with transaction():
        await notifications.tell(kind, key, person_id=person_id, values={**SAID}, **more)


async def drain(settings: Settings, at: datetime | None = None) -> None:
    with clock.frozen(at or clock.now()):
        await lanes.drain(open_post(settings))


async def traces() -> list[tuple[str, bool]]:
    rows = await fetch("SELECT way, sent_at IS NOT NULL AS sent FROM message ORDER BY id")
    return [(row["way"], row["sent"]) for row in rows]


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.to("alice@example.org")]


async def test_a_telephone_rings_instead_of_a_mail(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36, REL7: once, encrypted for that browser, signed, with a topic and an hour when it is over."""
    await let_in(push_service, alice)
    await tell(alice)
    await tell(alice)
    await drain(settings)
    await drain(settings)
    (came,) = push_service.came
    assert {**RUNG, "link": SAID["link"]}.items() <= came.items()
    (asked,) = push_service.asked
    assert claims_of(asked["authorization"])["sub"] == "https://club.example.org"
    assert (asked["ttl"], asked["urgency"], asked["topic"]) == ("86400", "normal", came["key"])
    assert subjects(mailbox) == []
    assert await traces() == [("push", True)]
    assert await fetch_value("SELECT payload::text FROM outbox WHERE done_at IS NOT NULL") == "{}"
    assert await fetch_value("SELECT reached_at FROM push_subscription") == NOON


async def test_nothing_rings_when_its_reason_is_rolled_back(
    alice: int, push_service: Service, settings: Settings
):
    """REL7: it is written in the business transaction, and goes with it."""
    await let_in(push_service, alice)
    with pytest.raises(ZeroDivisionError):
        async with transaction():
            await notifications.tell(KIND, "k", person_id=alice, values={**SAID})
            raise ZeroDivisionError
    await drain(settings)
    assert (push_service.came, await traces()) == ([], [])


@pytest.mark.parametrize("status", [404, 410])
async def test_a_telephone_that_is_gone_is_forgotten_and_the_mail_goes(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings, status: int
):
    """L36: RFC 8030, 7.3; who chose their telephone and lost it hears all the same."""
    await let_in(push_service, alice)
    push_service.answers = [(status, {})]
    await tell(alice)
    await drain(settings)
    await drain(settings)
    assert subjects(mailbox) == WRITTEN
    assert await phones.phones_of(alice) == []
    assert await traces() == [("email", True)]


async def test_a_busy_service_is_asked_again_when_it_said(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: RFC 8030, 8.4: 429 with Retry-After; not before, and then it rings."""
    await let_in(push_service, alice)
    push_service.answers = [(429, {"retry-after": "120"})]
    await tell(alice)
    await drain(settings)
    await drain(settings, NOON + timedelta(seconds=119))
    assert (len(push_service.asked), push_service.came) == (1, [])
    await drain(settings, NOON + timedelta(seconds=120))
    assert len(push_service.came) == 1
    assert subjects(mailbox) == []


async def test_the_mail_goes_when_the_service_stays_broken(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: four tries in some minutes, then it is written; the telephone stays for the next message."""
    await let_in(push_service, alice)
    push_service.answers = [(500, {})] * 4
    await tell(alice)
    for minutes in range(4):
        assert subjects(mailbox) == []
        await drain(settings, NOON + timedelta(minutes=2 * minutes))
    await drain(settings, NOON + timedelta(minutes=8))
    assert (len(push_service.asked), subjects(mailbox)) == (4, WRITTEN)
    assert len(await phones.phones_of(alice)) == 1
    assert await fetch_value("SELECT count(*) FROM outbox WHERE done_at IS NULL") == 0


async def test_the_mail_goes_at_once_when_the_service_asks_for_hours(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: « prêt » is not said tomorrow."""
    await let_in(push_service, alice)
    push_service.answers = [(503, {"retry-after": "7200"})]
    await tell(alice)
    await drain(settings)
    await drain(settings)
    assert subjects(mailbox) == WRITTEN


async def test_the_mail_goes_when_no_service_answers(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36, SEC13: out of reach; what is kept of the fault does not name the endpoint."""
    nobody = "http://127.0.0.1:9"
    gateway = push.gateway()
    assert gateway is not None
    push.use(push.PushGateway(gateway.vapid, (nobody,)))
    keys = push_service.subscription()
    keys = push.Keys(f"{nobody}/push/abc", keys.p256dh, keys.auth, keys.ours)
    await phones.add(audit.person(alice), alice, 1, "Firefox, Android", keys)
    await tell(alice)
    await drain(settings)
    assert await fetch_value("SELECT last_error FROM outbox") == "NotNow"
    for minutes in range(1, 6):
        await drain(settings, NOON + timedelta(minutes=2 * minutes))
    assert subjects(mailbox) == WRITTEN


async def test_the_mail_goes_when_the_endpoint_is_the_name_of_nothing(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: its end is that of a service, and no resolver takes the rest: nobody silences the club so."""
    gateway = push.gateway()
    assert gateway is not None
    push.use(push.PushGateway(gateway.vapid, ("https://*.push.example.org",)))
    keys = push_service.subscription()
    keys = push.Keys("https://xn--a.push.example.org/x", keys.p256dh, keys.auth, keys.ours)
    await phones.add(audit.person(alice), alice, 1, "Firefox, Android", keys)
    await tell(alice)
    await drain(settings)
    await drain(settings)
    assert subjects(mailbox) == WRITTEN
    assert await phones.phones_of(alice) == []


async def test_a_letter_that_another_worker_has_does_not_turn(
    alice: int, push_service: Service, settings: Settings
):
    """REL7, L37: who was slower than the lease of a letter changes nothing of it."""
    await let_in(push_service, alice)
    await tell(alice)
    (slow,) = await outbox._lease(["message.push"], 1, None)
    with clock.frozen(NOON + 2 * outbox.LEASE):
        await outbox._lease(["message.push"], 1, None)
        await outbox._turn(slow, outbox.Instead("message.email", {}, clock.now()))
    assert await fetch_value("SELECT kind FROM outbox") == "message.push"


async def test_a_telephone_is_taken_out_when_its_service_refuses_ten_times(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: each time it is written instead; and one that works in between begins the count anew."""
    await let_in(push_service, alice)
    for at in range(12):
        push_service.answers = [] if at == 1 else [(403, {})]
        await tell(alice, f"k{at}")
        await drain(settings)
        await drain(settings)
        assert len(await phones.phones_of(alice)) == (at < 11)
    assert subjects(mailbox) == WRITTEN * 11


async def test_one_telephone_that_takes_it_is_enough(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: all are rung; nobody hears the same by a second way."""
    for session in (1, 2, 3):
        await let_in(push_service, alice, session)
    push_service.answers = [(410, {}), (503, {})]
    await tell(alice)
    await drain(settings)
    await drain(settings, NOON + timedelta(hours=1))
    assert (len(push_service.asked), len(push_service.came), subjects(mailbox)) == (3, 1, [])
    assert len(await phones.phones_of(alice)) == 2


async def test_a_telephone_sleeps_at_night(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: quiet hours, also where the worker comes late."""
    await let_in(push_service, alice)
    with clock.frozen(at_wall_time(date(2026, 11, 24), time(19, 59))):
        await tell(alice, "late worker")
    night = at_wall_time(date(2026, 11, 24), time(23))
    with clock.frozen(night):
        await tell(alice, "by night")
        await drain(settings)
    await drain(settings, at_wall_time(date(2026, 11, 25), time(7, 59)))
    assert push_service.asked == []
    await drain(settings, at_wall_time(date(2026, 11, 25), time(8)))
    assert (len(push_service.came), subjects(mailbox)) == (2, [])


async def test_a_telephone_that_is_gone_by_night_gives_an_sms_by_day(
    db: Database, push_service: Service, settings: Settings
):
    """L36: the fall back has the hours of its own way: written where a mobile is all there is."""
    person_id = await factories.add_person("Bob", "Diallo")
    async with transaction():
        await people.add_contact(person_id, Channel.SMS, "+33639981111", verified=True)
    await let_in(push_service, person_id)
    push_service.answers = [(503, {})] * 4
    with clock.frozen(at_wall_time(date(2026, 11, 24), time(19, 55))):
        await tell(person_id)
    evening = at_wall_time(date(2026, 11, 24), time(19, 55))
    for minutes in (0, 1, 2, 4):
        await drain(settings, evening + timedelta(minutes=minutes))
    row = await fetch("SELECT kind, due_at FROM outbox")
    assert (row[0]["kind"], await traces()) == ("message.sms.by_day", [("sms", False)])


async def test_what_is_no_news_never_rings(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings
):
    """L36: receipts and notices of the account are written, whatever rings besides."""
    await let_in(push_service, alice)
    async with transaction():
        for kind in ("identity.notice", "desk.act"):
            values = {"what": "Une adresse a été ajoutée", "at": NOON, "facts": {}, "name": "Alice"}
            await notifications.tell(kind, kind, person_id=alice, values=values)
    await drain(settings)
    assert push_service.asked == []
    assert len(subjects(mailbox)) == 2


async def test_paper_waits_when_there_is_no_address_and_no_telephone_left(
    db: Database, push_service: Service, settings: Settings
):
    """L36, M6: the print run takes it up."""
    odette = await factories.add_person("Odette", "Vieil")
    await let_in(push_service, odette)
    await tell(odette, "rings")
    await drain(settings)
    push_service.answers = [(410, {})]
    await tell(odette, "gone")
    await drain(settings)
    assert await traces() == [("push", True), ("paper", False)]


@pytest.mark.parametrize("way", ["none", "another secret"])
async def test_the_mail_goes_when_the_club_rings_no_more(
    alice: int, push_service: Service, mailbox: Mailbox, settings: Settings, way: str
):
    """L36: switched off, or with keys that the browser does not know: nothing is lost."""
    await let_in(push_service, alice)
    await tell(alice)
    vapid = push.Vapid([b"z" * 32], "https://club.example.org")
    push.use(None if way == "none" else push.PushGateway(vapid, (push_service.url,)))
    await drain(settings)
    await drain(settings)
    assert (push_service.asked, subjects(mailbox)) == ([], WRITTEN)


async def test_an_older_key_of_ours_still_rings(
    alice: int, push_service: Service, settings: Settings
):
    """L36: secrets change without a cut."""
    older = push.Vapid([b"b" * 32], "https://club.example.org").public
    await let_in(push_service, alice, ours=older)
    await tell(alice)
    await drain(settings)
    assert len(push_service.came) == 1


async def test_what_is_over_is_not_rung(alice: int, push_service: Service, settings: Settings):
    """L36, L37: asked once more just before it leaves, as for the other ways."""
    await let_in(push_service, alice)
    address = Address(Channel.EMAIL, "alice@example.org")
    words = {
        "title": "Couture",
        "when": "demain",
        "place": "Salle",
        "names": "Zoé",
        "priced": False,
    }
    async with transaction():
        await notifications.tell(
            "activity.eve",
            "activity.eve:nothing:1:x",
            person_id=alice,
            values={**SAID, **words},
            to=address,
            asked="activity",
        )
    await drain(settings)
    assert (push_service.asked, await traces()) == ([], [])


async def test_what_is_withdrawn_is_not_rung(alice: int, push_service: Service, settings: Settings):
    """L36."""
    await let_in(push_service, alice)
    await tell(alice)
    async with transaction():
        await notifications.withdraw(["k"])
    await drain(settings)
    assert (push_service.asked, await traces()) == ([], [])


async def test_a_person_reads_their_telephones_without_their_endpoints(
    alice: int, push_service: Service
):
    """L36, D1, SEC13: which device, through whom, since when; whoever had the endpoint could knock there."""
    keys = await let_in(push_service, alice)
    told = repr(await queries.dossier(alice))
    assert "Chrome, Android" in told
    assert "127.0.0.1" in told
    assert keys.endpoint not in told
    assert "/push/" not in told


async def test_nothing_of_a_telephone_stays_when_its_person_is_erased(
    alice: int, push_service: Service, settings: Settings
):
    """L36, D1: also what waited to ring it."""
    await let_in(push_service, alice)
    await tell(alice)
    await erasing.erase(audit.person(alice), alice, ErasureWay.SELF)
    assert await fetch_value("SELECT count(*) FROM push_subscription") == 0
    await drain(settings)
    assert push_service.asked == []
