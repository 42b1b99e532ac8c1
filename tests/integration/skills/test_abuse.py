"""Neighbours who mean harm: floods of words, blocked people who come back, minors, people who are gone."""

import asyncio
from datetime import date, timedelta

import asyncpg
import pytest

from backend.kit import clock
from backend.kit.database import DatabaseBusy, fetch, fetch_value, transaction
from backend.kit.errors import Busy
from backend.membership.queries import Member
from backend.skills import jobs, privacy, queries
from backend.skills import service as skills
from backend.skills.errors import (
    AnswerAwaited,
    ContactInWords,
    ExchangeJustOver,
    ExchangeUnknown,
    ListingUnknown,
    MoveImpossible,
    NotForMinors,
)
from backend.skills.rules import MOST_UNANSWERED, ExchangeState, ListingKind, Wrong
from tests import factories
from tests.conftest import Database
from tests.skills import agreed, ask, by, done, list_, staff, titles

pytestmark = pytest.mark.usefixtures("db")
WAITS = (
    "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database())"
)


async def pair() -> tuple[Member, Member]:
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    return alice, await factories.add_member("Bob", "Petit", "bob@example.org")


async def told(kind: str) -> int:
    found: int = await fetch_value("SELECT count(*) FROM message WHERE kind = $1", kind)
    return found


async def contacts(member: Member, exchange: str) -> list[str]:
    page = await queries.find_exchange(member.person_id, exchange)
    return [each.value for each in page.other.contacts]


async def test_one_letter_says_it_when_somebody_writes_on_and_on():
    """X3: relay flooding. One notice until the other answers; then no more words without an answer."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    for number in range(MOST_UNANSWERED - 1):
        await skills.say(by(bob), bob, exchange, "Alors ?", str(number))
    with pytest.raises(AnswerAwaited):
        await skills.say(by(bob), bob, exchange, "Alors ?", "too much")
    assert (await told("exchange.asked"), await told("exchange.message")) == (1, 1)
    await skills.say(by(alice), alice, exchange, "Un instant", "a")
    await skills.say(by(bob), bob, exchange, "Merci", "b")
    assert await told("exchange.message") == 3


async def test_a_no_is_a_no_when_the_same_is_asked_again():
    """X3: not the same week, about the same listing."""
    alice, bob = await pair()
    listing = await list_(alice)
    await skills.refuse(by(alice), alice, await ask(bob, listing))
    with pytest.raises(ExchangeJustOver):
        await ask(bob, listing)
    with clock.travel(timedelta(days=7, minutes=1)):
        assert await ask(bob, listing)


async def test_a_no_is_a_no_when_something_else_is_asked_the_same_day():
    """X3: whoever said no is left alone until tomorrow; other neighbours may be asked at once."""
    alice, bob = await pair()
    carol = await factories.add_member("Carol", "Blanc", "carol@example.org")
    other = await list_(alice, "Un gâteau")
    await skills.refuse(by(alice), alice, await ask(bob, await list_(alice)))
    with pytest.raises(ExchangeJustOver):
        await ask(bob, other)
    assert await ask(carol, other)
    assert await ask(bob, await list_(carol, "Un pull"))
    assert await ask(alice, await list_(bob, "Une étagère")), "it was not her who was told no"
    with clock.travel(timedelta(days=1, minutes=1)):
        assert await ask(bob, other)


async def test_what_nobody_answers_ends_by_itself_and_is_forgotten():
    """X3, D2: after three weeks of silence who asked is told, once; their words go in their time."""
    alice, bob = await pair()
    carol = await factories.add_member("Carol", "Blanc", "carol@example.org")
    listing = await list_(alice)
    silent, talked = await ask(bob, listing), await ask(carol, listing)
    noon = clock.start_of_day(clock.today() + timedelta(days=22)) + timedelta(hours=12)
    with clock.frozen(noon - timedelta(days=2)):
        await skills.say(by(alice), alice, talked, "Je regarde", "k")
    for night in (timedelta(hours=11), timedelta(0)):
        with clock.frozen(noon + night):
            await jobs.close()
            await jobs.close()
    page = await queries.find_exchange(bob.person_id, silent)
    assert page.state is ExchangeState.CLOSED
    assert (await queries.find_exchange(carol.person_id, talked)).state is ExchangeState.ASKED
    rows = await fetch("SELECT person FROM message WHERE kind = 'exchange.unanswered'")
    assert [row["person"] for row in rows] == [bob.person_id]
    async with transaction():
        await privacy.purge_old(noon + timedelta(minutes=1))
    kept = await fetch("SELECT words FROM exchange_message WHERE words <> '' ORDER BY id")
    assert len(kept) == 0


async def test_what_is_answered_just_then_does_not_end(db: Database):
    """X3: who writes holds the exchange; whoever would end it waits, and looks again."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    noon = clock.start_of_day(clock.today() + timedelta(days=22)) + timedelta(hours=12)
    other = await asyncpg.connect(db.app_url)
    try:
        with clock.frozen(noon):
            async with other.transaction():
                await other.execute("SELECT 1 FROM exchange FOR NO KEY UPDATE")
                closing = asyncio.create_task(jobs.close())
                while not (closing.done() or await fetch_value(WAITS)):
                    await fetch_value("SELECT pg_sleep(0.02)")
                await other.execute(
                    "INSERT INTO exchange_message (public_id, exchange, author, words, at)"
                    " SELECT 'answer', id, owner, 'Je regarde', $1 FROM exchange",
                    noon,
                )
            await closing
    finally:
        await other.close()
    assert (await queries.find_exchange(bob.person_id, exchange)).state is ExchangeState.ASKED


@pytest.mark.parametrize("asker_gives_up", [True, False])
async def test_one_letter_says_it_when_somebody_gives_up_and_asks_again(asker_gives_up: bool):
    """X3: relay flooding. What either gave up about a listing is not asked again the same week."""
    alice, bob = await pair()
    listing = await list_(alice)
    exchange = await ask(bob, listing)
    await skills.accept(by(alice), alice, exchange, shares=False)
    who = bob if asker_gives_up else alice
    await skills.withdraw(by(who), who, exchange)
    with pytest.raises(ExchangeJustOver):
        await ask(bob, listing)
    assert await told("exchange.asked") == 1
    with clock.travel(timedelta(days=7, minutes=1)):
        assert await ask(bob, listing)


async def test_reports_are_limited_when_somebody_reports_everybody():
    """X9: per person, not per listing."""
    alice, bob = await pair()
    listings = [await list_(alice, f"Annonce {number}") for number in range(11)]
    for listing in listings[:10]:
        await skills.report(by(bob), bob, Wrong.RUDE, "", listing=listing)
    with pytest.raises(Busy):
        await skills.report(by(bob), bob, Wrong.RUDE, "", listing=listings[10])


async def test_contact_is_hidden_when_a_neighbour_is_blocked_after_all_was_done():
    """X3, X9: nothing more is shown, thanked or counted, and neither finds the other in a list."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice), shares=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    await skills.finish(by(bob), bob, exchange)
    assert await contacts(bob, exchange) == ["alice@example.org"]
    await skills.block(by(alice), alice, exchange)
    with pytest.raises(ExchangeUnknown):
        await queries.find_exchange(bob.person_id, exchange)
    assert await contacts(alice, exchange) == []
    for member in (alice, bob):
        assert await queries.mine_exchanges(member.person_id) == []
    with pytest.raises(MoveImpossible):
        await skills.thank(by(bob), bob, exchange)
    assert await told("exchange.thanked") == 0
    (blocked,) = await queries.blocked_by(alice.person_id)
    assert (blocked.public_id, blocked.name) == (bob.person_public_id, "Bob P.")
    assert await queries.blocked_by(bob.person_id) == []
    await skills.unblock(by(alice), alice, bob.person_public_id)
    assert await contacts(bob, exchange) == []


async def test_an_owner_is_blocked_from_the_listing_when_nothing_was_said_yet():
    """X9: nobody has to write to somebody first to be left alone by them."""
    alice, bob = await pair()
    listing, mine = await list_(alice, "Ourlets"), await list_(bob, "Pain")
    await skills.block_owner(by(bob), bob, listing)
    assert (await titles(bob), await titles(alice)) == (["Pain"], ["Ourlets"])
    with pytest.raises(ListingUnknown):
        await ask(alice, mine)


async def test_nobody_shows_a_contact_when_it_is_not_agreed_or_over():
    """X3: its owner says yes first; and what is done shows nobody anew."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    with pytest.raises(MoveImpossible):
        await skills.share(by(alice), alice, exchange, on=True)
    await skills.share(by(bob), bob, exchange, on=True)
    await skills.accept(by(alice), alice, exchange, shares=False)
    await skills.finish(by(bob), bob, exchange)
    with pytest.raises(MoveImpossible):
        await skills.share(by(alice), alice, exchange, on=True)
    assert await contacts(bob, exchange) == []


async def test_a_number_is_refused_when_it_comes_in_two_messages():
    """X3: until the other one has answered, what was written before counts."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    await skills.say(by(bob), bob, exchange, "Voici : 06 12 34", "1")
    with pytest.raises(ContactInWords):
        await skills.say(by(bob), bob, exchange, "et 56 78", "2")
    assert await fetch_value("SELECT count(*) FROM exchange_message") == 2


@pytest.mark.parametrize("blocker", [0, 1])
async def test_no_pair_is_proposed_when_one_of_the_two_blocked_the_other(blocker: int):
    """X5, X9: whoever of the two it was, and though they never talked about it."""
    both = await pair()
    listings = [
        await list_(both[0], "Ourlets"),
        await list_(both[1], "Ourlet", kind=ListingKind.REQUEST),
    ]
    assert len(await queries.pairs()) == 1
    member, listing = both[blocker], listings[1 - blocker]
    await skills.block_owner(by(member), member, listing)
    assert await queries.pairs() == []


async def test_no_pair_is_told_when_it_was_blocked_or_is_gone_since_the_page_was_opened():
    """X5, X9: the queue on the screen of staff is older than what neighbours did since."""
    alice, bob = await pair()
    chloe = await factories.add_member("Chloé", "Roux")
    offer = await list_(alice, "Ourlets")
    request = await list_(bob, "Ourlet", kind=ListingKind.REQUEST)
    other = await list_(chloe, "Un ourlet", kind=ListingKind.REQUEST)
    await skills.block_owner(by(alice), alice, request)
    await fetch("UPDATE person SET born_on = $2 WHERE id = $1", chloe.person_id, young())
    for unfit in (request, other):
        with pytest.raises(ListingUnknown):
            await skills.tell_pair(await staff(), offer, unfit, told=True)
    assert await told("skills.matched") == 0


def eighteen() -> date:
    """Tomorrow; nobody is eighteen on a 29 February, so that the day after it is taken then."""
    day = clock.today() + timedelta(days=1)
    return day + timedelta(days=1) if (day.month, day.day) == (2, 29) else day


def young() -> date:
    """Eighteen on that day."""
    return eighteen().replace(year=eighteen().year - 18)


async def test_a_minor_is_met_by_nobody_when_the_birth_date_says_so():
    """X9: even where a household was noted as adults; on the day of eighteen it is over."""
    alice, bob = await pair()
    listing = await list_(alice)
    exchange, asked = await agreed(bob, alice, title="Ourlets"), await ask(bob, listing)
    await skills.share(by(bob), bob, exchange, on=True)
    await skills.share(by(alice), alice, exchange, on=True)
    await fetch("UPDATE person SET born_on = $2 WHERE id = $1", alice.person_id, young())
    assert await contacts(bob, exchange) == []
    assert await titles(bob) == []
    with pytest.raises(ListingUnknown):
        await ask(bob, listing)
    with pytest.raises(MoveImpossible):
        await skills.say(by(bob), bob, exchange, "Bonjour", "1")
    with pytest.raises(MoveImpossible):
        await skills.accept(by(alice), alice, asked, shares=True)
    for act in (list_(alice, "Autre"), skills.say(by(alice), alice, exchange, "Oui", "2")):
        with pytest.raises((NotForMinors, MoveImpossible)):
            await act
    with clock.travel(eighteen() - clock.today()):
        assert "Je répare les vélos" in await titles(bob)
        await list_(alice, "Autre")


@pytest.mark.parametrize("gone", ["left", "ended"])
async def test_contact_is_hidden_when_the_other_one_has_gone(gone: str):
    """X3: who left the club cannot hide it any more themselves; nobody writes to them either."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice), shares=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    if gone == "left":
        await fetch(
            "UPDATE household_member SET left_on = $2 WHERE person = $1",
            alice.person_id,
            clock.today(),
        )
    else:
        await fetch(
            "UPDATE household SET ended_at = $2 WHERE id = $1", alice.household_id, clock.now()
        )
    assert await contacts(bob, exchange) == []
    with pytest.raises(MoveImpossible):
        await skills.say(by(bob), bob, exchange, "Vous êtes là ?", "1")
    await skills.withdraw(by(bob), bob, exchange)


async def test_no_open_exchange_is_left_when_one_asks_while_the_other_blocks():
    """X9: whichever comes first, ten times over."""
    alice, bob = await pair()
    first = await ask(bob, await list_(alice, "Ourlets"))
    for number in range(10):
        listing = await list_(alice, f"Annonce {number}")
        await fetch("DELETE FROM tries")
        await fetch("UPDATE exchange SET changed_at = changed_at - interval '2 days'")
        answers = await asyncio.gather(
            ask(bob, listing), skills.block(by(alice), alice, first), return_exceptions=True
        )
        for each in answers:
            assert not isinstance(each, Exception) or isinstance(
                each, ListingUnknown | ExchangeUnknown | DatabaseBusy
            )
        if isinstance(answers[1], DatabaseBusy):
            await skills.block(by(alice), alice, first)
        assert await fetch_value("SELECT count(*) FROM exchange WHERE state = 'asked'") == 0
        await skills.unblock(by(alice), alice, bob.person_public_id)


async def test_one_of_two_acts_wins_when_both_come_at_once():
    """X3: accepted and withdrawn in the same moment: no contact is shown of what was withdrawn."""
    alice, bob = await pair()
    for number in range(5):
        await fetch("DELETE FROM tries")
        await fetch("UPDATE exchange SET changed_at = changed_at - interval '2 days'")
        exchange = await ask(bob, await list_(alice, f"Annonce {number}"), shares=True)
        await asyncio.gather(
            skills.accept(by(alice), alice, exchange, shares=True),
            skills.withdraw(by(bob), bob, exchange),
            return_exceptions=True,
        )
        await skills.withdraw(by(bob), bob, exchange)
        read = await queries.find_exchange(bob.person_id, exchange)
        assert (read.state, read.other.contacts) == (ExchangeState.WITHDRAWN, ())


async def test_nothing_is_thanked_or_counted_when_the_club_closed_it():
    """X9: what staff closed after a report sends no more letters."""
    alice, bob = await pair()
    exchange = await done(bob, alice)
    await fetch("UPDATE exchange SET state = 'closed'")
    with pytest.raises(MoveImpossible):
        await skills.thank(by(bob), bob, exchange)
