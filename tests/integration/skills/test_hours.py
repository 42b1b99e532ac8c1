"""Hours: said by one, confirmed by the other, decided by staff; zero sum and limits by the database."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from backend.audit.errors import OwnCase
from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import DatabaseBusy, fetch, fetch_value
from backend.membership.queries import Member
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.errors import HoursFull, HoursOff, MinutesWrong, MoveImpossible
from backend.skills.service import exchanges, hours
from tests import factories
from tests.conftest import Database
from tests.skills import by, done, staff, turn_hours_on

pytestmark = pytest.mark.usefixtures("db")


async def pair() -> tuple[Member, Member]:
    return await factories.add_member(), await factories.add_member("Bob", "Petit")


async def balances(*members: Member) -> list[int]:
    return [await queries.balance_of(member.person_id) for member in members]


async def test_no_hours_are_counted_when_the_club_has_not_turned_them_on():
    """X6: the default keeps no balance."""
    alice, bob = await pair()
    exchange = await done(bob, alice)
    with pytest.raises(HoursOff):
        await skills.claim_hours(by(alice), alice, exchange, 60)


async def test_hours_move_when_the_other_one_confirms():
    """X6: Alice helped Bob for an hour and a half; once, whoever taps again."""
    await turn_hours_on()
    alice, bob = await pair()
    exchange = await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 90)
    await skills.claim_hours(by(alice), alice, exchange, 600)
    with pytest.raises(MoveImpossible):
        await skills.confirm_hours(by(bob), bob, exchange)
    assert await balances(alice, bob) == [0, 0]
    await skills.confirm_hours(by(alice), alice, exchange)
    await skills.confirm_hours(by(alice), alice, exchange)
    assert await balances(alice, bob) == [90, -90]


@pytest.mark.parametrize("minutes", [0, 7, 615, -60])
async def test_strange_times_are_refused_when_hours_are_said(minutes: int):
    await turn_hours_on()
    alice, bob = await pair()
    exchange = await done(bob, alice)
    with pytest.raises(MinutesWrong):
        await skills.claim_hours(by(alice), alice, exchange, minutes)


async def test_staff_decide_when_nobody_confirmed_in_seven_days():
    """X6."""
    await turn_hours_on()
    alice, bob = await pair()
    clerk, exchange = await staff(), await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 120)
    with pytest.raises(MoveImpossible):
        await skills.decide_hours(clerk, exchange, 60)
    assert await queries.undecided() == []
    with clock.travel(timedelta(days=7, minutes=1)):
        with pytest.raises(MoveImpossible):
            await skills.confirm_hours(by(alice), alice, exchange)
        (waiting,) = await queries.undecided()
        assert (waiting.giver, waiting.minutes) == ("Alice Martin", 120)
        await skills.decide_hours(clerk, exchange, 60)
        with pytest.raises(MoveImpossible):
            await skills.decide_hours(clerk, exchange, 60)
        assert await queries.undecided() == []
    assert await balances(alice, bob) == [60, -60]


async def test_staff_decide_at_once_when_the_other_one_says_no():
    """X6: and they may decide that there were none."""
    await turn_hours_on()
    alice, bob = await pair()
    exchange = await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 120)
    await skills.refuse_hours(by(alice), alice, exchange)
    assert len(await queries.undecided()) == 1
    with pytest.raises(OwnCase):
        await skills.decide_hours(by(alice), exchange, 120)
    await skills.decide_hours(await staff(), exchange, 0)
    assert (await queries.undecided(), await balances(alice, bob)) == ([], [0, 0])
    await skills.claim_hours(by(bob), bob, exchange, 120)
    for verb in (skills.confirm_hours, skills.refuse_hours):
        with pytest.raises(MoveImpossible):
            await verb(by(alice), alice, exchange)
    with pytest.raises(MoveImpossible):
        await skills.decide_hours(await staff(), exchange, 60)
    assert await balances(alice, bob) == [0, 0]


async def test_the_other_one_hears_of_it_when_hours_are_said_and_decided():
    """X6: seven days run for whoever knows of them."""
    await turn_hours_on()
    alice, bob = await pair()
    exchange = await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 60)
    assert await told("exchange.hours") == [alice.person_id]
    await skills.refuse_hours(by(alice), alice, exchange)
    await skills.decide_hours(await staff(), exchange, 30)
    assert await told("exchange.decided") == [alice.person_id, bob.person_id]


async def told(kind: str) -> list[int]:
    rows = await fetch("SELECT person FROM message WHERE kind = $1 ORDER BY person", kind)
    return [row["person"] for row in rows]


async def test_nothing_moves_when_the_club_turned_hours_off_meanwhile():
    """X6: without hours no balance is kept, also of what was said before."""
    await turn_hours_on()
    alice, bob = await pair()
    exchange = await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 60)
    await skills.set_settings(SYSTEM, queries.Settings(hours=False))
    with pytest.raises(HoursOff):
        await skills.confirm_hours(by(alice), alice, exchange)
    assert await balances(alice, bob) == [0, 0]


async def test_accounts_add_up_to_zero_when_one_of_the_two_is_erased():
    """X7, D1: the account stays without a name; what waited for them is decided by staff."""
    await turn_hours_on()
    alice, bob = await pair()
    for _ in range(2):
        exchange = await done(bob, alice)
        await skills.claim_hours(by(bob), bob, exchange, 60)
        if await balances(alice) == [0]:
            await skills.confirm_hours(by(alice), alice, exchange)
    await erasing.erase(SYSTEM, alice.person_id, ErasureWay.DESK)
    assert await fetch_value("SELECT sum(minutes) FROM hours_account") == 0
    assert await balances(alice, bob) == [60, -60]
    with clock.travel(timedelta(days=8)):
        (waiting,) = await queries.undecided()
        assert (waiting.giver, waiting.receiver) == ("", "Bob Petit")
        await skills.decide_hours(await staff(), waiting.exchange, 30)
    assert await balances(alice, bob) == [90, -90]


async def test_the_hard_limit_holds_when_somebody_only_receives():
    """X7: and back towards zero is always free, also after the club lowered the limit."""
    await turn_hours_on(warn_minutes=60, most_minutes=120)
    alice, bob = await pair()
    for minutes in (60, 60):
        exchange = await done(bob, alice)
        await skills.claim_hours(by(bob), bob, exchange, minutes)
        await skills.confirm_hours(by(alice), alice, exchange)
    exchange = await done(bob, alice)
    await skills.claim_hours(by(bob), bob, exchange, 15)
    with pytest.raises(HoursFull):
        await skills.confirm_hours(by(alice), alice, exchange)
    await turn_hours_on(warn_minutes=60, most_minutes=60)
    back = await done(alice, bob)
    await skills.claim_hours(by(bob), bob, back, 15)
    await skills.confirm_hours(by(alice), alice, back)
    assert await balances(alice, bob) == [105, -105]


async def test_no_account_is_written_when_the_application_tries(db: Database):
    """X7: only a move changes an account; the limit holds even without our own look at it."""
    await turn_hours_on(warn_minutes=60, most_minutes=60)
    alice, bob = await pair()
    exchange = await done(bob, alice)
    for statement in (
        "INSERT INTO hours_account (person, minutes, most_minutes) VALUES ($1, 600, 600)",
        "UPDATE hours_account SET minutes = 600 WHERE person = $1",
        "DELETE FROM hours_move WHERE giver = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await fetch(statement, alice.person_id)
    with pytest.raises(asyncpg.CheckViolationError):
        await fetch(
            "INSERT INTO hours_move (exchange, giver, receiver, minutes, at, by)"
            " SELECT id, owner, asker, 75, now(), owner FROM exchange WHERE public_id = $1",
            exchange,
        )


async def test_nothing_is_lost_or_made_when_fifty_transfers_meet(monkeypatch: pytest.MonkeyPatch):
    """X7: fifty at once, two who give and two who receive: of an hour each, four are within the limit."""
    for limit in ("ASKS", "WORDS"):
        wide = exchanges.Limit(f"race.{limit}", 1_000, timedelta(days=1))
        monkeypatch.setattr(exchanges, limit, wide)
    await turn_hours_on(warn_minutes=60, most_minutes=120)
    people = [await factories.add_member(name, "Petit") for name in ("Ana", "Bob", "Cia", "Dan")]
    waiting = []
    for number in range(50):
        giver, receiver = people[number % 2], people[2 + number // 2 % 2]
        exchange = await done(receiver, giver, title=f"Aide {number}")
        await skills.claim_hours(by(receiver), receiver, exchange, 60)
        await skills.end(by(giver), giver.person_id, await listing_of(exchange))
        waiting.append((giver, exchange))

    answers = await asyncio.gather(*(confirm(*each) for each in waiting), return_exceptions=True)
    assert {type(each) for each in answers} == {bool}, answers
    sums = await balances(*people)
    assert sums == [120, 120, -120, -120]
    assert await fetch_value("SELECT count(*) FROM hours_move") == 4
    assert answers.count(True) == 4


async def confirm(giver: Member, exchange: str) -> bool:
    """A slow machine may make somebody wait too long: that one tries again, as people do."""
    try:
        await skills.confirm_hours(by(giver), giver, exchange)
    except HoursFull:
        return False
    except DatabaseBusy:
        return await confirm(giver, exchange)
    return True


async def listing_of(exchange: str) -> str:
    found: str = await fetch_value(
        "SELECT l.public_id FROM exchange e JOIN listing l ON l.id = e.listing"
        " WHERE e.public_id = $1",
        exchange,
    )
    return found


async def test_the_limit_breaks_when_nothing_guards_it(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    """X7: negative control. The same transfers, with the act that lets one in and the check of the
    account taken away: both read a free account, both move, and the limit is passed.
    """
    await turn_hours_on(warn_minutes=60, most_minutes=60)
    alice, bob = await pair()
    waiting = []
    for number in range(2):
        exchange = await done(bob, alice, title=f"Aide {number}")
        await skills.claim_hours(by(bob), bob, exchange, 60)
        waiting.append(exchange)
    barrier, read = asyncio.Barrier(2), queries.balance_of

    async def read_together(person_id: int) -> int:
        found = await read(person_id)
        await barrier.wait()
        return found

    async def let_in(*_: object) -> None:
        """As if no lock were there."""

    monkeypatch.setattr(queries, "balance_of", read_together)
    monkeypatch.setattr(hours, "alone", let_in)
    owner = await asyncpg.connect(db.owner_url)
    await owner.execute("ALTER TABLE hours_account DROP CONSTRAINT hours_account_within_limit")
    try:
        await asyncio.gather(*(skills.confirm_hours(by(alice), alice, each) for each in waiting))
        assert await read(alice.person_id) == 120
    finally:
        await owner.execute("UPDATE hours_account SET minutes = 0")
        await owner.execute(
            "ALTER TABLE hours_account ADD CONSTRAINT hours_account_within_limit"
            " CHECK (minutes BETWEEN - most_minutes AND most_minutes)"
        )
        await owner.close()


async def test_one_of_two_is_refused_when_both_would_reach_the_limit():
    """X7: the same two at once, guarded."""
    await turn_hours_on(warn_minutes=60, most_minutes=60)
    alice, bob = await pair()
    waiting = []
    for number in range(2):
        exchange = await done(bob, alice, title=f"Aide {number}")
        await skills.claim_hours(by(bob), bob, exchange, 60)
        waiting.append(exchange)
    answers = await asyncio.gather(*(confirm(alice, each) for each in waiting))
    assert sorted(answers) == [False, True]
    assert await balances(alice, bob) == [60, -60]
