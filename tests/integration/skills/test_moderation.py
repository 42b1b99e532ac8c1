"""What staff see and do: reports within a delay, pairs with their reasons, settings."""

from datetime import timedelta

import pytest

from backend.audit.errors import OwnCase
from backend.audit.service import SYSTEM
from backend.campaigns import neighbours, quoted
from backend.campaigns import queries as campaigns
from backend.campaigns.errors import NothingNew
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership.queries import find_member
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.errors import (
    ListingUnknown,
    MoveImpossible,
    OwnListing,
    ReportUnknown,
    SettingsWrong,
)
from backend.skills.queries import Settings, matching
from backend.skills.rules import Category, ListingKind, Outcome, Place, Wrong
from tests import factories
from tests.skills import agreed, ask, by, list_, review, staff, titles

pytestmark = pytest.mark.usefixtures("db")


async def test_a_report_is_tracked_until_staff_answer_it():
    """X9: who, about what, since when, and late after three days; told to whoever reported."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    clerk, listing = await staff(), await list_(alice, "Grosse affaire")
    await skills.report(by(bob), bob, Wrong.SELLING, "Il vend", listing=listing)
    await skills.report(by(bob), bob, Wrong.SELLING, "Il vend", listing=listing)
    (waiting,) = await queries.reports()
    assert (waiting.about, waiting.reporter, waiting.wrong, waiting.words, waiting.late) == (
        "Alice Martin",
        "Bob Petit",
        Wrong.SELLING,
        "Il vend",
        False,
    )
    with clock.travel(timedelta(days=3, minutes=1)):
        assert (await queries.reports())[0].late
    await skills.answer_report(clerk, waiting.public_id, Outcome.REMOVED)
    await skills.answer_report(clerk, waiting.public_id, Outcome.NOTHING)
    assert await titles(bob) == []
    assert await queries.reports() == []
    (answered,) = await queries.reports(answered=True)
    assert answered.outcome == Outcome.REMOVED
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'skills.answered'") == 1
    with pytest.raises(ReportUnknown):
        await skills.answer_report(clerk, "nothing", Outcome.NOTHING)


async def test_words_are_taken_away_when_a_report_of_an_exchange_is_right():
    """X9: the words of the one who was reported, and the exchange is closed."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    exchange = await ask(bob, await list_(alice), "Insulte")
    await skills.say(by(alice), alice, exchange, "Pardon ?", "1")
    await skills.report(by(alice), alice, Wrong.RUDE, "", exchange=exchange)
    (waiting,) = await queries.reports()
    assert (waiting.about, waiting.said) == ("Bob Petit", "Insulte")
    await skills.answer_report(await staff(), waiting.public_id, Outcome.REMOVED)
    read = await queries.find_exchange(alice.person_id, exchange)
    assert [(each.words, each.hidden) for each in read.messages] == [
        ("", True),
        ("Pardon ?", False),
    ]
    assert read.state == "closed"


async def test_nobody_is_brought_together_when_staff_have_taken_the_listing_away():
    """X3, X9: what was open about it is closed too, and shows nobody's contact."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    listing = await list_(alice)
    exchange = await ask(bob, listing, shares=True)
    await skills.report(by(bob), bob, Wrong.DANGEROUS, "", listing=listing)
    (waiting,) = await queries.reports()
    await skills.answer_report(await staff(), waiting.public_id, Outcome.REMOVED)
    with pytest.raises(MoveImpossible):
        await skills.accept(by(alice), alice, exchange, shares=True)
    read = await queries.find_exchange(bob.person_id, exchange)
    assert (read.state, read.me.shares, read.other.contacts) == ("closed", False, ())


async def test_nobody_of_the_house_decides_when_it_is_about_themselves():
    """X8, X9: neither what they put up, nor what is said of them or what they said."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    listing = await list_(alice, "Je fais des piqûres")
    version = await fetch_value("SELECT version FROM listing WHERE public_id = $1", listing)
    for verdict in (skills.allow, skills.refuse_listing):
        with pytest.raises(OwnCase):
            await verdict(by(alice), listing, version)
    await skills.report(by(bob), bob, Wrong.RUDE, "", listing=await list_(alice))
    (waiting,) = await queries.reports()
    for party in (alice, bob):
        with pytest.raises(OwnCase):
            await skills.answer_report(by(party), waiting.public_id, Outcome.NOTHING)
    assert await queries.reports() == [waiting]


async def test_somebody_reports_when_their_dues_are_over():
    """X9: who is bothered says so, dues or not."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    exchange = await agreed(bob, alice)
    await fetch(
        "UPDATE period SET cancelled_at = $2 WHERE household = $1", bob.household_id, clock.now()
    )
    late = await find_member(bob.person_id)
    assert late is not None
    await skills.report(by(late), late, Wrong.RUDE, "", exchange=exchange)
    assert len(await queries.reports()) == 1


async def test_only_what_one_sees_is_reported_when_numbers_are_guessed():
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    chloe = await factories.add_member("Chloé", "Roux")
    listing = await list_(alice)
    await ask(bob, listing)
    with pytest.raises(OwnListing):
        await skills.report(by(alice), alice, Wrong.RUDE, "", listing=listing)
    exchange = await fetch_value("SELECT public_id FROM exchange")
    with pytest.raises(Exception, match="échange"):
        await skills.report(by(chloe), chloe, Wrong.RUDE, "", exchange=exchange)
    await skills.end(by(alice), alice.person_id, listing)
    with pytest.raises(ListingUnknown):
        await skills.report(by(chloe), chloe, Wrong.RUDE, "", listing=listing)


async def test_pairs_are_proposed_with_their_reasons_when_they_fit():
    """X5: words, place, time and nearness; told to both once, then no more."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    clerk = await staff()
    offer = await list_(
        alice, "Ourlets et couture", category=Category.SEWING, slots=(0, 5), place=Place.AT_MINE
    )
    await list_(alice, "Réparer un vélo")
    request = await list_(
        bob,
        "Ourlet de rideaux",
        kind=ListingKind.REQUEST,
        category=Category.SEWING,
        slots=(5, 6),
        place=Place.AT_THEIRS,
    )
    (pair,) = await queries.pairs()
    assert (pair.offer.public_id, pair.request.public_id) == (offer, request)
    assert (pair.words, pair.slots, pair.same_residence) == (("ourlet",), (5,), False)

    await skills.tell_pair(clerk, offer, request, told=True)
    await skills.tell_pair(clerk, offer, request, told=True)
    assert await queries.pairs() == []
    told = await fetch("SELECT person FROM message WHERE kind = 'skills.matched' ORDER BY person")
    assert [row["person"] for row in told] == sorted([alice.person_id, bob.person_id])


@pytest.mark.parametrize(
    "apart",
    [
        {"slots": (1,), "place": Place.ANYWHERE},
        {"slots": (5,), "place": Place.AT_MINE},
        {"category": Category.ANIMALS, "title": "Promener mon chien"},
    ],
)
async def test_no_pair_is_proposed_when_time_place_or_words_do_not_meet(apart: dict[str, object]):
    """X5."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    await list_(alice, "Ourlets", category=Category.SEWING, slots=(5,), place=Place.AT_MINE)
    said = {"title": "Ourlet", "category": Category.SEWING, "kind": ListingKind.REQUEST, **apart}
    await list_(bob, **said)
    assert await queries.pairs() == []


async def test_nobody_is_paired_when_they_already_talk_or_live_together():
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    await list_(alice, "Cherche ourlet", kind=ListingKind.REQUEST)
    await agreed(bob, alice, title="Ourlets")
    await list_(alice, "Couture ourlets")
    assert await queries.pairs() == []


async def test_a_pair_stays_aside_when_staff_put_it_there():
    """X5."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    offer = await list_(alice, "Ourlets")
    request = await list_(bob, "Ourlet", kind=ListingKind.REQUEST)
    await skills.tell_pair(await staff(), offer, request, told=False)
    assert await queries.pairs() == []
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'skills.matched'") == 0
    with pytest.raises(ListingUnknown):
        await skills.tell_pair(SYSTEM, request, offer, told=True)


async def test_the_letter_of_the_week_is_drafted_when_something_is_new():
    """X2, X3: what runs, of seven days, by first name and residence; what ended or waits is left out."""
    alice, clerk = await factories.add_member("Aliénor", "Martin", "a@example.org"), await staff()
    with pytest.raises(NothingNew):
        await neighbours.draft_letter(clerk)
    await skills.end(by(alice), alice.person_id, await list_(alice, "Finie"))
    await list_(alice, "Coupe de cheveux")
    listing = await list_(alice, "Ourlets")
    found = await campaigns.get_campaign(await neighbours.draft_letter(clerk))
    assert (listing in found.body, "Ourlets (Aliénor)" in found.body) == (True, True)
    for secret in ("Martin", "a@example.org", "Finie", "Coupe de cheveux"):
        assert secret not in found.body + found.sms
    with clock.travel(timedelta(days=8)), pytest.raises(NothingNew):
        await neighbours.draft_letter(clerk)


async def test_it_is_new_this_week_when_staff_let_it_through_today():
    """X2: what waited for a yes, the member's or staff's, is news when neighbours may see it."""
    alice, clerk = await factories.add_member(), await staff()
    listing = await list_(alice, "Coupe de cheveux")
    with clock.travel(timedelta(days=10)):
        with pytest.raises(NothingNew):
            await neighbours.draft_letter(clerk)
        await review(listing, yes=True)
        found = await campaigns.get_campaign(await neighbours.draft_letter(clerk))
    assert "Coupe de cheveux" in found.body


async def test_the_letter_leaves_out_what_is_over_when_it_leaves_late():
    """X2, X9: expired, ended or blocked since it was written, for this reader or for all."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    chloe, clerk = await factories.add_member("Chloé", "Roux"), await staff()
    listing, theirs = await list_(alice, "Ourlets"), await list_(chloe, "Pain")
    await list_(chloe, "Un vélo ?", kind=ListingKind.REQUEST)
    body = (await campaigns.get_campaign(await neighbours.draft_letter(clerk))).body
    assert await quoted.for_reader(body, bob.person_id) == body
    await skills.block_owner(by(bob), bob, listing)
    for_bob = await quoted.for_reader(body, bob.person_id)
    assert ("Ourlets" in for_bob, "Pain" in for_bob) == (False, True)
    assert await quoted.for_reader(body, None) == body
    await skills.end(by(chloe), chloe.person_id, theirs)
    for_bob = await quoted.for_reader(body, bob.person_id)
    assert "On propose" not in for_bob
    assert "Un vélo ?" in for_bob
    with clock.travel(timedelta(days=61)):
        late = await quoted.for_reader(body, None)
        assert "/entraide/" not in late
    assert await quoted.for_reader("Bonjour,\n\nÀ bientôt !", None) == "Bonjour,\n\nÀ bientôt !"


async def test_settings_hold_together_when_they_are_changed():
    """X2: the club may say other days; nonsense is refused."""
    await skills.set_settings(SYSTEM, Settings(listed_days=30))
    alice = await factories.add_member()
    await list_(alice)
    assert await fetch_value("SELECT expires_on FROM listing") == clock.today() + timedelta(days=30)
    for wrong in (
        Settings(listed_days=0),
        Settings(warn_minutes=1300),
        Settings(most_minutes=9000),
    ):
        with pytest.raises(SettingsWrong):
            await skills.set_settings(SYSTEM, wrong)


async def test_others_get_their_turn_when_nobody_can_help_those_who_wait_longest(
    monkeypatch: pytest.MonkeyPatch,
):
    """X5: requests without an offer do not stand in the way, nor do pairs that staff put aside."""
    alice, bob = await factories.add_member(), await factories.add_member("Bob", "Petit")
    clerk, offers = (
        await staff(),
        [await list_(alice, "Ourlets"), await list_(alice, "Ourlets, rideaux")],
    )
    chloe = await factories.add_member("Chloé", "Roux")
    for number in range(15):
        for member in (bob, chloe):
            await list_(
                member, f"Rareté {number}", kind=ListingKind.REQUEST, category=Category.ANIMALS
            )
    request = await list_(bob, "Ourlet", kind=ListingKind.REQUEST)
    found = await queries.pairs()
    assert [(each.offer.public_id, each.request.public_id) for each in found] == [
        (offers[1], request),
        (offers[0], request),
    ]
    monkeypatch.setattr(matching, "_TOGETHER", 1)  # what is read at once is taken
    await skills.tell_pair(clerk, offers[0], request, told=False)
    assert [each.offer.public_id for each in await queries.pairs()] == [offers[1]]
