"""A listing's life: found by neighbours, renewed in one tap, noted by staff, looked at when the law asks."""

from datetime import datetime, time, timedelta

import asyncpg
import pytest

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.kit.zone import PARIS
from backend.membership import service as membership
from backend.membership.queries import Member, find_member
from backend.people.rules import Source
from backend.skills import jobs, queries, rules
from backend.skills import service as skills
from backend.skills.errors import (
    AgreementMissing,
    ListingMoved,
    ListingUnknown,
    NotForMinors,
    SkillDuesNeeded,
    TooManyListings,
)
from backend.skills.queries import listings
from backend.skills.rules import Category, ListingKind, Review
from backend.skills.service import Entry
from tests import factories
from tests.conftest import Database
from tests.integration.statements import statements
from tests.pictures import picture
from tests.skills import by, list_, review, staff, titles, words
from web.desk import traces

pytestmark = pytest.mark.usefixtures("db")


async def neighbour(name: str = "Bob", **wish: object) -> Member:
    return await factories.add_member(name, "Petit", **wish)


async def at_home(name: str, dwelling_id: int) -> Member:
    """A tenant of this dwelling."""
    member = await factories.add_member(name, "Petit")
    await fetch(
        "UPDATE household SET dwelling = $2 WHERE id = $1", member.household_id, dwelling_id
    )
    found = await find_member(member.person_id)
    assert found is not None
    return found


async def test_a_neighbour_finds_it_when_it_is_searched_with_a_slip():
    """X4: without accents, with one wrong letter, by its category and kind."""
    alice, bob = await factories.add_member(), await neighbour()
    await list_(alice, "Petite électricité", category=Category.REPAIRS)
    await list_(alice, "Cours de piano", category=Category.ARTS, kind=ListingKind.REQUEST)

    for said in ("electricite", "ELECTRICITÉ", "élektricité", "electicite", "petite electricite"):
        assert await titles(bob, said) == ["Petite électricité"], said
    assert await titles(bob, "couture") == []
    assert await titles(bob, "electricite piano") == []
    assert await titles(bob, category=Category.ARTS) == ["Cours de piano"]
    assert await titles(bob, kind=ListingKind.OFFER) == ["Petite électricité"]
    assert (await queries.search(bob, "elektricite")).forgiven
    assert not (await queries.search(bob, "électricité")).forgiven


async def test_the_same_residence_comes_first_when_several_are_found():
    """X4: then what is written as asked, then the newest."""
    here, there = await factories.add_dwelling("L/1"), await factories.add_dwelling("L/2")
    reader = await at_home("Alice", here)
    await list_(await at_home("Bob", here), "Vélo crevé, je viens")
    await list_(await at_home("Chloé", there), "Réparer un vélo")
    await list_(await at_home("Denis", there), "Réparer un vello")

    assert await titles(reader, "vélo") == [
        "Vélo crevé, je viens",
        "Réparer un vélo",
        "Réparer un vello",
    ]
    found = await queries.search(reader, "velo")
    assert [each.near for each in found.listings] == [True, False, False]


async def test_pages_follow_when_there_are_many():
    alice, bob = await factories.add_member(), await neighbour()
    for number in range(rules.MOST_LISTINGS):
        await list_(alice, f"Annonce {number}")
    await list_(bob, "Une de plus")
    first, second = await queries.search(bob), await queries.search(bob, page=2)
    assert (len(first.listings), first.more) == (queries.PAGE, True)
    assert (len(second.listings), second.more) == (1, False)


async def test_it_runs_out_and_is_renewed_in_one_tap_when_its_days_are_over():
    """X2: sixty days, the last one included; then nowhere until somebody taps."""
    alice, bob = await factories.add_member(), await neighbour()
    listing = await list_(alice)
    today = clock.today()
    with clock.travel(timedelta(days=1)), pytest.raises(ListingMoved):
        await skills.renew(by(alice), alice.person_id, listing)

    with clock.travel(timedelta(days=60)):
        assert await titles(bob) == ["Je répare les vélos"]
    with clock.travel(timedelta(days=61)):
        assert await titles(bob) == []
        assert await titles(bob, "velos") == []
        with pytest.raises(ListingUnknown):
            await queries.get_listing(bob, listing)
        until = await skills.renew(by(alice), alice.person_id, listing)
        assert until == today + timedelta(days=121)
        assert await skills.renew(by(alice), alice.person_id, listing) == until
        assert await titles(bob) == ["Je répare les vélos"]


async def test_nobody_finds_it_when_its_owner_may_not_show_it():
    """X2, X9: ended, dues long unpaid, gone."""
    alice, bob = await factories.add_member(), await neighbour()
    listing = await list_(alice)
    assert await titles(bob) == ["Je répare les vélos"]
    with clock.travel(timedelta(days=365 + 40)):
        await fetch("UPDATE listing SET expires_on = $1", clock.today())
        renewed = await neighbour("Chloé")
        assert await titles(renewed) == []
    await fetch("UPDATE listing SET expires_on = $1", clock.today())
    await skills.end(by(alice), alice.person_id, listing)
    await skills.end(by(alice), alice.person_id, listing)
    assert await titles(bob) == []


async def test_staff_note_a_skill_when_its_owner_said_yes():
    """X1: it is shown after the recorded agreement, which says who heard it and the words read."""
    alice, bob, clerk = await factories.add_member(), await neighbour(), await staff()
    quiet = Entry(words=words("Ourlets"), source=Source.DESK, agreed=False)
    listing = await skills.enter(clerk, alice, quiet, codes.random_id())
    assert await titles(bob) == []

    await skills.agree_for(clerk, alice.person_id, listing, Source.PHONE)
    row = (await fetch("SELECT * FROM listing"))[0]
    assert (row["agreed_where"], row["heard_by"], row["text_shown"]) == (
        "phone",
        clerk.id,
        rules.AGREEMENT,
    )
    assert await titles(bob) == ["Ourlets"]
    with pytest.raises(AgreementMissing):
        await skills.agree_for(clerk, alice.person_id, listing, Source.ONLINE)


async def test_its_owner_says_yes_online_when_staff_noted_it():
    """X1."""
    alice, bob, clerk = await factories.add_member(), await neighbour(), await staff()
    quiet = Entry(words=words("Ourlets"), source=Source.DESK, agreed=False)
    listing = await skills.enter(clerk, alice, quiet, codes.random_id())
    await skills.agree(by(alice), alice.person_id, listing)
    assert await titles(bob) == ["Ourlets"]
    assert await fetch_value("SELECT heard_by FROM listing") is None


async def test_the_database_shows_nothing_without_a_yes_when_rows_are_written_by_hand(
    db: Database,
):
    """X1: an agreement without its words, or without who heard it, is no row."""
    alice, clerk = await factories.add_member(), await staff()
    await skills.enter(clerk, alice, Entry(words=words(), source=Source.DESK, agreed=False), "k")
    for change in (
        "agreed_at = now()",
        "agreed_at = now(), agreed_where = 'desk', text_shown = 'oui'",
        "agreed_at = now(), agreed_where = 'online'",
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await fetch(f"UPDATE listing SET {change}")


async def test_one_listing_comes_when_the_same_form_is_sent_twice():
    alice = await factories.add_member()
    entry = Entry(words=words())
    first = await skills.enter(by(alice), alice, entry, "once")
    assert await skills.enter(by(alice), alice, entry, "once") == first
    assert await fetch_value("SELECT count(*) FROM listing") == 1


async def test_a_child_cannot_post_when_its_household_is_in_good_standing():
    """X9: minors cannot post."""
    alice = await factories.add_member()
    child = await membership.add_child(by(alice), alice.household_id, "Léo", "Martin")
    found = await find_member(child)
    assert found is not None
    with pytest.raises(NotForMinors):
        await list_(found)


async def test_nobody_posts_when_the_dues_are_not_paid():
    joined = await factories.add_household()
    member = await find_member(joined.person_id)
    assert member is not None
    with pytest.raises(SkillDuesNeeded):
        await list_(member)


async def test_there_are_so_many_open_listings_when_somebody_posts_all_day():
    alice = await factories.add_member()
    for number in range(rules.MOST_LISTINGS):
        await list_(alice, f"Annonce {number}")
    with pytest.raises(TooManyListings):
        await list_(alice, "Une de plus")


async def test_words_change_once_when_two_tabs_change_them():
    alice, bob = await factories.add_member(), await neighbour()
    listing = await list_(alice)
    mine = await queries.find_mine(alice.person_id, listing)
    await skills.change(
        by(alice), alice.person_id, listing, mine.version, words("Ourlets"), picture("PNG")
    )
    with pytest.raises(ListingMoved):
        await skills.change(by(alice), alice.person_id, listing, mine.version, words("Pain"))
    assert await titles(bob, "ourlet") == ["Ourlets"]
    assert await titles(bob, "vélo") == []
    assert (await queries.photo_of(bob, listing)).media_type.startswith("image/")


async def test_only_its_owner_changes_it_when_others_know_its_number():
    alice, bob = await factories.add_member(), await neighbour()
    listing = await list_(alice)
    for verb in (skills.end, skills.renew, skills.agree):
        with pytest.raises(ListingUnknown):
            await verb(by(bob), bob.person_id, listing)
    with pytest.raises(ListingUnknown):
        await skills.change(by(bob), bob.person_id, listing, 1, words())


async def test_it_waits_for_staff_when_the_law_asks():
    """X8: own trade, a regulated act or a weekly service; staff let it through, or not."""
    alice, bob = await factories.add_member(), await neighbour()
    await skills.set_trade(by(alice), alice.person_id, "Plombière")
    own, regulated = await list_(alice, "Plomberie"), await list_(alice, "Piqûres à domicile")
    await list_(alice, "Promener un chien")
    assert await titles(bob) == ["Promener un chien"]
    waiting = await queries.to_review()
    assert [(each.title, each.signs) for each in waiting] == [
        ("Plomberie", ["own_trade"]),
        ("Piqûres à domicile", ["regulated"]),
    ]
    await review(own, yes=True)
    await review(regulated, yes=False)
    await review(regulated, yes=False)
    assert await titles(bob, "plomberie") == ["Plomberie"]
    assert await titles(bob, "piqures") == []
    assert await queries.to_review() == []
    told = await fetch("SELECT kind FROM message WHERE person = $1 ORDER BY kind", alice.person_id)
    kinds = [row["kind"] for row in told]
    assert kinds.count("listing.allowed") == kinds.count("listing.refused") == 1
    mine = await queries.find_mine(alice.person_id, regulated)
    assert mine.review == Review.REFUSED


async def test_what_is_open_waits_when_its_owner_says_what_they_do():
    """X8: who says so afterwards is not shown meanwhile."""
    alice, bob = await factories.add_member(), await neighbour()
    await list_(alice, "Peindre une chambre")
    await skills.set_trade(by(alice), alice.person_id, "peintre")
    assert await titles(bob) == []
    assert [each.trade for each in await queries.to_review()] == ["peintre"]


async def test_a_changed_listing_is_looked_at_anew_when_staff_had_let_it_through():
    """X8: a yes is for the words that staff read."""
    alice, bob = await factories.add_member(), await neighbour()
    listing = await list_(alice, "Ménage", weekly=True)
    await review(listing, yes=True)
    assert await titles(bob) == ["Ménage"]
    mine = await queries.find_mine(alice.person_id, listing)
    await skills.change(
        by(alice), alice.person_id, listing, mine.version, words("Coupe de cheveux")
    )
    assert await titles(bob) == []


async def test_statements_stay_few_when_words_are_searched(db: Database):
    """PERF6: the words that are known, then the listings, however many are found."""
    alice, bob = await factories.add_member(), await neighbour()
    for number in range(12):
        await list_(alice, f"Vélo {number}")
    async with statements() as said:
        found = await queries.search(bob, "velo crevé vélos")
    assert len(said) == 1, "no word of ours is near: nothing to read"
    async with statements() as said:
        found = await queries.search(bob, "velos")
    assert (len(found.listings), len(said)) == (12, 2)


async def test_the_own_residence_comes_first_over_many_pages_when_others_are_newer():
    """X4: all of one's neighbours, the oldest too, before anybody else; nobody twice, nobody lost."""
    here, there = await factories.add_dwelling("L/1"), await factories.add_dwelling("L/2")
    reader = await at_home("Alice", here)
    near, far = await at_home("Bob", here), await at_home("Chloé", there)
    gone = await at_home("Denis", there)
    for member, count in ((near, 8), (far, 20), (near, 8), (gone, 5)):
        for _ in range(count):
            await list_(member, "Même titre")
    await fetch("UPDATE household SET ended_at = $2 WHERE id = $1", gone.household_id, clock.now())
    pages = [await queries.search(reader, "titre", page=page) for page in (1, 2, 3)]
    seen = [each for page in pages for each in page.listings]
    assert [each.near for each in seen] == [True] * 16 + [False] * 20
    assert len({each.public_id for each in seen}) == 36
    assert [page.more for page in pages] == [True, False, False]


async def test_its_last_day_ends_at_midnight_in_paris_when_the_server_counts_otherwise():
    """X2: not at one or two in the morning."""
    alice, bob = await factories.add_member(), await neighbour()
    await list_(alice)
    last = clock.today() + timedelta(days=60)
    midnight = datetime.combine(last + timedelta(days=1), time(), tzinfo=PARIS)
    with clock.travel(midnight - timedelta(minutes=1) - clock.now()):
        assert await titles(bob) == ["Je répare les vélos"]
        assert len(await queries.newest(ListingKind.OFFER, 5)) == 1
    with clock.travel(midnight + timedelta(minutes=1) - clock.now()):
        assert await titles(bob) == []
        assert await queries.newest(ListingKind.OFFER, 5) == []


async def test_a_photo_is_shown_to_nobody_when_its_listing_is_not():
    """X2, X9: neither to who was blocked nor after its end; its owner still sees it."""
    alice, bob = await factories.add_member(), await neighbour()
    entry = Entry(words=words(), photo=picture("PNG"))
    listing = await skills.enter(by(alice), alice, entry, "k")
    assert (await queries.photo_of(bob, listing)).content
    await skills.block_owner(by(alice), alice, await list_(bob, "Pain"))
    with pytest.raises(ListingUnknown):
        await queries.photo_of(bob, listing)
    await skills.unblock(by(alice), alice, bob.person_public_id)
    await skills.end(by(alice), alice.person_id, listing)
    with pytest.raises(ListingUnknown):
        await queries.photo_of(bob, listing)
    assert (await queries.photo_of(alice, listing)).content


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("couture", ["Ourlets", "Couture à la main"]),
        ("Coutur", ["Ourlets", "Couture à la main"]),
        ("cuture", ["Ourlets", "Couture à la main"]),
        ("animal", ["Je promène votre chien"]),
        ("cours", ["Aide en maths"]),
    ],
)
async def test_a_category_is_found_by_its_name_when_no_word_has_it(typed: str, found: list[str]):
    """X4: accents, an ending or a slip forgiven; « cours » names lessons, and not the errands."""
    alice, bob = await factories.add_member(), await neighbour()
    await list_(alice, "Couture à la main", category=Category.SEWING)
    await list_(alice, "Ourlets", category=Category.SEWING)
    await list_(alice, "Je promène votre chien", category=Category.ANIMALS)
    await list_(alice, "Aide en maths", category=Category.LESSONS)
    await list_(alice, "Je vais au marché", category=Category.ERRANDS)
    assert set(await titles(bob, typed)) == set(found)
    assert await titles(bob, f"{typed} plomberie") == []


async def test_pages_end_when_nobody_reads_so_far(monkeypatch: pytest.MonkeyPatch):
    """PERF6: the last page says that there are more; a later one is the last."""
    alice, bob = await factories.add_member(), await neighbour()
    monkeypatch.setattr(listings, "MOST_PAGES", 1)
    for number in range(queries.PAGE):
        await list_(alice, f"Vélo {number}")
    assert not (await queries.search(bob)).cut
    await list_(bob, "Encore un vélo")
    for page in (1, 2, 400):
        found = await queries.search(bob, page=page)
        assert (len(found.listings), found.more, found.cut) == (queries.PAGE, False, True)


async def test_owner_hears_a_week_before_a_listing_ends():
    """X2: once in a term, by day, by e-mail; on paper where there is no address; nothing where reminders
    are not wanted, or by SMS alone.
    """
    alice, odette = await factories.add_member(address="alice@example.org"), await neighbour()
    paul = await factories.add_member("Paul", "Roux", "0639981122")
    mine = [await list_(each) for each in (alice, odette, paul)]
    clerk = await staff()
    at_ten = datetime.combine(clock.today() + timedelta(days=54), time(10), tzinfo=PARIS)
    with clock.frozen(at_ten - timedelta(days=2)):
        await jobs.remind()
        assert await told() == []
    with clock.frozen(at_ten + timedelta(hours=12)):
        await jobs.remind()
        assert await told() == []
    with clock.frozen(at_ten):
        await jobs.remind()
        await jobs.remind()
        assert await told() == [(alice.person_id, "email"), (odette.person_id, "paper")]
        assert "finit le" in str(await traces.waiting(odette.person_id))
        await skills.renew(by(alice), alice.person_id, mine[0])
        await skills.end(clerk, odette.person_id, mine[1])
    with clock.frozen(at_ten + timedelta(days=59)):
        await jobs.remind()
        assert await told() == [
            (alice.person_id, "email"),
            (odette.person_id, "paper"),
            (alice.person_id, "email"),
        ]


async def told() -> list[tuple[int, str]]:
    rows = await fetch("SELECT person, way FROM message WHERE kind = 'listing.ending' ORDER BY id")
    return [(row["person"], row["way"]) for row in rows]
