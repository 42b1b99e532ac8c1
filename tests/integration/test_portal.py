"""The partner's first page: what the club brought, and nobody's name."""

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import codes
from backend.vouchers import service as vouchers
from backend.vouchers.scans import Scan
from tests import factories, sign_in
from tests.integration.statements import statements


async def merchant_of(client, settings, partner_id: int) -> None:
    person_id = await factories.add_person("Nadia", "Ferrand", "nadia@example.org")
    await factories.add_role(person_id, Role.MERCHANT, partner_id)
    await sign_in.as_merchant(client, settings, person_id)


async def use_one(market: factories.Market) -> None:
    alice = await factories.add_member("Alice", "Quenneville")
    code = await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    scan = Scan(code=code, key=codes.random_id(), till=market.till.caller, price_cents=1200)
    await vouchers.redeem(scan)


async def test_partner_sees_uses_and_no_member(client, settings):
    """P5: own redemptions as counts and amounts, never a name."""
    market = await factories.add_market()
    await use_one(market)
    await merchant_of(client, settings, market.partner.id)
    answer = await client.get("/partenaire")
    assert answer.status_code == 200
    assert "10,80" in answer.text
    assert "Quenneville" not in answer.text
    assert "Alice" not in answer.text


async def test_first_page_asks_little_of_the_database(client, settings):
    """PERF6: at most 6 statements a page."""
    market = await factories.add_market()
    await use_one(market)
    await merchant_of(client, settings, market.partner.id)
    async with statements() as said:
        assert (await client.get("/partenaire")).status_code == 200
    assert len(said) <= 6, said


async def test_partner_sees_nothing_of_another(client, settings):
    """SEC11: what is not one's own is not there, also when its id is asked for."""
    market = await factories.add_market()
    other = await factories.add_partner("Autre enseigne")
    await use_one(market)
    await merchant_of(client, settings, other.id)
    answer = await client.get(f"/partenaire?partenaire={market.partner.public_id}")
    assert answer.status_code == 200
    assert "Autre enseigne" in answer.text
    assert "10,80" not in answer.text
    assert "Aucun passage encore" in answer.text
