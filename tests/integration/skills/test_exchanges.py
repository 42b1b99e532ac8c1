"""Two neighbours about a listing: through the club, contact by both, given up, done, thanked, blocked."""

from contextlib import suppress
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Busy
from backend.membership import service as membership
from backend.membership.queries import Member, find_member
from backend.notifications.gateway import Outgoing
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.errors import (
    AnswerAwaited,
    ContactInWords,
    ExchangeUnknown,
    ListingUnknown,
    MoveImpossible,
    NotForMinors,
    OwnListing,
)
from backend.skills.queries import ExchangePage
from backend.skills.rules import ExchangeState, ListingKind, Outcome, Wrong
from tests import factories
from tests.skills import agreed, ask, by, done, list_, staff, titles

pytestmark = pytest.mark.usefixtures("db")
ALICE, BOB = "alice@example.org", "06 39 98 11 22"


async def pair() -> tuple[Member, Member]:
    """Alice, who has an e-mail, and Bob, who has a telephone."""
    alice = await factories.add_member("Alice", "Martin", ALICE)
    return alice, await factories.add_member("Bob", "Petit", BOB)


async def seen(member: Member, exchange: str) -> ExchangePage:
    return await queries.find_exchange(member.person_id, exchange)


async def contacts(member: Member, exchange: str) -> list[str]:
    return [each.value for each in (await seen(member, exchange)).other.contacts]


async def test_contact_is_hidden_when_only_one_shows_theirs():
    """X3: until both accept, whoever goes first; and hidden again when one takes it back."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice), shares=True)
    assert (await contacts(alice, exchange), await contacts(bob, exchange)) == ([], [])
    await skills.accept(by(alice), alice, exchange, shares=False)
    assert (await contacts(alice, exchange), await contacts(bob, exchange)) == ([], [])
    await skills.share(by(alice), alice, exchange, on=True)
    assert await contacts(alice, exchange) == ["+33639981122"]
    assert await contacts(bob, exchange) == [ALICE]
    await skills.share(by(bob), bob, exchange, on=False)
    assert (await contacts(alice, exchange), await contacts(bob, exchange)) == ([], [])


@pytest.mark.parametrize("end", ["withdraw", "block", "close"])
async def test_contact_is_hidden_again_when_an_exchange_is_given_up(end: str):
    """X3, X9."""
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice), shares=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    assert await contacts(bob, exchange) == [ALICE]
    if end == "close":
        await skills.report(by(bob), bob, Wrong.RUDE, "", exchange=exchange)
        (waiting,) = await queries.reports()
        await skills.answer_report(await staff(), waiting.public_id, Outcome.REMOVED)
    else:
        await getattr(skills, end)(by(alice), alice, exchange)
    assert await contacts(alice, exchange) == []
    if end != "block":
        assert await contacts(bob, exchange) == []


async def test_the_database_shows_no_contact_early_when_rows_are_written_by_hand():
    """X3: both shown while one has not accepted is no row; nor is a move nobody may make."""
    alice, bob = await pair()
    await ask(bob, await list_(alice), shares=True)
    for change in ("owner_shares_at = now()", "state = 'done'", "owner = asker", "asker = owner"):
        with pytest.raises(asyncpg.CheckViolationError):
            await fetch(f"UPDATE exchange SET {change}")


async def test_words_go_through_the_club_when_neighbours_talk():
    """X3: each reads the other's words, a third nobody's, and no mail holds them."""
    alice, bob = await pair()
    chloe = await factories.add_member("Chloé", "Roux")
    exchange = await ask(bob, await list_(alice), "Samedi vous irait ?")
    await skills.say(by(alice), alice, exchange, "Oui, à dix heures", "1")
    await skills.say(by(alice), alice, exchange, "Oui, à dix heures", "1")
    read = await seen(bob, exchange)
    assert [(each.own, each.words) for each in read.messages] == [
        (True, "Samedi vous irait ?"),
        (False, "Oui, à dix heures"),
    ]
    with pytest.raises(ExchangeUnknown):
        await seen(chloe, exchange)
    for verb in (skills.withdraw, skills.finish, skills.thank, skills.block, skills.refuse):
        with pytest.raises(ExchangeUnknown):
            await verb(by(chloe), chloe, exchange)
    rows = await fetch("SELECT payload FROM outbox WHERE key LIKE 'exchange.%'")
    mails = [msgspec.json.decode(row["payload"], type=Outgoing) for row in rows]
    assert len(mails) == 2
    for mail in mails:
        said = mail.subject + mail.text + mail.html
        for secret in ("Samedi", "dix heures", "Petit", "Martin", "39981122", "11 22", ALICE):
            assert secret not in said


async def test_a_number_is_refused_in_words_when_contact_is_hidden():
    """X3: the club passes words on, not numbers, until both show theirs."""
    alice, bob = await pair()
    listing = await list_(alice)
    with pytest.raises(ContactInWords):
        await ask(bob, listing, "Appelez-moi au 06 39 98 11 22")
    exchange = await ask(bob, listing)
    with pytest.raises(ContactInWords):
        await skills.say(by(alice), alice, exchange, "alice@example.org", "1")
    await skills.share(by(bob), bob, exchange, on=True)
    await skills.accept(by(alice), alice, exchange, shares=True)
    await skills.say(by(alice), alice, exchange, "Sonnez au 06 39 98 11 22", "2")
    assert (await seen(bob, exchange)).messages[-1].words == "Sonnez au 06 39 98 11 22"


async def test_one_exchange_comes_when_somebody_asks_twice():
    """Another key, another day: who has an open exchange about a listing gets that one."""
    alice, bob = await pair()
    listing = await list_(alice)
    first = await ask(bob, listing)
    assert await ask(bob, listing, "Encore moi") == first
    assert await fetch_value("SELECT count(*) FROM exchange") == 1


async def test_asking_is_limited_when_somebody_writes_to_everybody():
    """X3: rate limits, for who asks and for who talks."""
    alice, bob = await pair()
    listings = [await list_(alice, f"Annonce {number}") for number in range(7)]
    for listing in listings[:6]:
        await ask(bob, listing)
    with pytest.raises(Busy):
        await ask(bob, listings[6])
    for row in await fetch("SELECT public_id FROM exchange ORDER BY id"):
        exchange = row["public_id"]
        for number in range(5):
            with suppress(AnswerAwaited):
                await skills.say(by(bob), bob, exchange, "Bonjour", f"{exchange}{number}")
    with pytest.raises(Busy):
        await skills.say(by(bob), bob, exchange, "Bonjour", "30")
    with clock.travel(timedelta(days=1, hours=1)):
        await ask(bob, listings[6])


async def test_own_listings_and_minors_are_left_alone_when_somebody_asks():
    """X9: minors can neither ask nor be asked; nobody of a household answers itself."""
    alice, bob = await pair()
    listing = await list_(alice)
    with pytest.raises(OwnListing):
        await ask(alice, listing)
    child = await membership.add_child(by(bob), bob.household_id, "Léo", "Petit")
    young = await find_member(child)
    assert young is not None
    with pytest.raises(NotForMinors):
        await ask(young, listing)
    await fetch("UPDATE household_member SET adult = false WHERE person = $1", alice.person_id)
    with pytest.raises(ListingUnknown):
        await ask(bob, listing)


async def test_it_is_agreed_done_and_thanked_when_all_goes_well():
    """X6: and each sees how often they helped and were helped, privately."""
    alice, bob = await pair()
    exchange = await done(bob, alice)
    with pytest.raises(MoveImpossible):
        await skills.thank(by(alice), alice, exchange)
    await skills.thank(by(bob), bob, exchange)
    await skills.thank(by(bob), bob, exchange)
    assert (await seen(alice, exchange)).thanked_at is not None
    assert await queries.given_and_received(alice.person_id) == (1, 0)
    assert await queries.given_and_received(bob.person_id) == (0, 1)
    await done(alice, bob, title="Cherche un piano", kind=ListingKind.REQUEST)
    assert await queries.given_and_received(alice.person_id) == (2, 0)
    kinds = [row["kind"] for row in await fetch("SELECT kind FROM message")]
    assert kinds.count("exchange.thanked") == 1


@pytest.mark.parametrize("verb", ["accept", "refuse", "withdraw", "finish"])
async def test_a_second_tap_changes_nothing_when_a_button_is_pressed_twice(verb: str):
    alice, bob = await pair()
    exchange = await agreed(bob, alice) if verb == "finish" else await ask(bob, await list_(alice))
    more = {"shares": False} if verb == "accept" else {}
    await getattr(skills, verb)(by(alice), alice, exchange, **more)
    before = await fetch_value("SELECT count(*) FROM message")
    await getattr(skills, verb)(by(alice), alice, exchange, **more)
    assert await fetch_value("SELECT count(*) FROM message") == before


async def test_only_who_was_asked_answers_when_the_asker_tries():
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    for verb in (skills.refuse,):
        with pytest.raises(MoveImpossible):
            await verb(by(bob), bob, exchange)
    with pytest.raises(MoveImpossible):
        await skills.accept(by(bob), bob, exchange, shares=True)
    with pytest.raises(MoveImpossible):
        await skills.share(by(alice), alice, exchange, on=True)


async def test_nothing_more_is_said_when_an_exchange_is_over():
    alice, bob = await pair()
    exchange = await ask(bob, await list_(alice))
    await skills.refuse(by(alice), alice, exchange)
    with pytest.raises(MoveImpossible):
        await skills.say(by(bob), bob, exchange, "S'il vous plaît", "1")
    assert (await seen(bob, exchange)).state == ExchangeState.REFUSED


async def test_two_never_meet_again_when_one_blocked_the_other():
    """X9: neither in search, on a page nor by asking, both ways; and matching leaves them apart."""
    alice, bob = await pair()
    hers = await list_(alice, "Ourlets")
    his = await list_(bob, "Cherche ourlets", kind=ListingKind.REQUEST)
    exchange = await ask(bob, hers)
    assert (await titles(bob), await titles(alice)) != ([], [])
    await skills.block(by(alice), alice, exchange)
    assert [each for each in await titles(bob) if each == "Ourlets"] == []
    assert [each for each in await titles(alice) if each == "Cherche ourlets"] == []
    for member, listing in ((bob, hers), (alice, his)):
        with pytest.raises(ListingUnknown):
            await ask(member, listing)
    with pytest.raises(MoveImpossible):
        await skills.say(by(bob), bob, exchange, "Pourquoi ?", "1")
    assert await queries.pairs() == []
    await skills.unblock(by(alice), alice, bob.person_public_id)
    assert "Ourlets" in await titles(bob)
