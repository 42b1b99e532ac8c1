"""Loans on a telephone: the same moments, by day, once, and by mail where no telephone takes it."""

from datetime import datetime, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch_value, transaction
from backend.lending import service as lend
from backend.lending.service import reminding
from backend.membership.queries import Member
from backend.notifications import phones
from backend.people import service as people
from backend.people.rules import Choice, Medium, Source, Subject
from tests.lending import Lent, Shelf, day, mine, staff, want, whom
from tests.letterbox import Letterbox
from tests.push import Service

TUESDAY, SATURDAY = day("2026-11-24"), day("2026-12-05", 12)


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def drill(shelf: Shelf) -> Lent:
    return await shelf.resource(longest_length=14)


async def let_in(member: Member, service: Service) -> None:
    found = service.subscription()
    await phones.add(SYSTEM, member.person_id, 1, "Chrome, Android", found)


async def look(box: Letterbox, at: datetime) -> None:
    with clock.frozen(at):
        await reminding.remind()
        await box.drain()


async def test_a_loan_rings_at_each_of_its_moments(
    drill: Lent, alice: Member, box: Letterbox, push_service: Service
):
    """L36: confirmed, ready, the eve, two days before and the day, late; short, without an amount."""
    await let_in(alice, push_service)
    with clock.frozen(day("2026-11-20", 12)):
        made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
        await box.drain()
    await look(box, day("2026-11-21", 10))
    with clock.frozen(day("2026-11-21", 11)):
        await lend.prepare(staff(), made.lines[0])
        await box.drain()
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), made.lines[0])
    for each in ("12-03", "12-05", "12-08"):
        await look(box, day(f"2026-{each}", 10))
    assert box.came == []
    assert [words["title"] for words in push_service.came] == [
        "C’est réservé",
        "À prendre le mardi 24 novembre à 9 h",
        "C’est prêt",
        "À rendre le samedi 5 décembre à 18 h",
        "À rendre aujourd’hui",
        "À rapporter au comptoir",
    ]
    assert all(made.booking in words["link"] for words in push_service.came)
    assert not [words for words in push_service.came if "€" in str(words)]
    traces = "SELECT count(*) FROM message WHERE way = 'push' AND kind LIKE 'lending.%'"
    assert await fetch_value(traces) == 6


async def test_a_loan_is_written_when_its_telephone_is_gone(
    drill: Lent, alice: Member, box: Letterbox, push_service: Service
):
    """L36: at once, and the desk has no call to make."""
    await let_in(alice, push_service)
    push_service.answers = [(410, {})]
    with clock.frozen(day("2026-11-20", 12)):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
        await box.drain()
    assert [mail.subject for mail in box.came] == ["C’est réservé : Perceuse"]
    assert await fetch_value("SELECT way FROM message WHERE kind = 'lending.confirmed'") == "email"


async def test_a_loan_is_written_when_the_service_stays_broken(
    drill: Lent, alice: Member, box: Letterbox, push_service: Service
):
    """L36: after four tries; not before, so that nobody hears it twice."""
    await let_in(alice, push_service)
    push_service.answers = [(500, {})] * 4
    noon = day("2026-11-20", 12)
    with clock.frozen(noon):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
    for minutes in (0, 1, 2):
        with clock.frozen(noon + timedelta(minutes=minutes)):
            assert await box.drain() == []
    with clock.frozen(noon + timedelta(minutes=10)):
        assert await box.drain() == ["C’est réservé : Perceuse"]
    assert (len(push_service.asked), push_service.came) == (4, [])


async def test_a_loan_sleeps_at_night(
    drill: Lent, alice: Member, box: Letterbox, push_service: Service
):
    """L36: booked late in the evening, rung in the morning; an e-mail would not have waited."""
    await let_in(alice, push_service)
    with clock.frozen(day("2026-11-20", 22)):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
        await box.drain()
    assert (push_service.asked, box.came) == ([], [])
    with clock.frozen(day("2026-11-21", 8)):
        await box.drain()
    assert len(push_service.came) == 1


async def test_who_wants_no_reminders_has_none_on_a_telephone(
    drill: Lent, alice: Member, box: Letterbox, push_service: Service
):
    """L36, N1: a telephone rings for what would have been written, and for nothing else."""
    await let_in(alice, push_service)
    with clock.frozen(day("2026-11-20", 12)):
        await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
        await box.drain()
    await refuse_reminders(alice)
    await look(box, day("2026-11-21", 10))
    assert len(push_service.came) == 1


async def refuse_reminders(member: Member) -> None:

    said = [Choice(Subject.REMINDERS, medium, given=False) for medium in Medium]
    async with transaction():
        await people.record_choices(member.person_id, said, Source.ONLINE, None, "2026-11")
