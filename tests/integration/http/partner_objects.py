"""What is a partner's or an insurer's own, and what a member handed over to one (SEC11, P5)."""

from datetime import date
from typing import NamedTuple

import httpx

from backend.campaigns import service as campaigns
from backend.campaigns.rules import Draft
from backend.identity.rules import Role
from backend.insurance import queries as insurance
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.merchants.rules import PartnerKind
from backend.settings import Settings
from tests import factories, sign_in
from tests.contracts import add_contract, add_merchant
from tests.factories import Market
from tests.integration.insurance.conftest import (
    add_firm,
    add_insurance,
    add_insurer,
    ask_firm,
    ask_insurer,
)
from tests.pictures import picture
from tests.readers import manager

CHANGED = {
    "title": "20 % sur le pain",
    "kind": "percent",
    "percent": "20",
    "typical_cents": "12,00",
    "starts_on": date(2026, 1, 1).isoformat(),
}
WRITTEN = "/partenaire/propositions"
MERCHANT, AGENT = "merchant", "insurer's agent"


class Speakers(NamedTuple):
    """Who speaks for Alice's partner and for another one; for her insurer and for another."""

    merchant: int
    other_merchant: int
    agent: int
    other_agent: int


async def partner_world(
    browser: httpx.AsyncClient, settings: Settings, alice: Member, here: Market, there: Market
) -> tuple[dict[str, str], Speakers]:
    """A contract that is paid, a draft, a photo, a till of the partner; a request to an insurer."""
    contract = await add_contract(here.partner.id, kind=PartnerKind.SHOP, dues_cents=10_000)
    speakers = Speakers(
        await add_merchant(here.partner.id, "Yacine"),
        await add_merchant(there.partner.id, "Nadia", "nadia.port@example.org"),
        *await agents(),
    )
    firm = await add_firm()
    await factories.add_role(speakers.merchant, Role.MERCHANT, firm.id)
    seen = await factories.add_shop(here.partner.id, "Vitrine", photo=picture("JPEG"))
    till = await factories.add_till(here.shop.id, "Caisse 9")
    await sign_in.as_merchant(browser, settings, speakers.merchant)
    written = await sign_in.post(browser, settings, WRITTEN, CHANGED)
    assert written.status_code == 303, written.text
    return {
        "contract": contract.public_id,
        "partner order": str(contract.order_public_id),
        "invoice": await fetch_value("SELECT public_id FROM invoice ORDER BY id LIMIT 1"),
        "partner offer": here.offer.public_id,
        "shop": here.shop.public_id,
        "shop with photo": seen.public_id,
        "partner till": await fetch_value(
            "SELECT public_id FROM till WHERE id = $1", till.caller.till_id
        ),
        "proposal": written.headers["location"].removeprefix(f"{WRITTEN}/").partition("?")[0],
        "firm request": await ask_firm(alice, firm),
        "request": await ask_insurer(alice, await an_insurance()),
        "campaign": await campaigns.propose(
            await manager(), here.partner.id, Draft(subject="La galette", body="À moitié prix.")
        ),
    }, speakers


async def an_insurance() -> insurance.Offer:
    found = await insurance.find_offer(
        await fetch_value("SELECT public_id FROM insurance_offer ORDER BY id LIMIT 1")
    )
    assert found is not None
    return found


async def agents() -> tuple[int, int]:
    """One of the insurer with the published offer, one of another insurer."""
    offer = await add_insurance()
    other = await add_insurer("Cabinet Faîtage")
    mine = await fetch_value(
        "SELECT insurer FROM insurance_offer WHERE public_id = $1", offer.public_id
    )
    found = []
    for insurer, name in ((mine, "Sylvie"), (other.id, "Serge")):
        person_id = await factories.add_person(name, "Gouttière", f"{name}@example.org")
        await factories.add_role(person_id, Role.INSURER, insurer)
        found.append(person_id)
    return found[0], found[1]
