"""What staff look at before neighbours do (X8), and the yes that each listing has (X1)."""

import asyncio

import pytest

from backend.kit.database import DatabaseBusy, fetch, fetch_value
from backend.membership.queries import Member
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.errors import KindFixed, ListingMoved, TooManyListings
from backend.skills.rules import MOST_LISTINGS, ListingKind, Words
from tests import factories
from tests.skills import by, done, list_, review, staff, titles, words

pytestmark = pytest.mark.usefixtures("db")


async def change(member: Member, listing: str, said: Words) -> None:
    mine = await queries.find_mine(member.person_id, listing)
    await skills.change(by(member), member.person_id, listing, mine.version, said)


async def test_staff_say_yes_to_what_they_read_when_its_owner_changes_it_meanwhile():
    """X8: the page of staff is older than the words; their yes is for none but those they read."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    listing = await list_(alice, "Ménage", weekly=True)
    (read,) = await queries.to_review()
    await change(alice, listing, words("Massages du dos"))
    with pytest.raises(ListingMoved):
        await skills.allow(await staff(), listing, read.version)
    assert await titles(bob) == []


async def test_a_refused_listing_waits_again_when_its_owner_rewords_it():
    """X8: whoever was refused does not publish the same with one word less."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    listing = await list_(alice, "Coupe de cheveux")
    await review(listing, yes=False)
    await change(alice, listing, words("Je rafraîchis les franges"))
    assert await titles(bob) == []
    assert [each.title for each in await queries.to_review()] == ["Je rafraîchis les franges"]


async def test_what_staff_allowed_waits_when_the_trade_is_said_afterwards():
    """X8: they had said yes to a weekly service, not to somebody's own work."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    listing = await list_(alice, "Peindre une chambre", weekly=True)
    await review(listing, yes=True)
    await skills.set_trade(by(alice), alice.person_id, "Peintre")
    assert await titles(bob) == []
    await review(listing, yes=True)
    await skills.set_trade(by(alice), alice.person_id, "peintre")
    assert await titles(bob) == ["Peindre une chambre"]


async def test_no_listing_slips_through_when_the_trade_is_said_at_the_same_moment():
    """X8: ten times, whichever of the two comes first."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    for number in range(10):
        await skills.set_trade(by(alice), alice.person_id, "")
        answers = await asyncio.gather(
            list_(alice, f"Peindre {number}"),
            skills.set_trade(by(alice), alice.person_id, "peintre"),
            return_exceptions=True,
        )
        assert not [
            e for e in answers if isinstance(e, Exception) and not isinstance(e, DatabaseBusy)
        ]
        await skills.set_trade(by(alice), alice.person_id, "peintre")
        assert await titles(bob) == []


async def test_an_offer_stays_an_offer_when_hours_hang_on_it():
    """X6, X7: or whoever was helped could turn the hours round."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    await done(bob, alice, title="Ourlets")
    listing = await fetch_value("SELECT public_id FROM listing")
    with pytest.raises(KindFixed):
        await change(alice, listing, words("Ourlets", kind=ListingKind.REQUEST))
    assert await queries.given_and_received(alice.person_id) == (1, 0)


async def test_renewing_stops_at_the_limit_when_others_run_meanwhile():
    """X2: twenty that had run out beside twenty new ones are not forty."""
    alice = await factories.add_member()
    first = await list_(alice, "La première")
    await fetch("UPDATE listing SET expires_on = expires_on - 90")
    for number in range(MOST_LISTINGS):
        await list_(alice, f"Annonce {number}")
    with pytest.raises(TooManyListings):
        await skills.renew(by(alice), alice.person_id, first)
