"""A campaign that leaves by itself, at the hour that staff chose, to whoever it reaches then."""

from datetime import date, timedelta

import pytest

from backend.campaigns import planning, queries
from backend.campaigns import service as campaigns
from backend.campaigns.errors import (
    CampaignNotPlanned,
    CampaignPlanned,
    MomentFar,
    MomentPast,
    MomentSilent,
    RightsUsedUp,
)
from backend.campaigns.planning import LEAVE
from backend.campaigns.queries import Results, Rules
from backend.campaigns.rules import Draft, State, Way, moment_of
from backend.jobs import outbox as lanes
from backend.kit import clock
from backend.kit.clock import parse_instant
from backend.kit.database import fetch, fetch_value
from backend.merchants import service as merchants
from backend.notifications.post import Post
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import Kept, results, send_all
from tests.integration.campaigns.test_rights import add_contract
from tests.readers import OFFERS, OFFERS_SMS, add_reader, manager, say

NEWSLETTER = Draft(subject="Au club", body="Un mot.")
SMS = Draft(subject="La galette", body="", sms="La galette à 9 €.", ways=(Way.SMS,))
NOW = parse_instant("2026-11-23T09:00")
TOMORROW = parse_instant("2026-11-24T14:30")


async def planned(wish: Draft = NEWSLETTER, partner: str = "", reason: str = "") -> str:
    by = await manager()
    public_id = await campaigns.draft(by, wish, partner)
    await planning.plan(by, public_id, TOMORROW, reason)
    return public_id


async def test_campaign_leaves_at_its_hour_to_whoever_it_reaches_then(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N6, N4: nothing before its hour; who joined or said no since counts as on that day; once."""
    with clock.frozen(NOW):
        alice = await add_reader("Alice", "alice@example.org")
        public_id = await planned()
        await add_reader("Bob", "bob@example.org")
        await say(alice.person_id)
    with clock.frozen(TOMORROW - timedelta(minutes=1)):
        await send_all(ways)
    assert (await results(public_id)).people == 0
    with clock.frozen(TOMORROW):
        await send_all(ways)
        await send_all(ways)
    assert [each.to for each in kept.sent] == ["bob@example.org"]
    campaign = await queries.get_campaign(public_id)
    assert (campaign.state, campaign.launched_at, campaign.planned_at) == (
        State.LAUNCHED,
        TOMORROW,
        None,
    )
    assert campaign.results == Results(sent=1)


async def test_departure_is_cancelled_until_then(db: Database, kept: Kept, ways: Post) -> None:
    """Nothing else changes it while it waits; the letter that was to wake it finds nothing to do."""
    by = await manager()
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org")
        public_id = await planned()
        for act in (
            campaigns.change(by, public_id, NEWSLETTER),
            campaigns.launch(by, public_id, 1),
            campaigns.give_back(by, public_id, "Non."),
            planning.plan(by, public_id, TOMORROW),
        ):
            with pytest.raises(CampaignPlanned):
                await act
        await planning.cancel(by, public_id)
        with pytest.raises(CampaignNotPlanned):
            await planning.cancel(by, public_id)
    with clock.frozen(TOMORROW):
        await send_all(ways)
    assert kept.sent == []
    assert (await queries.get_campaign(public_id)).open
    waiting = "SELECT count(*) FROM outbox WHERE kind = $1 AND done_at IS NULL"
    assert await fetch_value(waiting, LEAVE) == 0


async def test_hour_is_moved_by_planning_again(db: Database, kept: Kept, ways: Post) -> None:
    """Of two letters that wake it, the one of the hour that was given up does nothing."""
    by = await manager()
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org")
        public_id = await planned()
        await planning.cancel(by, public_id)
        await planning.plan(by, public_id, TOMORROW + timedelta(hours=1))
    with clock.frozen(TOMORROW):
        await send_all(ways)
    assert kept.sent == []
    with clock.frozen(TOMORROW + timedelta(hours=1)):
        await send_all(ways)
    assert len(kept.sent) == 1


@pytest.mark.parametrize(
    ("moment", "refusal"),
    [
        ("2026-11-24T20:00", MomentSilent),
        ("2026-11-24T09:30", MomentSilent),
        ("2026-11-29T12:00", MomentSilent),
        ("2026-12-25T12:00", MomentSilent),
        ("2026-11-23T08:30", MomentPast),
        ("2027-12-01T12:00", MomentFar),
    ],
)
async def test_sms_is_planned_for_lawful_hours_only(
    db: Database, moment: str, refusal: type[Exception]
) -> None:
    """N3: Monday to Saturday 10:00 to 20:00, never on a public holiday; the form says the next one."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(NOW):
        await campaigns.set_rules(by, Rules(1, "36105"))
        public_id = await campaigns.draft(by, SMS, partner.public_id)
        with pytest.raises(refusal):
            await planning.plan(by, public_id, parse_instant(moment), "essai")
        assert (await queries.get_campaign(public_id)).planned_at is None
        await planning.plan(by, public_id, moment_of(date(2026, 11, 24), "19:30"), "essai")


async def test_sms_that_a_late_worker_meets_at_night_waits(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N3: planned for the afternoon, woken at 20:30: the audience is fixed, its SMS wait for morning."""
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(NOW):
        await campaigns.set_rules(await manager(), Rules(1, "36105"))
        await add_reader("Alice", "0639981111", yes=[OFFERS_SMS])
        public_id = await planned(SMS, partner.public_id, "essai")
    with clock.frozen(parse_instant("2026-11-24T20:30")):
        await send_all(ways)
    assert await results(public_id) == Results(waiting=1)
    assert kept.sent == []
    with clock.frozen(parse_instant("2026-11-25T10:00")):
        await send_all(ways)
    assert len(kept.sent) == 1


@pytest.mark.parametrize(
    ("woken", "leaves"),
    [
        ("2026-11-24T20:30", True),
        ("2026-11-24T20:31", False),
        ("2026-11-25T03:00", False),
        ("2026-11-28T14:30", False),
    ],
)
async def test_mail_that_late_workers_meet_is_held_back(
    db: Database, kept: Kept, ways: Post, woken: str, leaves: bool
) -> None:
    """N3: "samedi, marché" does not go out on Tuesday, nor at night: it waits for who planned it."""
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org")
        public_id = await planned()
    with clock.frozen(parse_instant(woken)):
        await send_all(ways)
        await lanes.drain(ways)
    campaign = await queries.get_campaign(public_id)
    assert [each.to for each in kept.sent if each.unsubscribe] == ["alice@example.org"] * leaves
    assert (campaign.state is State.LAUNCHED, campaign.held_back is None) == (leaves, leaves)
    if not leaves:
        [told] = kept.to("helene@example.org")
        assert "n'a pas pu se faire à temps" in told.text


async def test_mail_of_the_evening_that_is_met_at_night_is_held_back(
    db: Database, kept: Kept, ways: Post
) -> None:
    """N3: an hour late, and people sleep."""
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org")
        by = await manager()
        public_id = await campaigns.draft(by, NEWSLETTER, "")
        await planning.plan(by, public_id, parse_instant("2026-11-24T20:30"))
    with clock.frozen(parse_instant("2026-11-24T21:00")):
        await send_all(ways)
    assert kept.sent == []
    assert (await queries.get_campaign(public_id)).held_back is not None


async def test_planned_campaign_takes_one_of_the_contracts_rights(
    db: Database, kept: Kept, ways: Post
) -> None:
    """P4: a second one asks for the reason; cancelled, the right is there again."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org", yes=[OFFERS])
        await add_contract(partner.id, 1)
        first = await planned(NEWSLETTER, partner.public_id)
        rights = await queries.rights(partner.id)
        assert (rights.used, rights.planned, rights.left) == (0, 1, 0)
        assert [told.planned_at for told in await queries.of_partner(partner.id)] == [TOMORROW]
        with pytest.raises(RightsUsedUp):
            await planned(NEWSLETTER, partner.public_id)
        await planning.cancel(by, first)
        assert (await queries.rights(partner.id)).left == 1
        await planned(NEWSLETTER, partner.public_id)
    with clock.frozen(TOMORROW):
        await send_all(ways)
        rights = await queries.rights(partner.id)
    assert (rights.used, rights.planned, rights.left) == (1, 0, 0)
    assert len(kept.sent) == 1


@pytest.mark.parametrize("days", [7, -1])
async def test_campaign_within_the_rights_leaves_when_another_is_planned_beyond(
    db: Database, kept: Kept, ways: Post, days: int
) -> None:
    """P4: what staff gave a reason for takes nothing from the contract, be it later or earlier."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    within, beyond = TOMORROW + timedelta(days=7), TOMORROW + timedelta(days=7 + days)
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org", yes=[OFFERS])
        await add_contract(partner.id, 1)
        first = await campaigns.draft(by, NEWSLETTER, partner.public_id)
        await planning.plan(by, first, within)
        second = await campaigns.draft(by, NEWSLETTER, partner.public_id)
        await planning.plan(by, second, beyond, "Ouverture du magasin")
    for moment in sorted((within, beyond)):
        with clock.frozen(moment):
            await send_all(ways)
            await fetch("UPDATE campaign_recipient SET left_at = $1", NOW - timedelta(days=30))
    for public_id, over in ((first, None), (second, "Ouverture du magasin")):
        found = await queries.get_campaign(public_id)
        assert (found.state, found.over_reason) == (State.LAUNCHED, over)


async def test_campaign_is_planned_with_the_rights_of_its_own_day(db: Database) -> None:
    """P4: of the contract's year in which it leaves, be it better or worse than today's."""
    partner = await factories.add_partner("Boulangerie Petit")
    other = await factories.add_partner("Optique Voltige")
    with clock.frozen(NOW):
        tomorrow = clock.today() + timedelta(days=1)
        for each, name, before, after in ((partner, "Alice", 0, 1), (other, "Bruno", 1, 0)):
            await add_reader(name, f"{name.lower()}@example.org", yes=[OFFERS])
            await add_contract(each.id, before, tomorrow - timedelta(days=365))
            await add_contract(each.id, after, tomorrow)
        await fetch("UPDATE contract SET paid_at = accepted_at")
        await planned(NEWSLETTER, partner.public_id)
        for each in (partner, other):
            with pytest.raises(RightsUsedUp):
                await planned(NEWSLETTER, each.public_id)


async def test_this_years_rights_are_whole_when_a_campaign_is_planned_for_the_next(
    db: Database,
) -> None:
    """P4: it takes one of the year in which it leaves, and none of the one that ends before."""
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(NOW):
        tomorrow = clock.today() + timedelta(days=1)
        await add_reader("Alice", "alice@example.org", yes=[OFFERS])
        await add_contract(partner.id, 1, tomorrow - timedelta(days=365))
        await add_contract(partner.id, 1, tomorrow)
        await fetch("UPDATE contract SET paid_at = accepted_at")
        await planned(NEWSLETTER, partner.public_id)
        assert (await queries.rights(partner.id)).left == 1
        assert (await queries.rights(partner.id, tomorrow)).left == 0


async def test_campaign_that_may_not_leave_any_more_is_held_back_and_said(
    db: Database, kept: Kept, ways: Post
) -> None:
    """P3, P4: its partner left meanwhile: nothing goes out, whoever planned it is told why."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    with clock.frozen(NOW):
        await add_reader("Alice", "alice@example.org", yes=[OFFERS])
        await add_contract(partner.id, 1)
        public_id = await planned(NEWSLETTER, partner.public_id)
        await merchants.close_partner(by, partner.id)
    with clock.frozen(TOMORROW):
        await send_all(ways)
        await lanes.drain(ways)
    [told] = kept.to("helene@example.org")
    assert [each for each in kept.sent if each.unsubscribe] == []
    assert told.subject == "Une campagne n'est pas partie"
    assert "Ce partenaire n'est plus au club." in told.text
    campaign = await queries.get_campaign(public_id)
    assert (campaign.open, campaign.held_back) == (True, "Ce partenaire n'est plus au club.")
    assert (await queries.campaigns())[0].public_id == public_id
    noted = await fetch("SELECT verb FROM audit_entry WHERE object_id = $1 ORDER BY id", public_id)
    verbs = [row["verb"] for row in noted]
    assert verbs == ["campaign.drafted", "campaign.plan", "campaign.hold"]
