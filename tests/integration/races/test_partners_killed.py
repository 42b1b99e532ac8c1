"""SIGKILL amid partners' dues: the order, the transfer and the card's payment are written once (REL3)."""

import pytest

from backend.audit.service import SYSTEM
from backend.billing import jobs
from backend.billing.rules import PayWay
from backend.kit.database import fetch_value
from backend.merchants import contracts
from backend.merchants import service as merchants
from backend.sandbox.stripe.remote import Remote
from tests.contracts import add_waiting
from tests.factories import add_person
from tests.integration.races.mortal import Mortal
from tests.integration.races.test_desk_killed import line, newest
from tests.paying import pay

pytestmark = pytest.mark.races


async def test_partner_dues_by_transfer_are_asked_and_paid_once(counter: Mortal) -> None:
    """REL3, P2: one invoice at the order, one entry when the money came."""
    clerk, contract = await add_person("Nadia", "Comptoir"), await add_waiting("Roux")
    assert await counter.outlive("partner_order", clerk, contract, step=3) > 10
    order = await newest("pay_order")
    assert await fetch_value("SELECT count(*) FROM invoice") == 1
    bank = await line(await fetch_value("SELECT amount_cents FROM pay_order"))
    assert await counter.at_once("partner_match", clerk, bank, order, step=3) > 10
    assert (await contracts.get_contract(contract)).paid_at is not None
    assert await fetch_value("SELECT count(*) FROM journal_entry") == 1


async def test_partner_dues_by_card_are_written_once(stripe: Remote, mortal: Mortal) -> None:
    """REL3, P2, B4: contract, invoice and entry together or not at all."""
    contract = await add_waiting("Roux")
    await stripe.mishaps(drop=["*"])
    ordered = await merchants.order_dues(SYSTEM, contract, PayWay.ONLINE, done_path="/")
    assert ordered is not None
    assert ordered.row is not None
    await jobs.hurry(ordered.row)
    session = await pay(stripe, ordered.public_id)
    assert await mortal.at_once("partner_settle", session, step=3) > 10
    assert (await contracts.get_contract(contract)).paid_at is not None
    assert await fetch_value("SELECT count(*) FROM invoice") == 1
    clerk, cents = (
        await add_person("Nadia", "Comptoir"),
        await fetch_value("SELECT amount_cents FROM pay_order"),
    )
    again = (clerk, ordered.public_id, cents, "k")
    assert await mortal.outlive("partner_repay", *again, step=3) > 10
    assert (await contracts.get_contract(contract)).paid_at is None
    assert await fetch_value("SELECT count(*) FROM invoice") == 2
