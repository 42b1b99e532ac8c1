"""Offers drafted by their partner and published by the club; vouchers keep the terms they were taken with."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.offers import proposals, queries
from backend.offers.proposals import Proposal, ProposalMoved, ProposalOpen, ReasonMissing
from backend.offers.rules import OfferKind, OfferState, ProposalState
from backend.offers.service import OfferWish
from backend.settings import Settings
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import enter
from tests.sign_in import as_staff, post

HERE, WRITTEN = "/partenaire/avantages", "/partenaire/propositions"


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


@pytest.fixture
async def nadia(db: Database) -> By:
    return By(Actor.PERSON, await factories.add_person("Nadia", "Ferrand"))


def wish(**more: Any) -> OfferWish:
    said: dict[str, Any] = {"title": "20 % le mardi", "kind": OfferKind.PERCENT, "percent": 20}
    return OfferWish(**{**said, "typical_cents": 1200, "starts_on": clock.today(), **more})


async def sent(by: By, market: Market, offer_id: int | None = None, **more: Any) -> Proposal:
    public_id = await proposals.write(by, market.partner.id, wish(**more), offer_id)
    await proposals.send(by, await proposals.get(public_id, [market.partner.id]))
    return await proposals.get(public_id)


async def test_partner_writes_sends_and_staff_publish(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    await enter(client, settings, market.partner.id)
    typed = {
        "title": "Une brioche offerte",
        "kind": "gift",
        "public_price_cents": "4,50",
        "starts_on": clock.today().isoformat(),
    }
    answer = await post(client, settings, WRITTEN, typed)
    there = answer.headers["location"].partition("?")[0]
    assert "Envoyer au club" in (await client.get(there)).text
    assert await proposals.waiting() == []
    await post(client, settings, f"{there}/envoi")
    (waiting,) = await proposals.waiting()
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    assert "Une brioche offerte" in (await client.get("/gestion/demandes")).text
    case = f"/gestion/demandes/avantages/{waiting.public_id}"
    assert "4,50" in (await client.get(case)).text
    seen = {"sent_at": waiting.sent_at.isoformat() if waiting.sent_at else ""}
    answer = await post(client, settings, f"{case}/oui", seen)
    public_id = answer.headers["location"].rpartition("/")[2].partition("?")[0]
    offer = await queries.find_offer(public_id)
    assert offer is not None
    assert (offer.state, offer.partner_id) == (OfferState.PUBLISHED, market.partner.id)


async def test_words_nobody_read_are_not_published_when_a_proposal_is_sent_again(
    client: httpx.AsyncClient, settings: Settings, market: Market, nadia: By
) -> None:
    """Staff publish what they read; a page of before it was written anew publishes nothing."""
    read = await sent(nadia, market)
    await proposals.refuse(nadia, read, "Dites pour quels jours.")
    with clock.travel(timedelta(minutes=1)):
        await proposals.rewrite(nadia, read, wish(title="90 % pour tous"))
        await proposals.send(nadia, read)
    with pytest.raises(ProposalMoved):
        await proposals.accept(nadia, read)
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    case = f"/gestion/demandes/avantages/{read.public_id}"
    assert read.sent_at is not None
    stale = {"sent_at": read.sent_at.isoformat(), "reason": "Trop vague."}
    for answer in ("oui", "non"):
        assert (await post(client, settings, f"{case}/{answer}", stale)).status_code == 409
    (waiting,) = await proposals.waiting()
    assert waiting.sent_at is not None
    assert waiting.sent_at.isoformat() in (await client.get(case)).text


async def test_voucher_keeps_its_terms_when_a_change_is_published(
    market: Market, nadia: By
) -> None:
    """A voucher keeps the terms it was issued with; one taken afterwards has the new ones."""
    alice, bob = await factories.add_member("Alice"), await factories.add_member("Bob")
    before = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    await proposals.accept(nadia, await sent(nadia, market, market.offer.id))
    after = await vouchers.claim(bob, market.offer.public_id, SYSTEM)
    saved = []
    for code in (before, after):
        scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1000)
        saved.append((await vouchers.redeem(scan)).saving_cents)
    assert saved == [100, 200]
    told = await proposals.versions(market.offer.id)
    assert [(each.version, each.label) for each in told] == [(2, "−20\u00a0%"), (1, "−10\u00a0%")]


async def test_nothing_changes_before_the_club_accepts(market: Market, nadia: By) -> None:
    await sent(nadia, market, market.offer.id)
    offer = await queries.find_offer(market.offer.public_id)
    assert offer is not None
    assert (offer.version, offer.terms.percent) == (1, 10)


async def test_refused_proposal_is_mended_and_sent_again(
    client: httpx.AsyncClient, settings: Settings, market: Market, nadia: By
) -> None:
    proposal = await sent(nadia, market)
    with pytest.raises(ReasonMissing):
        await proposals.refuse(nadia, proposal, "")
    await proposals.refuse(nadia, proposal, "Dites pour quels jours.")
    await enter(client, settings, market.partner.id)
    there = f"{WRITTEN}/{proposal.public_id}"
    assert "Dites pour quels jours." in (await client.get(there)).text
    page = await client.get(f"{there}/modifier")
    assert "20 % le mardi" in page.text
    typed = {
        "title": "20 % le mardi matin",
        "kind": "percent",
        "percent": "20",
        "typical_cents": "12",
        "starts_on": clock.today().isoformat(),
    }
    await post(client, settings, f"{there}/modifier", typed)
    await post(client, settings, f"{there}/envoi")
    (waiting,) = await proposals.waiting()
    assert (waiting.wish.title, waiting.reason) == ("20 % le mardi matin", None)


async def test_two_answers_to_one_proposal_are_one(market: Market, nadia: By) -> None:
    proposal = await sent(nadia, market)
    await proposals.accept(nadia, proposal)
    for again in (
        proposals.accept(nadia, proposal),
        proposals.refuse(nadia, proposal, "Non merci."),
    ):
        with pytest.raises(ProposalMoved):
            await again
    assert await fetch_value("SELECT count(*) FROM offer") == 2


async def test_one_change_of_an_offer_is_open_at_a_time(market: Market, nadia: By) -> None:
    refused = await sent(nadia, market, market.offer.id)
    with pytest.raises(ProposalOpen):
        await proposals.write(nadia, market.partner.id, wish(), market.offer.id)
    await proposals.refuse(nadia, refused, "Pas cette année.")
    await proposals.write(nadia, market.partner.id, wish(), market.offer.id)
    with pytest.raises(ProposalOpen):
        await proposals.rewrite(nadia, refused, wish())


async def test_accepted_change_keeps_whom_the_offer_is_for(market: Market, nadia: By) -> None:
    """Whom an offer is for is the club's to say, not its partner's."""
    await fetch("UPDATE offer SET priority_district_only = true, picture = 'bread'")
    await proposals.accept(nadia, await sent(nadia, market, market.offer.id))
    offer = await queries.find_offer(market.offer.public_id)
    assert offer is not None
    assert offer.target.priority_district_only
    assert (offer.picture, offer.terms.title) == ("bread", "20 % le mardi")


async def test_withdrawn_proposal_waits_for_nobody(
    client: httpx.AsyncClient, settings: Settings, market: Market, nadia: By
) -> None:
    proposal = await sent(nadia, market)
    await enter(client, settings, market.partner.id)
    await post(client, settings, f"{WRITTEN}/{proposal.public_id}/retrait")
    assert await proposals.waiting() == []
    assert (await proposals.get(proposal.public_id)).state is ProposalState.WITHDRAWN


async def test_staff_cannot_open_what_was_not_sent(
    client: httpx.AsyncClient, settings: Settings, market: Market, nadia: By
) -> None:
    public_id = await proposals.write(nadia, market.partner.id, wish())
    manager = await factories.add_person("Marc", "Gérant")
    await factories.add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    assert (await client.get(f"/gestion/demandes/avantages/{public_id}")).status_code == 404


async def test_offers_and_proposals_of_another_partner_are_not_there(
    client: httpx.AsyncClient, settings: Settings, market: Market, nadia: By
) -> None:
    """SEC11: nothing of another partner is seen or touched."""
    proposal = await sent(nadia, market)
    other = await factories.add_market("Autre enseigne")
    await enter(client, settings, other.partner.id)
    for path in (
        f"{HERE}/{market.offer.public_id}",
        f"{HERE}/{market.offer.public_id}/changement",
        f"{WRITTEN}/{proposal.public_id}",
        f"{WRITTEN}/{proposal.public_id}/modifier",
    ):
        assert (await client.get(path)).status_code == 404
    answer = await post(client, settings, f"{WRITTEN}/{proposal.public_id}/retrait")
    assert answer.status_code == 404
    typed = {
        "title": "Chez l'autre",
        "kind": "gift",
        "public_price_cents": "4",
        "starts_on": clock.today().isoformat(),
        f"shop_{market.shop.id}": "1",
    }
    assert (await post(client, settings, WRITTEN, typed)).status_code == 422


async def test_form_of_a_change_shows_what_holds_today(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    await enter(client, settings, market.partner.id)
    page = await client.get(f"{HERE}/{market.offer.public_id}/changement")
    assert 'value="10"' in page.text
    assert 'value="12,00"' in page.text
    assert "10 % sur le pain" in (await client.get(HERE)).text
    assert "Proposer un changement" in (await client.get(f"{HERE}/{market.offer.public_id}")).text
