"""What people hear of activities: the eve, by day, once, and only what is still true when it leaves."""

from datetime import time, timedelta
from typing import Any

import pytest

from backend.activities import service as activities
from backend.activities.rules import Scope
from backend.activities.service import telling
from backend.audit.service import SYSTEM
from backend.jobs import outbox
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.notifications import phones
from backend.notifications.post import open_post
from backend.people.rules import Address, Channel
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.settings import Settings
from tests import factories
from tests.activities import DAY, add_child, by, seat_of, session, take
from tests.push import Service
from tests.smtp import Mailbox

pytestmark = pytest.mark.usefixtures("db")
EVE = DAY - timedelta(days=1)


async def eves() -> list[int]:
    rows = await fetch("SELECT person FROM message WHERE kind = 'activity.eve' ORDER BY id")
    return [row["person"] for row in rows]


async def test_the_eve_is_told_once_and_by_day(alice: Member, bob: Member):
    """A2, L15: from nine to eight in the evening in Paris; one message for a family; anew when it moves."""
    found = await session(capacity=2)
    child = await add_child(alice, "Zoé")
    await activities.take(by(alice), alice, found.public_id, [alice.person_public_id, child], "k")
    await take(bob, found)  # he waits: nobody tells him to come
    for at, told in ((time(8, 59), 0), (time(9), 1), (time(12), 1), (time(20), 1)):
        with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=at.hour, minutes=at.minute)):
            await activities.remind()
        assert await eves() == [alice.person_id] * told
    assert await fetch_value("SELECT count(*) FROM seat WHERE reminded_for IS NOT NULL") == 2


async def test_who_was_not_told_on_the_eve_is_told_in_the_morning(
    alice: Member, bob: Member, settings: Settings, mailbox: Mailbox
):
    """A2: the clock stood still on the eve; once, before it begins, and not who took the seat meanwhile."""
    found = await session()
    await take(alice, found)
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=21)):
        await take(bob, found)
        await activities.remind()
        assert await eves() == []
    with clock.frozen(clock.start_of_day(DAY) + timedelta(hours=8)):
        for _ in range(2):
            await activities.remind()
        await outbox.drain(open_post(settings))
        assert await eves() == [alice.person_id]
        (mail,) = [
            each for each in mailbox.to("alice@example.org") if found.title in each["Subject"]
        ]
        assert mail["Subject"] == f"Rappel : {found.title}"


async def test_nobody_is_told_when_it_has_begun(alice: Member):
    """A2: a reminder of what is on, or over, reminds of nothing."""
    found = await session()
    await take(alice, found)
    with clock.frozen(found.starts_at):
        await activities.remind()
    assert await eves() == []


async def test_other_eves_are_told_when_one_session_fails(
    alice: Member, bob: Member, monkeypatch: pytest.MonkeyPatch
):
    """A2: nobody goes without a reminder because of another session."""
    broken, sound = await session(), await session(title="Couture")
    await take(alice, broken)
    await take(bob, sound)
    tell = telling.tell_eve

    async def fail_once(about: Any, contact: int, names: list[str]) -> None:
        if about["public_id"] == broken.public_id:
            raise RuntimeError
        await tell(about, contact, names)

    monkeypatch.setattr(telling, "tell_eve", fail_once)
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=10)):
        await activities.remind()
    assert await eves() == [bob.person_id]


async def test_no_reminder_for_who_took_the_seat_today_or_wants_none(alice: Member, bob: Member):
    """A2, N1: who just took it knows; who said no to reminders hears none."""
    found = await session()
    await take(alice, found)
    await fetch(
        "INSERT INTO consent (person, subject, medium, given, text_version, source, at)"
        " VALUES ($1, 'reminders', 'email', false, 'x', 'online', $2)",
        alice.person_id,
        clock.now(),
    )
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=10)):
        await take(bob, found)
        await activities.remind()
    assert await eves() == []


async def test_what_is_no_longer_true_is_not_sent(
    alice: Member, settings: Settings, mailbox: Mailbox
):
    """A2, L37: looked at just before it leaves, by the seat and the session as they are then."""
    found, other = await session(), await session(title="Gym douce")
    await take(alice, found)
    await take(alice, other)
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=10)):
        await activities.remind()
        await activities.leave(by(alice), alice, await seat_of(alice, found))
        await outbox.drain(open_post(settings))
    said = [mail for mail in mailbox.to("alice@example.org") if "Rappel" in mail["Subject"]]
    assert [mail["Subject"] for mail in said] == ["Rappel : Gym douce"]
    assert {"attendons", "Alice."} <= set(mailbox.text_to("alice@example.org").split())


@pytest.mark.parametrize("erased", [False, True])
async def test_the_household_hears_when_who_took_the_seat_is_gone(
    alice: Member, settings: Settings, mailbox: Mailbox, *, erased: bool
):
    """A1, A2, D1: a child's evening is told to who lives with it, not to who moved out, and never to nobody."""
    found = await session(capacity=1)
    child = await add_child(alice, "Zoé")
    await activities.take(by(alice), alice, found.public_id, [child], "k")
    carol = await membership.add_adult(
        SYSTEM, alice.household_id, "Carol", "Martin", Address(Channel.EMAIL, "carol@example.org")
    )
    if erased:
        await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    else:
        await membership.leave(SYSTEM, alice.household_id, alice.person_id)
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=10)):
        await activities.remind()
        await outbox.drain(open_post(settings))
        await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Plus de gaz")
        await outbox.drain(open_post(settings))
    rows = await fetch("SELECT person FROM message WHERE kind LIKE 'activity.%' ORDER BY id")
    assert [row["person"] for row in rows] == [carol, carol]
    assert "Plus de gaz" in mailbox.text_to("carol@example.org")


async def test_who_has_no_address_is_told_on_paper():
    """A2, N2: the desk has it to hand over."""
    with clock.frozen(clock.start_of_day(EVE)):
        carol = await factories.add_member("Carol", "Blanc")
        found = await session()
        await take(carol, found)
        await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Plus de gaz")
    way = await fetch_value("SELECT way FROM message WHERE kind = 'activity.cancelled'")
    assert way == "paper"


async def test_who_has_no_address_any_more_hears_by_their_telephone(
    push_service: Service, settings: Settings
):
    """A2, L36: the desk ended their last address; the evening is called off all the same."""
    with clock.frozen(clock.start_of_day(EVE) + timedelta(hours=10)):
        carol = await factories.add_member("Carol", "Blanc")
        await phones.add(SYSTEM, carol.person_id, 1, "Chrome, Android", push_service.subscription())
        found = await session()
        await take(carol, found)
        await activities.cancel(SYSTEM, found.public_id, Scope.THIS, "Plus de gaz")
        await outbox.drain(open_post(settings))
    assert [words["title"] for words in push_service.came] == [f"Annulé : {found.title}"]
