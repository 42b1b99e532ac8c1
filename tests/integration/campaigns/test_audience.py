"""Whom a campaign reaches, and whom not, with the reason."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.errors import AudienceChanged, NobodyToTell
from backend.campaigns.queries import Rules
from backend.campaigns.rules import WEEK, Draft, Reason, Segment, Way
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership import service as membership
from tests import factories
from tests.conftest import Database
from tests.readers import NEWS, OFFERS, OFFERS_POST, OFFERS_SMS, add_reader, manager, say

WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    " AND datname = current_database()"
)
NEWSLETTER = Draft(subject="Au club", body="Un mot.")


async def reach(wish: Draft, partner: str = "") -> tuple[dict[Way, int], dict[Reason, int]]:
    campaign = await queries.get_campaign(await campaigns.draft(await manager(), wish, partner))
    seen = await queries.preview(campaign)
    return seen.reached, seen.left_out


async def recipients() -> list[int]:
    return [r["person"] for r in await fetch("SELECT person FROM campaign_recipient ORDER BY id")]


async def test_everybody_left_out_has_a_reason(db: Database):
    """N6: the preview shows the exact audience and exclusions with reasons."""
    await add_reader("Alice", "alice@example.org")
    await factories.add_member("Bob", "Petit", "bob@example.org")
    await add_reader("Carol", "carol@example.org", yes=())
    await add_reader("Dan", None)
    gone = await add_reader("Eve", "eve@example.org")
    await fetch(
        "UPDATE period SET during = daterange(current_date - 500, current_date - 100)"
        " WHERE household = $1",
        gone.household_id,
    )
    await add_reader("Fay", "fay@example.org")
    await fetch("INSERT INTO dead_address (value, at) VALUES ('fay@example.org', $1)", clock.now())
    reached, left_out = await reach(NEWSLETTER)
    assert reached == {Way.EMAIL: 1}
    assert left_out == {
        Reason.NO_CONSENT: 2,
        Reason.NO_ADDRESS: 1,
        Reason.NOT_MEMBER: 1,
        Reason.BOUNCED: 1,
    }


async def test_who_said_no_is_told_apart_from_who_was_not_asked(db: Database):
    """N6, N1."""
    alice = await add_reader("Alice", "alice@example.org")
    await say(alice.person_id)
    await factories.add_member("Bob", "Petit", "bob@example.org")
    assert await reach(NEWSLETTER) == ({}, {Reason.SAID_NO: 1, Reason.NO_CONSENT: 1})


async def test_news_and_offers_ask_for_their_own_yes(db: Database):
    """N1: consent is per purpose: the kind decides which one, nobody chooses."""
    partner = await factories.add_partner()
    await add_reader("Alice", "alice@example.org", yes=[NEWS])
    await add_reader("Bob", "bob@example.org", yes=[OFFERS])
    await add_reader("Carol", "carol@example.org", yes=[NEWS, OFFERS])
    assert (await reach(NEWSLETTER))[0] == {Way.EMAIL: 2}
    reached, left_out = await reach(NEWSLETTER, partner.public_id)
    assert (reached, left_out) == ({Way.EMAIL: 2}, {Reason.NO_CONSENT: 1})


async def test_first_possible_way_is_taken(db: Database):
    """N4: one row a person, by the first way that reaches them."""
    partner = await factories.add_partner()
    await add_reader("Alice", "alice@example.org", yes=[OFFERS, OFFERS_POST], street="1 rue")
    await add_reader("Bob", "0639981111", yes=[OFFERS, OFFERS_SMS])
    await add_reader("Carol", None, yes=[OFFERS_POST], street="3 rue Haute")
    await add_reader("Dan", None, yes=[OFFERS_POST], street="")
    wish = Draft(subject="O", body="Un mot.", sms="Un mot.", ways=(Way.EMAIL, Way.SMS, Way.PRINT))
    reached, left_out = await reach(wish, partner.public_id)
    assert reached == {Way.EMAIL: 1, Way.SMS: 1, Way.PRINT: 1}
    assert left_out == {Reason.NO_ADDRESS: 1}


async def test_segment_chooses_by_what_stands_in_the_data(db: Database):
    """N6: residence, landlord, priority district, site, children, language."""
    home = await factories.add_dwelling()
    alice = await add_reader("Alice", "alice@example.org")
    bob = await add_reader("Bob", "bob@example.org")
    await add_reader("Carol", "carol@example.org")
    await fetch("UPDATE household SET dwelling = $1 WHERE id = $2", home, alice.household_id)
    await fetch("UPDATE residence SET priority_district = true")
    await membership.add_child(SYSTEM, bob.household_id, "Tom", "Martin")
    await fetch("UPDATE person SET language = 'ar' WHERE id = $1", bob.person_id)
    residence = await fetch_value("SELECT id FROM residence")
    landlord = await fetch_value("SELECT id FROM landlord")
    for segment, people in (
        (Segment(), 3),
        (Segment(residences=(residence,)), 1),
        (Segment(residences=(residence + 1,)), 0),
        (Segment(landlords=(landlord,)), 1),
        (Segment(priority_district=True), 1),
        (Segment(with_children=True), 1),
        (Segment(languages=("ar", "en")), 1),
        (Segment(sites=(1,)), 0),
        (Segment(priority_district=True, with_children=True), 0),
    ):
        reached, left_out = await reach(Draft(subject="O", body="Un mot.", segment=segment))
        assert (sum(reached.values()), left_out) == (people, {}), segment


async def test_seen_audience_is_the_one_that_is_sent(db: Database):
    """N6: a launch that would reach another number than was seen is refused, and nothing is kept."""
    by = await manager()
    alice = await add_reader("Alice", "alice@example.org")
    public_id = await campaigns.draft(by, NEWSLETTER)
    seen = await queries.preview(await queries.get_campaign(public_id))
    bob = await add_reader("Bob", "bob@example.org")
    with pytest.raises(AudienceChanged):
        await campaigns.launch(by, public_id, seen.people)
    assert await recipients() == []
    assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'campaign.email'") == 0
    await campaigns.launch(by, public_id, 2)
    assert await recipients() == [alice.person_id, bob.person_id]


async def test_nobody_to_tell_is_no_campaign(db: Database):
    by = await manager()
    public_id = await campaigns.draft(by, NEWSLETTER)
    with pytest.raises(NobodyToTell):
        await campaigns.launch(by, public_id, 0)


async def partner_campaign(name: str) -> str:
    partner = await factories.add_partner(name)
    return await campaigns.draft(await manager(), NEWSLETTER, partner.public_id)


async def test_one_partner_message_a_week_across_partners(db: Database):
    """N6: the cap holds across partners, counts letters that still wait, and leaves news alone."""
    by = await manager()
    await add_reader("Alice", "alice@example.org")
    first, second = await partner_campaign("Chez Un"), await partner_campaign("Chez Deux")
    await campaigns.launch(by, first, 1, "essai")
    held = await queries.preview(await queries.get_campaign(second))
    assert (held.people, held.left_out) == (0, {Reason.CAPPED: 1})
    assert (await reach(NEWSLETTER))[0] == {Way.EMAIL: 1}
    await fetch(
        "UPDATE campaign_recipient SET outcome = 'sent', left_at = $1",
        clock.now() - WEEK + timedelta(minutes=1),
    )
    assert (await queries.preview(await queries.get_campaign(second))).people == 0
    await fetch("UPDATE campaign_recipient SET left_at = $1", clock.now() - WEEK)
    assert (await queries.preview(await queries.get_campaign(second))).people == 1


async def test_cap_is_a_setting(db: Database):
    """N6: default 1, as many as the club says."""
    by = await manager()
    await add_reader("Alice", "alice@example.org")
    first, second = await partner_campaign("Chez Un"), await partner_campaign("Chez Deux")
    assert await queries.rules() == Rules(1, "")
    await campaigns.launch(by, first, 1, "essai")
    await campaigns.set_rules(by, Rules(2, "36105"))
    await campaigns.launch(by, second, 1, "essai")
    assert len(await recipients()) == 2


async def test_cap_holds_when_two_are_launched_at_once(db: Database):
    """N6: of two launches at the same moment one sees what the other decided."""
    by = await manager()
    for number in range(5):
        await add_reader("Alice", f"a{number}@example.org")
    both = [await partner_campaign("Chez Un"), await partner_campaign("Chez Deux")]
    ended = await asyncio.gather(
        *(campaigns.launch(by, one, 5, "essai") for one in both), return_exceptions=True
    )
    assert sum(isinstance(each, DomainError) for each in ended) == 1
    assert len(await recipients()) == 5


async def test_launch_waits_when_another_one_decides(db: Database):
    """N6: who got what this week is read under the lock of all launches."""
    by = await manager()
    await add_reader("Alice", "alice@example.org")
    await campaigns.set_rules(by, Rules())
    wish = await partner_campaign("Chez Un")
    other = await asyncpg.connect(db.app_url)
    try:
        await other.execute("BEGIN; SELECT 1 FROM campaign_setting FOR UPDATE")
        launch = asyncio.create_task(campaigns.launch(by, wish, 1, "essai"))
        async with asyncio.timeout(30):
            while not launch.done() and not await fetch_value(WAITING):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)
        assert not launch.done()
        assert await recipients() == []
        await other.execute("COMMIT")
        await launch
    finally:
        await other.close()
    assert len(await recipients()) == 1
