"""Partners' money that the treasurer gives back by bank transfer or in cash (B8, P3)."""

from datetime import timedelta

import httpx
import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.billing import books, differences, lines, refunds
from backend.billing import queries as billing
from backend.billing.errors import OrderUnknown, RefundTooLarge
from backend.billing.refunds import Repayment
from backend.billing.rules import PayWay
from backend.billing.statements import Entry
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch_value
from backend.membership import service as membership
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.rules import EndReason
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.contracts import add_contract, add_firm, add_waiting, pay, sign
from tests.factories import add_person, add_role

DUES = 100_000


async def repay(order: str, cents: int, key: str) -> None:
    await merchants.repay_dues(SYSTEM, Repayment(order, cents, "revenu", PayWay.TRANSFER), key=key)


async def test_a_year_is_owed_again_when_its_money_went_back_beside_stripe(db: Database) -> None:
    """B8, P3, M9: a part keeps it; each part has its credit note; never more than is left, and once."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    for _ in range(2):
        await repay(order, 40_000, "a")
    assert (await contracts.get_contract(public_id)).paid_at is not None
    with pytest.raises(RefundTooLarge):
        await repay(order, 60_001, "b")
    await repay(order, 60_000, "c")
    assert (await contracts.get_contract(public_id)).paid_at is None
    assert [one.amount_cents for one in await refunds.given_back(order)] == [40_000, 60_000]
    assert await fetch_value("SELECT count(*) FROM invoice WHERE cancels IS NOT NULL") == 2
    told = await books.reconciliation(clock.today(), clock.today())
    assert told.whole
    assert told.parts["transfers"] == -DUES


async def test_the_page_gives_a_partners_money_back(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """B8: without a way by Stripe, which only dues of members have; the other act knows no such order."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    with pytest.raises(OrderUnknown):
        await membership.refund_dues(SYSTEM, order, 100, "geste", key="k")
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await sign_in.as_staff(client, settings, manager, sudo=True)
    path, contract = f"/gestion/remboursements/{order}", f"/gestion/conventions/{public_id}"
    assert path in (await client.get(contract)).text
    page = (await client.get(path)).text
    assert 'value="transfer" checked' in page
    assert 'value="stripe"' not in page
    sent = {"amount": "1000", "reason": "revenu", "key": "k", "how": "transfer"}
    assert (await sign_in.post(client, settings, path, sent)).status_code == 303
    assert "Tout est rendu" in (await client.get(path)).text
    assert path not in (await client.get(contract)).text
    assert (await contracts.get_contract(public_id)).paid_at is None


async def test_dues_that_came_by_transfer_go_back_by_transfer(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """P2, P3, B8, M9: a firm that leaves before its next year begins: the button the treasurer is led to."""
    tara = await add_person("Tara", "Sor")
    await add_role(tara, Role.TREASURER)
    one = await add_contract((await add_firm("Roux")).id)
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        (following, _) = await contracts.running(one.partner_id)
        await sign(following.public_id)
        order = await pay_by_transfer(By(Actor.PERSON, tara), following.public_id)
        await merchants.end_contract(SYSTEM, one.public_id, EndReason.LEFT)
        (found,) = await differences.waiting()
        path = f"/gestion/remboursements/{order}"
        await sign_in.as_staff(client, settings, tara, sudo=True)
        assert path in (await client.get(f"/gestion/ecarts/{found.public_id}")).text
        assert "Rendre cet argent" in (await client.get(path)).text
        sent = {"amount": "1000", "reason": "parti", "key": "k", "how": "transfer"}
        assert (await sign_in.post(client, settings, path, sent)).status_code == 303
        assert "Tout est rendu" in (await client.get(path)).text
        assert [one.amount_cents for one in await refunds.given_back(order)] == [DUES]
        assert await fetch_value("SELECT count(*) FROM invoice WHERE cancels IS NOT NULL") == 1
        told = await books.reconciliation(clock.today(), clock.today())
        assert told.whole
        assert told.parts["transfers"] == 0


async def pay_by_transfer(by: By, public_id: str) -> str:
    """The order; its money stands on a bank statement that the treasurer matched."""
    ordered = await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    assert ordered is not None
    reference = await billing.reference_of(await billing.get_order(ordered.public_id))
    await lines.add_lines(by, [Entry(clock.today(), DUES, f"VIR {reference}", "ROUX")], "main")
    (line,) = await lines.waiting()
    await merchants.match_transfer(by, line.public_id, ordered.public_id)
    return ordered.public_id
