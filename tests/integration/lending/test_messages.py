"""Messages about loans (L36 to L38): what is told, to whom, when, once, and no more once it is over."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import asyncpg
import pytest

from backend.jobs.schedule import TIMETABLE, tick
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.lending import errors, queries
from backend.lending import service as lend
from backend.lending.queries import calls
from backend.lending.rules import Outcome, Period
from backend.lending.service import calling, closing, reminding
from backend.lending.values import Back
from backend.membership.queries import Member
from backend.notifications.gateway import Undeliverable
from backend.people import service as people
from backend.people.rules import Channel, Medium, Source, Subject
from tests import factories
from tests.integration.lending.test_closing import INVENTORY
from tests.lending import Lent, Shelf, day, mine, staff, states, told, want, whom
from tests.letterbox import Letterbox

# A loan from Tuesday to Saturday of the next week.
TUESDAY, SATURDAY = day("2026-11-24"), day("2026-12-05", 12)


@pytest.fixture
def box() -> Letterbox:
    return Letterbox()


@pytest.fixture
async def drill(shelf: Shelf) -> Lent:
    return await shelf.resource(longest_length=14)


async def look(box: Letterbox, at: datetime) -> list[str]:
    """What leaves when the timetable is run at that instant, twice: the second time says nothing."""
    with clock.frozen(at):
        await reminding.remind()
        await reminding.remind()
        return await box.drain()


async def lent(drill: Lent, member: Member, box: Letterbox) -> int:
    """Handed over on Tuesday, with what was told before out of the way."""
    made = await lend.book(staff(), whom(member), [want(drill, TUESDAY, SATURDAY)])
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), made.lines[0])
        await box.drain()
    return made.lines[0]


async def waiting(line: int) -> int:
    count: int = await fetch_value(
        "SELECT count(*) FROM loan_notice WHERE line = $1 AND told_at IS NULL"
        " AND withdrawn_at IS NULL",
        line,
    )
    return count


async def unsent() -> int:
    count: int = await fetch_value(
        "SELECT count(*) FROM outbox WHERE kind = 'lending' AND done_at IS NULL"
        " AND gave_up_at IS NULL"
    )
    return count


async def test_a_loan_is_told_from_booking_to_the_desk_s_call(
    drill: Lent, alice: Member, box: Letterbox
):
    """L36: confirmed, the eve, ready, two days before and the day, late three times, then a task; each once."""
    made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY, SATURDAY)])
    line = made.lines[0]
    assert await box.drain() == ["C’est réservé : Perceuse"]
    (mail,) = box.came
    assert mail.to == "alice@example.org"
    assert f"/reserver/reservations/{made.booking}" in mail.text
    assert (
        "Quand\xa0: du mardi 24 novembre à 9\u00a0h au samedi 5 décembre à 18\u00a0h." in mail.text
    )
    eve = ["À prendre le mardi 24 novembre à 9 h : Perceuse"]
    assert await look(box, day("2026-11-21", 10)) == eve
    with clock.frozen(day("2026-11-21", 11)):
        await lend.prepare(staff(), line)
        assert await box.drain() == ["C’est prêt : Perceuse"]
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
    said = [
        await look(box, day(f"2026-{each}", 10))
        for each in ("11-28", "12-03", "12-05", "12-06", "12-08", "12-09", "12-11", "12-19")
    ]
    late = ["En retard, à rapporter : Perceuse"]
    before = [
        ["À rendre le samedi 5 décembre à 18 h : Perceuse"],
        ["À rendre aujourd’hui : Perceuse"],
    ]
    assert said == [[], *before, [], late, [], late, late]
    assert [await look(box, day(f"2027-0{month}-05", 10)) for month in (1, 2, 3)] == [[], [], []]
    assert await told("call_late") == [alice.person_id]
    traces = "SELECT count(*) FROM message WHERE person = $1 AND kind LIKE 'lending.%'"
    assert await fetch_value(traces, alice.person_id) == 8


async def test_an_answer_of_the_club_is_told(shelf: Shelf, alice: Member, box: Letterbox):
    """L36: requested, then yes or no with its reason."""
    saw = await shelf.resource("Scie", copies=2, needs_approval=True)
    made = [await lend.book(mine(alice), whom(alice), [want(saw, TUESDAY)]) for _ in range(2)]
    assert await box.drain() == ["Demande reçue : Scie"] * 2
    await lend.approve(staff(), made[0].booking)
    assert await box.drain() == ["Le club dit oui : Scie"]
    await lend.reject(staff(), made[1].booking, "Elle part en révision")
    assert await box.drain() == ["Le club ne peut pas accepter : Scie"]
    assert "Raison\xa0: Elle part en révision" in box.came[0].text


async def test_a_request_that_nobody_answered_is_told(shelf: Shelf, alice: Member, box: Letterbox):
    """L36: once for all that ends together, with the club's regrets, and not by night on a telephone."""
    things = [await shelf.resource(name, needs_approval=True) for name in ("Scie", "Diable")]
    bob = await factories.add_member("Bob", "Petit", "+33612345678")
    for who, when in ((alice, TUESDAY), (bob, day("2026-11-25"))):
        await lend.book(mine(who), whom(who), [want(each, when) for each in things])
    await box.drain()
    with clock.frozen(day("2026-11-25", 22)):
        await lend.sweep()
        await lend.sweep()
        assert await box.drain() == ["Sans réponse du club : Scie et Diable"]
        assert "Le club n’a pas répondu à temps." in box.came[0].text
    with clock.frozen(day("2026-11-26", 9)):
        (sms,) = await box.drain()
        assert "n’a pas répondu à temps" in sms
        assert "Scie et Diable" in sms
    assert await told("unanswered") == [alice.person_id, bob.person_id]


async def test_what_goes_together_is_told_together(shelf: Shelf, alice: Member, box: Letterbox):
    """L36: one message names all that is due; what came back meanwhile is not named."""
    names = ("Perceuse", "Scie", "Diable")
    things = [await shelf.resource(name, longest_length=14) for name in names]
    wants = [want(each, TUESDAY, SATURDAY) for each in things]
    made = await lend.book(mine(alice), whom(alice), wants)
    assert await box.drain() == ["C’est réservé : Perceuse, Scie et Diable"]
    with clock.frozen(TUESDAY):
        for line in made.lines:
            await lend.hand_over(staff(), line)
    with clock.frozen(day("2026-12-05", 10)):
        await reminding.remind()
        await lend.take_back(staff(), made.lines[1])
        assert await box.drain() == ["À rendre aujourd’hui : Perceuse et Diable"]


async def test_staff_who_change_dates_say_so(drill: Lent, alice: Member, box: Letterbox):
    """L36: what a household changes itself it sees; what the club changes is told."""
    made = await lend.book(mine(alice), whom(alice), [want(drill, TUESDAY)])
    await box.drain()
    await lend.change(mine(alice), made.lines[0], Period(day("2026-11-25"), day("2026-11-25", 12)))
    assert await box.drain() == []
    await lend.change(staff(), made.lines[0], Period(day("2026-11-26"), day("2026-11-26", 12)))
    assert await box.drain() == ["Nouvelles dates : Perceuse"]
    assert "Le club a changé vos dates." in box.came[0].text
    with clock.travel(timedelta(hours=1)):
        await lend.cancel(staff(), made.booking, reason="Essai")
        await lend.restore(staff(), made.lines[0])
        assert await box.drain() == ["C’est réservé : Perceuse"], "not of an end that did not last"


async def test_sms_sleeps_at_night_and_mail_does_not(drill: Lent, alice: Member, box: Letterbox):
    """L36: quiet from 21:00 to 8:00 in Paris; an answer by mail rings nobody."""
    bob = await factories.add_member("Bob", "Petit", "+33612345678")
    with clock.frozen(day("2026-11-20", 22)):
        for who in (alice, bob):
            wish = [want(drill, TUESDAY if who is alice else day("2026-11-26"))]
            await lend.book(mine(who), whom(who), wish)
        assert await box.drain() == ["C’est réservé : Perceuse"]
    with clock.frozen(day("2026-11-21", 7, 59)):
        assert await box.drain() == []
    with clock.frozen(day("2026-11-21", 8)):
        (sms,) = await box.drain()
    assert sms.startswith("Palier : c’est réservé, Perceuse, jeudi 26 novembre, de 9 h à 18 h.")


async def test_the_channel_is_the_one_that_somebody_wants(
    drill: Lent, alice: Member, box: Letterbox
):
    """L36: by preference; who wants no reminders gets none, and hears all the same that they are late."""
    async with transaction():
        await people.add_contact(alice.person_id, Channel.SMS, "+33612345678", verified=True)
    await lent(drill, alice, box)
    await say_no(alice, Medium.EMAIL)
    await look(box, day("2026-12-03", 10))
    assert [one.channel for one in box.came] == [Channel.SMS]
    await say_no(alice, Medium.SMS)
    assert await look(box, day("2026-12-05", 10)) == []
    assert await calls.waiting() == []
    await look(box, day("2026-12-08", 10))
    assert [one.channel for one in box.came] == [Channel.EMAIL]


async def say_no(member: Member, medium: Medium) -> None:
    await fetch(
        "INSERT INTO consent (person, subject, medium, given, text_version, source, at)"
        " VALUES ($1, $2, $3, false, '1', $4, $5)",
        member.person_id,
        Subject.REMINDERS.value,
        medium.value,
        Source.ONLINE.value,
        clock.now(),
    )


async def test_who_has_no_address_is_called_by_the_desk(drill: Lent, box: Letterbox):
    """L36: on the list until somebody called; what was said at the counter is not said again."""
    lea = await factories.add_member("Léa", "Roux")
    line = await lent(drill, lea, box)
    assert await calls.waiting() == []
    assert await look(box, day("2026-12-05", 10)) == []
    with clock.frozen(day("2026-12-05", 10)):
        (call,) = await calls.waiting()
        assert (call.person, call.names, call.kind.value) == ("Léa R.", "Perceuse", "before")
    await look(box, day("2026-12-08", 10))
    with clock.frozen(day("2026-12-08", 10)):
        (call,) = await calls.waiting()
        assert call.kind.value == "late", "the newest stands for all"
        await calling.note_called(staff(lea.person_id), call.ids, "Elle vient demain")
        assert await calls.waiting() == []
    with clock.frozen(day("2026-12-08", 11)):
        await lend.take_back(staff(), line)
    assert await fetch_value("SELECT note FROM loan_notice WHERE told_by IS NOT NULL")


async def test_an_address_that_nobody_has_is_called_too(drill: Lent, alice: Member, box: Letterbox):
    """L36: nobody is lost because a server says no for good."""
    await lent(drill, alice, box)
    box.broken = Undeliverable()
    await look(box, day("2026-12-08", 10))
    with clock.frozen(day("2026-12-08", 10)):
        assert [call.person for call in await calls.waiting()] == ["Alice M."]


Change = Callable[[str, int], Awaitable[object]]
OF_LOANS: dict[str, Change] = {
    "returned": lambda _, line: lend.take_back(staff(), line),
    "extended": lambda _, line: lend.extend(staff(), line, day("2026-12-09", 12)),
    "renewed": lambda _, line: lend.renew(staff(), line),
    "lost": lambda _, line: lend.lose(staff(), line, "Volée"),
}
OF_BOOKINGS: dict[str, Change] = {
    "cancelled": lambda booking, _: lend.cancel(staff(), booking, reason="Essai"),
    "moved": lambda _, line: lend.change(
        staff(), line, Period(day("2026-11-25"), day("2026-11-26"))
    ),
    "closed": lambda *_: closing.close(staff(), INVENTORY),
    "missed": lambda _, line: missed(line),
}


async def missed(line: int) -> None:
    with clock.frozen(day("2026-11-24", 17)):
        assert await lend.miss(line)


@pytest.mark.parametrize("change", OF_LOANS)
async def test_what_waits_of_a_loan_is_withdrawn_with_its_change(
    drill: Lent, alice: Member, box: Letterbox, change: str
):
    """L37: in the same transaction; the mail server was down, and nothing of it is said afterwards."""
    made = await lend.book(staff(), whom(alice), [want(drill, TUESDAY, SATURDAY)])
    line = made.lines[0]
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), line)
    with clock.frozen(day("2026-12-05", 10)):
        await reminding.remind()
        assert await unsent() == 1
        await OF_LOANS[change](made.booking, line)
        assert await fetch_value("SELECT withdrawn_at FROM loan_notice WHERE kind = 'before'")
        assert all("aujourd’hui" not in said for said in await box.drain())
        assert await waiting(line) == 0


@pytest.mark.parametrize("change", OF_BOOKINGS)
async def test_what_waits_of_a_booking_is_withdrawn_with_its_change(
    shelf: Shelf, alice: Member, box: Letterbox, change: str
):
    """L37: cancelled, moved, met by a closure or missed."""
    drill = await shelf.resource(longest_length=14)
    wish = [want(drill, TUESDAY, day("2026-11-26"))]
    made = await lend.book(staff(), whom(alice), wish)
    await box.drain()
    with clock.frozen(day("2026-11-21", 10)):
        await reminding.remind()
        assert await unsent() == 1
        await OF_BOOKINGS[change](made.booking, made.lines[0])
        assert await fetch_value("SELECT withdrawn_at FROM loan_notice WHERE kind = 'eve'")
        assert all("À prendre le mardi 24" not in said for said in await box.drain())


async def test_what_does_not_happen_withdraws_nothing(drill: Lent, alice: Member, box: Letterbox):
    """L37: the same transaction: a change that is refused leaves the message where it was."""
    line = await lent(drill, alice, box)
    with clock.frozen(day("2026-12-05", 10)):
        await reminding.remind()
        with pytest.raises(errors.OutcomeNeedsNote):
            await lend.take_back(staff(), line, Back(outcome=Outcome.DAMAGED))
        with pytest.raises(errors.StaffOnly):
            await lend.extend(mine(alice), line, day("2026-12-09", 12))
        assert await box.drain() == ["À rendre aujourd’hui : Perceuse"]


async def test_the_database_holds_one_message_for_a_line_its_kind_and_date(
    drill: Lent, alice: Member, box: Letterbox
):
    """L37: a unique key; what was withdrawn may be said again when it is true again."""
    line = await lent(drill, alice, box)
    await look(box, day("2026-12-05", 10))
    again = (
        "INSERT INTO loan_notice (line, kind, days, about, way, letter, facts, made_at)"
        " SELECT line, kind, days, about, way, 'other', facts, made_at FROM loan_notice"
        " WHERE kind = 'before'"
    )
    with pytest.raises(asyncpg.UniqueViolationError):
        await fetch(again)
    with clock.frozen(day("2026-12-05", 10)):
        await lend.extend(staff(), line, day("2026-12-12", 12))
        await lend.extend(staff(), line, SATURDAY)
    assert await look(box, day("2026-12-05", 11)) == ["Nouvelles dates : Perceuse"], "told before"
    with clock.frozen(day("2026-12-08", 10)):
        await reminding.remind()
        await lend.take_back(staff(), line)
        await lend.undo(staff(), line)
    assert await look(box, day("2026-12-08", 11)) == ["En retard, à rapporter : Perceuse"]


async def test_a_mail_server_that_is_down_is_tried_again_and_says_what_is_true_then(
    drill: Lent, alice: Member, box: Letterbox
):
    """L37, L38: nothing is lost or said twice; once it is back, the newest alone."""
    line = await lent(drill, alice, box)
    box.broken = ConnectionRefusedError()
    for at in ("2026-12-03", "2026-12-05", "2026-12-08"):
        assert await look(box, day(at, 10)) == []
    assert await waiting(line) == 1
    box.broken = None
    assert await look(box, day("2026-12-10", 10)) == ["En retard, à rapporter : Perceuse"]
    assert await look(box, day("2026-12-10", 11)) == []


@pytest.mark.parametrize("days", [1, 3])
async def test_after_the_timetable_stood_still_each_gets_what_is_still_true(
    shelf: Shelf, alice: Member, bob: Member, box: Letterbox, days: int
):
    """L38: from Thursday at eight, before the day's reminders, for one day or three: once, and no heap."""
    drill = await shelf.resource(longest_length=14, copies=2)
    saw = await shelf.resource("Scie", longest_length=14)
    thursday = day("2026-12-03", 8)
    await lent(drill, alice, box)
    due_soon = await lend.book(staff(), whom(bob), [want(saw, TUESDAY, day("2026-12-04"))])
    fetched = await lend.book(mine(bob), whom(bob), [want(drill, day("2026-12-05"))])
    with clock.frozen(TUESDAY):
        await lend.hand_over(staff(), due_soon.lines[0])
        await box.drain()
    with clock.frozen(thursday + timedelta(days=days, hours=2)):
        assert (await queries.get_line(due_soon.lines[0])).overdue is (days == 3)
        await lend.sweep()
        await reminding.remind()
        said = sorted([*await box.drain(), *await box.drain()])
    eve = "À prendre le samedi 5 décembre à 9 h : Perceuse"
    soon = "À rendre le samedi 5 décembre à 18 h : Perceuse"
    today = "À rendre aujourd’hui : Scie"
    assert said == ([eve, today, soon] if days == 1 else [])
    assert await states(fetched.booking) == ["confirmed" if days == 1 else "no_show"]
    if days == 3:  # it is a Sunday: what is late is told when the door opens again
        tuesday = await look(box, day("2026-12-08", 10))
        assert sorted(tuesday) == [
            "En retard, à rapporter : Perceuse",
            "En retard, à rapporter : Scie",
        ]


async def test_two_workers_that_tick_at_once_tell_once(drill: Lent, alice: Member, box: Letterbox):
    """L38: the timetable claims each ten minutes under a unique key; what it wrote stands once anyway."""
    timetable = [task for task in TIMETABLE if task.name == "lending.remind"]
    assert len(timetable) == 1
    await lent(drill, alice, box)
    with clock.frozen(day("2026-12-05", 10)):
        await asyncio.gather(
            *(tick(timetable) for _ in range(2)), *(reminding.remind() for _ in "ab")
        )
        assert await box.drain() == ["À rendre aujourd’hui : Perceuse"]


async def test_next_household_s_risk_is_a_message_and_a_task(
    shelf: Shelf, alice: Member, bob: Member, box: Letterbox
):
    """L10: at the lead time, once; the task ends by itself when the thing comes back."""
    drill = await shelf.resource()
    given = await lend.lend_now(staff(), whom(alice), drill.code, day("2026-11-20", 12))
    await lend.book(mine(bob), whom(bob), [want(drill, day("2026-11-21"))])
    await box.drain()
    with clock.frozen(day("2026-11-20", 18)):
        for _ in range(2):
            await lend.sweep()
            said = await box.drain()
            if said:
                assert said == ["Votre réservation n’est pas sûre : Perceuse"]
        (call,) = await calls.waiting(shelf.site_id)
        assert (call.kind.value, call.person, call.names) == ("call_at_risk", "Bob P.", "Perceuse")
        await lend.take_back(staff(), given.line)
        assert await calls.waiting() == []
