"""Partners with contracts, made by the club's own services: for the tests of whoever needs one."""

from datetime import date
from typing import Any

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import queries as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.queries import Order
from backend.billing.rules import PaymentKind, PayWay
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.merchants import contracts
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import Draft, NewPartner
from backend.merchants.trades import number_of
from tests.factories import add_partner, add_person, add_role

PLUMBER = number_of("43.22A")
HEATING = number_of("43.22B")


async def add_firm(name: str = "Plomberie Roux", **wish: Any) -> NewPartner:
    said = {"kind": PartnerKind.FIRM, "category": PartnerCategory.TRADES, **wish}
    return await add_partner(name, **said)


async def add_merchant(
    partner_id: int, given_name: str = "Yacine", address: str | None = None
) -> int:
    """Somebody who speaks for a partner."""
    person_id = await add_person(given_name, "Amrani", address or f"{given_name}@example.org")
    await add_role(person_id, Role.MERCHANT, partner_id)
    return person_id


async def draw(partner_id: int, first_day: date | None = None, **wish: Any) -> str:
    """A contract that waits for its yes: a building firm's, one plumber of the whole club."""
    said: dict[str, Any] = {
        "kind": PartnerKind.FIRM,
        "dues_cents": 100_000,
        "campaigns_a_year": 4,
        "name": "Plomberie Roux",
        "street": "4 rue du Puits",
        "postcode": "80000",
        "town": "Amiens",
        "trades": (PLUMBER,) if wish.get("kind", PartnerKind.FIRM) is PartnerKind.FIRM else (),
        **wish,
    }
    draft = Draft(first_day=first_day or clock.today(), **said)
    return await merchants.draw_contract(SYSTEM, partner_id, draft)


async def sign(public_id: str) -> ContractPage:
    """On paper, as staff write it down."""
    clerk = By(Actor.PERSON, await add_person("Nadia", "Comptoir"))
    return await merchants.accept_contract(clerk, public_id, signer="Y. Amrani")


async def add_waiting(name: str) -> str:
    """A firm with a signed contract for plumbing: it has the place, or waits for it."""
    public_id = await draw((await add_firm(name)).id)
    await sign(public_id)
    return public_id


async def pay(public_id: str, external_id: str = "") -> Order:
    """Its dues are ordered online, and Stripe says that they came."""
    ordered = await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE)
    assert ordered is not None
    await tell(ordered.public_id, external_id or codes.random_id())
    return await billing.get_order(ordered.public_id)


async def tell(order: str, external_id: str, kind: PaymentKind = PaymentKind.PAYMENT) -> None:
    """What Stripe knows of an order: one movement of all its money."""
    found = await billing.get_order(order)
    moved = Movement(
        kind=kind, amount_cents=found.amount_cents, at=clock.now(), external_id=external_id
    )
    await merchants.fulfil(Facts(order=order, thread=external_id, movements=(moved,)))


async def add_contract(partner_id: int, first_day: date | None = None, **wish: Any) -> ContractPage:
    """Signed and paid."""
    public_id = await draw(partner_id, first_day, **wish)
    await sign(public_id)
    if (await contracts.get_contract(public_id)).to_pay:
        await pay(public_id)
    return await contracts.get_contract(public_id)


async def charged() -> int:
    """Orders of partner dues that were ever made."""
    found: int = await fetch_value("SELECT count(*) FROM pay_order WHERE kind = 'partner_dues'")
    return found
