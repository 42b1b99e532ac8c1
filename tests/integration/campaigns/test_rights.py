"""What a contract gives a partner to say, and what it costs to go beyond (P4)."""

from datetime import date, timedelta

import asyncpg
import pytest

from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.errors import NamesPartner, NothingToSay, PartnerGone, RightsUsedUp
from backend.campaigns.rules import Draft, State
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.merchants import service as merchants
from tests import factories
from tests.conftest import Database
from tests.integration.campaigns.conftest import launch
from tests.readers import OFFERS, add_reader, manager

OFFER = Draft(subject="La galette", body="À moitié prix.")


async def add_contract(partner_id: int, campaigns_a_year: int, first: date | None = None) -> None:
    """An accepted contract of a year, from today on."""
    first = first or clock.today()
    await fetch(
        "INSERT INTO contract (public_id, partner, payer, kind, during, dues_cents, owed_on,"
        " campaigns_a_year, terms_version, drawn_at, accepted_at, accepted_how, signer)"
        " SELECT $1, $2, (SELECT min(id) FROM payer), 'shop', daterange($3::date, $3::date + 365),"
        " 10000, $3::date, $4, 1, $5, $5, 'paper', 'M. Petit'",
        codes.random_id(),
        partner_id,
        first,
        campaigns_a_year,
        clock.now(),
    )


async def test_unused_rights_are_what_the_contract_gives_less_what_left(db: Database):
    """P4: a contract lists campaign entitlement; unused rights are counted in its year."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org", yes=[OFFERS])
    assert await queries.rights(partner.id) == queries.Rights(0, 0)
    await add_contract(partner.id, 2)
    await launch(OFFER, partner.public_id, reason="")
    rights = await queries.rights(partner.id)
    assert (rights.allowed, rights.used, rights.left) == (2, 1, 1)
    assert rights.until == clock.today() + timedelta(days=364)
    other = await factories.add_partner("Optique Voltige")
    assert (await queries.rights(other.id)).used == 0


async def test_going_beyond_needs_a_reason_of_staff(db: Database):
    """P4: sending beyond it needs a staff reason, which stays with the campaign and on record."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org", yes=[OFFERS])
    await add_contract(partner.id, 1)
    await launch(OFFER, partner.public_id, reason="")
    await fetch(
        "UPDATE campaign_recipient SET outcome = 'sent', left_at = $1",
        clock.now() - timedelta(days=8),
    )
    public_id = await campaigns.draft(by, OFFER, partner.public_id)
    with pytest.raises(RightsUsedUp) as refused:
        await campaigns.launch(by, public_id, 1)
    assert "reason" in refused.value.fields
    with pytest.raises(RightsUsedUp):
        await campaigns.launch(by, public_id, 1, "x" * 301)
    await campaigns.launch(by, public_id, 1, "Ouverture du magasin")
    assert (await queries.get_campaign(public_id)).over_reason == "Ouverture du magasin"
    facts = await fetch_value(
        "SELECT facts::text FROM audit_entry WHERE verb = 'campaign.launch' AND object_id = $1",
        public_id,
    )
    assert "Ouverture du magasin" in facts
    assert (await queries.rights(partner.id)).left == 0


async def test_last_years_campaigns_are_not_counted(db: Database):
    """P4: 4 a year: the year of the contract, not the calendar's."""
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org", yes=[OFFERS])
    await launch(OFFER, partner.public_id)
    await fetch("UPDATE campaign SET launched_at = $1", clock.now() - timedelta(days=2))
    await add_contract(partner.id, 1)
    assert (await queries.rights(partner.id)).left == 1


async def test_partner_that_has_left_sends_nothing(db: Database):
    """P3: nor one whose dues are not paid: its standing is asked at the launch."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    await add_reader("Alice", "alice@example.org", yes=[OFFERS])
    public_id = await campaigns.draft(by, OFFER, partner.public_id)
    await merchants.close_partner(by, partner.id)
    with pytest.raises(PartnerGone):
        await campaigns.launch(by, public_id, 1, "essai")
    with pytest.raises(PartnerGone):
        await campaigns.draft(by, OFFER, partner.public_id)


async def test_partners_campaign_is_never_club_news(db: Database):
    """N1: what it is stands for ever: the application's role cannot change it, nor leave a partner out."""
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    await campaigns.propose(by, partner.id, OFFER)
    connection = await asyncpg.connect(db.app_url)
    try:
        for statement in (
            "UPDATE campaign SET kind = 'newsletter'",
            "UPDATE campaign SET partner = NULL",
            "UPDATE campaign SET kind = 'newsletter', partner = NULL",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        await connection.execute("UPDATE campaign SET subject = 'Autre objet'")
    finally:
        await connection.close()
    with pytest.raises(NamesPartner):
        await campaigns.draft(by, Draft(subject="Au club", body="La boulangerie Petit ouvre."))


async def test_proposal_is_given_back_with_its_reason(db: Database):
    by = await manager()
    partner = await factories.add_partner("Boulangerie Petit")
    public_id = await campaigns.propose(by, partner.id, OFFER)
    with pytest.raises(NothingToSay):
        await campaigns.give_back(by, public_id, "")
    await campaigns.give_back(by, public_id, "Dites jusqu'à quand.")
    [told] = await queries.of_partner(partner.id)
    assert (told.state, told.return_reason) == (State.RETURNED, "Dites jusqu'à quand.")
    assert (await queries.campaigns())[0].public_id == public_id
