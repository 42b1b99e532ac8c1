"""Money of services on the treasurer's pages: what came back is given otherwise, and booked once (B8, S6)."""

from datetime import date

import httpx

from backend.audit.service import SYSTEM
from backend.billing import books, cheques, differences, jobs, refunds
from backend.billing.rules import PayWay
from backend.identity.rules import Role
from backend.kit import codes
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.orders.rules import PayAt
from backend.orders.service import handing, paying
from backend.orders.service.paying import Till
from backend.sandbox.stripe.remote import Remote
from backend.settings import Settings
from tests import factories, orders, sign_in
from tests import paying as at_stripe
from tests.orders import Counter, mine
from tests.property.test_desk_money import agree

YEAR = date(2026, 1, 1), date(2026, 12, 31)
MONEY_BACK = {"reason": "carte fermée", "key": "k", "how": "transfer"}


async def treasurer(client: httpx.AsyncClient, settings: Settings) -> None:
    helene = await factories.add_person("Hélène", "Vasseur")
    await factories.add_role(helene, Role.MANAGER)
    await sign_in.as_staff(client, settings, helene, sudo=True)


async def test_a_refund_of_an_order_that_came_back_goes_by_transfer(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member, stripe: Remote
) -> None:
    """B8, S6: from the difference to the form; once, with its credit note; the order is refunded."""
    placed = await counter.order(await counter.baskets(PayAt.ORDER), alice)
    ordered = await paying.order_payment(
        alice.household_id, placed.ticket, mine(alice), done_path="/", back_path="/"
    )
    await jobs.hurry(ordered.row)
    await at_stripe.pay(stripe, ordered.public_id)
    await at_stripe.events(stripe)
    await handing.cancel(SYSTEM, placed.ticket, reason="Plus de paniers")
    await jobs.hurry(await fetch_value("SELECT id FROM outbox WHERE kind = 'refund'"))
    await at_stripe.events(stripe)
    await stripe.fail_refund(await fetch_value("SELECT external_id FROM refund"))
    await at_stripe.events(stripe)
    assert await orders.state(placed) == "refunded"
    [found] = await differences.waiting()
    await treasurer(client, settings)
    path = f"/gestion/remboursements/{ordered.public_id}"
    assert (
        f"{path}?comment=transfer" in (await client.get(f"/gestion/ecarts/{found.public_id}")).text
    )
    assert 'value="stripe"' not in (await client.get(path)).text
    for _ in range(2):
        sent = await sign_in.post(client, settings, path, {**MONEY_BACK, "amount": "8"})
        assert sent.status_code == 303
    given = await refunds.given_back(ordered.public_id)
    assert [(one.kind, one.way) for one in given] == [
        ("refund", "online"),
        ("returned", "online"),
        ("refund", "transfer"),
    ]
    assert await fetch_value("SELECT paid_cents FROM order_ticket") == 0
    await agree()


async def test_a_cheque_of_orders_that_came_back_is_booked_on_its_page(
    client: httpx.AsyncClient, settings: Settings, counter: Counter, alice: Member
) -> None:
    """B8, B10, D3: as a cheque of dues is; money of nothing that the page knows is refused, not a fault."""
    placed = await counter.order(await counter.baskets(), alice)
    till = Till(cents=800, way=PayWay.CHEQUE, site_id=counter.site_id)
    await paying.take_payment(
        SYSTEM, alice.household_id, [placed.ticket], till, key=codes.random_id()
    )
    [cheque] = await cheques.waiting()
    deposit = await cheques.deposit(SYSTEM, [cheque.payment])
    await treasurer(client, settings)
    path = f"/gestion/tresorerie/cheques/{deposit}"
    sent = {"order": cheque.order, "reason": "Sans provision"}
    assert (await sign_in.post(client, settings, f"{path}/rejet", sent)).status_code == 303
    assert (await sign_in.post(client, settings, f"{path}/rejet", sent)).status_code == 409
    assert (await orders.ticket(placed)).due_cents == 800
    assert (
        await fetch_value("SELECT count(*) FROM audit_entry WHERE verb LIKE '%cheque_bounced'") == 1
    )
    assert (await books.reconciliation(*YEAR)).whole
