"""Partners' money that goes back: by a dispute, in part, or because it came twice."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, differences, fec, invoices
from backend.billing import queries as billing
from backend.billing.gateway import Facts, Movement
from backend.billing.rules import DifferenceKind, OrderState, PaymentKind, PayWay
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.contracts import ContractPage, Has
from backend.merchants.rules import EndReason
from backend.merchants.service import fulfilment, places
from tests.conftest import Database
from tests.contracts import (
    HEATING,
    PLUMBER,
    add_contract,
    add_firm,
    add_merchant,
    add_waiting,
    draw,
    pay,
    sign,
)

pytestmark = pytest.mark.usefixtures("db")
DUES = 100_000


async def has(public_id: str) -> list[Has]:
    return [one.has for one in (await contracts.get_contract(public_id)).trades]


async def moved(
    order: str, kind: PaymentKind, cents: int, external_id: str, thread: str = "pi_1"
) -> None:
    """What Stripe says became of a payment of an order."""
    told = Movement(kind=kind, amount_cents=cents, at=clock.now(), external_id=external_id)
    await merchants.fulfil(Facts(order=order, thread=thread, movements=(told,)))


async def add_disputed(name: str = "Roux") -> tuple[str, str, str]:
    """A firm whose bank took its dues back, and which opened the payment page again.

    Its contract, the order that was paid, and the one that is open.
    """
    public_id = await add_waiting(name)
    paid = await pay(public_id, "pi_1")
    await moved(paid.public_id, PaymentKind.DISPUTE, DUES, "dp_1")
    again = await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE)
    assert again is not None
    return public_id, paid.public_id, again.public_id


HOW: dict[str, dict[str, Any]] = {
    "closed": {"closed": True},
    "failed": {"thread": "pi_2", "failed": True},
}


@pytest.mark.parametrize("how", HOW)
async def test_firm_keeps_its_place_when_its_second_payment_comes_to_nothing(how: str):
    """P1, P3, P7: what a disputed firm has taken is its own through its grace, then the next one's."""
    public_id, _, order = await add_disputed()
    waiter = await add_waiting("Blanc")
    await merchants.fulfil(Facts(order=order, **HOW[how]))
    assert await has(public_id) == [Has.TAKEN]
    assert await has(waiter) == [Has.WAITING]
    with clock.travel(timedelta(days=29)):
        await jobs.keep_up()
        assert await has(public_id) == [Has.TAKEN]
    with clock.travel(timedelta(days=30)):
        await jobs.keep_up()
        assert (await contracts.get_contract(public_id)).end_reason is EndReason.UNPAID
        assert await has(waiter) == [Has.OFFERED]


async def test_contract_waits_for_money_on_its_way_when_grace_ends():
    """B6, P3: a debit that is under way is not cut off by the night; when it fails the place opens."""
    public_id, _, order = await add_disputed()
    waiter = await add_waiting("Blanc")
    await fetch("UPDATE pay_order SET stripe_session = 'cs_1' WHERE public_id = $1", order)
    with clock.travel(timedelta(days=29)):
        since = clock.now()
        await merchants.fulfil(Facts(order=order, thread="pi_2", pending=True, pending_since=since))
    with clock.travel(timedelta(days=31)):
        await jobs.keep_up()
        assert await has(public_id) == [Has.TAKEN]
        await merchants.fulfil(Facts(order=order, thread="pi_2", failed=True))
        await jobs.keep_up()
        assert await has(waiter) == [Has.OFFERED]


async def race() -> tuple[list[Has], list[Has]]:
    """A dispute, a page that closes, a debit that fails and another firm's yes, all at one moment."""
    public_id = await add_waiting("Roux")
    paid = await pay(public_id, "pi_1")
    waiter = await draw((await add_firm("Blanc")).id)
    await asyncio.gather(
        moved(paid.public_id, PaymentKind.DISPUTE, DUES, "dp_1"),
        *(merchants.fulfil(Facts(order=paid.public_id, **how)) for how in HOW.values()),
        sign(waiter),
        jobs.write_off_dead(),
    )
    await merchants.fulfil(Facts(order=paid.public_id, closed=True))
    return await has(public_id), await has(waiter)


async def test_place_stays_taken_when_a_dispute_and_a_closed_page_come_at_once():
    """P1, P7: in whatever order they come, the place is one firm's, and the other waits."""
    assert await race() == ([Has.TAKEN], [Has.WAITING])


async def test_place_is_lost_when_a_closed_page_frees_what_is_taken(monkeypatch):
    """P1, P7: the negative control: with the guards off the same moment costs the firm its place, and
    whether the other one has it is left to chance.
    """

    async def free(contract: ContractPage) -> None:
        await places.free(contract.id)

    monkeypatch.setattr(fulfilment, "_holds", lambda contract, _: contract.paid_at is None)
    monkeypatch.setattr(fulfilment, "_free", free)
    mine, _ = await race()
    assert mine == [Has.NONE]


async def test_waiting_list_moves_on_when_an_offered_place_is_not_taken_before_a_renewal():
    """P7: a place that a firm was only offered is not kept for its next year: who waits behind has it."""
    holder = await add_contract((await add_firm("Holder")).id, trades=(HEATING,))
    two = await add_contract((await add_firm("Two")).id, trades=(PLUMBER, HEATING))
    third = await draw((await add_firm("Third")).id, trades=(HEATING,))
    await sign(third)
    with clock.travel(timedelta(days=310)):
        await merchants.end_contract(SYSTEM, holder.public_id, EndReason.LEFT)
        assert await has(two.public_id) == [Has.TAKEN, Has.OFFERED]
        await jobs.keep_up()
        following = await fetch_value("SELECT public_id FROM contract WHERE previous = $1", two.id)
        assert await has(following) == [Has.HELD, Has.NONE]
    with clock.travel(timedelta(days=318)):
        await jobs.keep_up()
        assert await has(third) == [Has.OFFERED]
        await pay(third)
        assert await has(third) == [Has.TAKEN]


async def papers(order: str) -> list[tuple[str, int, str, int]]:
    """Number, amount, whose credit note, what was taken back of it: the oldest first."""
    found = await invoices.of_payers([(await billing.get_order(order)).payer_id])
    return [(one.series, one.amount_cents, one.credits, one.left_cents) for one in reversed(found)]


async def test_each_refund_has_a_credit_note_of_its_own_amount():
    """P2, M9: numbered, tied to its invoice, in the journal and in the file for the tax office."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    (invoice,) = await invoices.of_payers([(await billing.get_order(order)).payer_id])
    for _ in range(2):
        await moved(order, PaymentKind.REFUND, 10_000, "re_1")
    assert await papers(order) == [("F", DUES, "", 90_000), ("AF", 10_000, invoice.said, 10_000)]
    assert (await contracts.get_contract(public_id)).paid_at is not None
    await moved(order, PaymentKind.REFUND, 90_000, "re_2")
    assert await papers(order) == [
        ("F", DUES, "", 0),
        ("AF", 10_000, invoice.said, 10_000),
        ("AF", 90_000, invoice.said, 90_000),
    ]
    assert (await contracts.get_contract(public_id)).paid_at is None
    (gone, part, _) = await invoices.of_payers([(await billing.get_order(order)).payer_id])
    assert f"Cet avoir rend 100,00\xa0€ de la facture {invoice.said}." in part.printed["sentences"]
    assert part.printed["amount"] == "100,00\xa0€"
    assert (await invoices.print_invoice(part)).startswith(b"%PDF")
    today = clock.today()
    sold = await books.sales(today, today)
    assert [(one.receipt, one.amount_cents) for one in sold] == [
        (invoice.said, DUES),
        (part.said, -10_000),
        (gone.said, -90_000),
    ]
    written = b"".join([piece async for piece in fec.lines(today, today)]).decode()
    pieces = [line.split("\t")[8] for line in written.splitlines()[1:]]
    assert sorted(set(pieces)) == sorted({invoice.said, part.said, gone.said})
    assert all(gap.whole for gap in await books.gaps())


async def test_credit_note_is_for_the_rest_when_dues_are_paid_anew():
    """P2: a part had its credit note, then the bank took the rest: two notes, and no cent twice."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    await moved(order, PaymentKind.REFUND, 10_000, "re_1")
    await moved(order, PaymentKind.DISPUTE, 90_000, "dp_1")
    assert [paper[1] for paper in await papers(order)] == [DUES, 10_000]
    await pay(public_id, "pi_2")
    taken_back = sum(cents for series, cents, _, _ in await papers(order) if series == "AF")
    assert taken_back == DUES


async def test_dues_stand_when_a_dispute_is_won_while_another_page_is_open():
    """P2, P3, B7: nothing was paid anew: no cent goes back, the year has one invoice, the page closes."""
    public_id, paid, again = await add_disputed()
    await moved(paid, PaymentKind.REINSTATED, DUES, "dp_1")
    contract = await contracts.get_contract(public_id)
    assert (contract.paid_at is not None, contract.order_public_id) == (True, paid)
    assert (await billing.get_order(again)).state() is OrderState.CANCELLED
    assert await fetch_value("SELECT count(*) FROM refund") == 0
    assert [paper[0::3] for paper in await papers(paid)] == [("F", 0), ("AF", DUES), ("F", DUES)]
    with clock.travel(timedelta(days=31)):
        await jobs.keep_up()
        assert await has(public_id) == [Has.TAKEN]


async def test_invoice_is_of_what_stayed_when_a_dispute_is_won_after_a_refund_in_part():
    """P2, M9: nobody is invoiced what was given back."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    await moved(order, PaymentKind.REFUND, 30_000, "re_1")
    await moved(order, PaymentKind.DISPUTE, 70_000, "dp_1")
    assert await merchants.order_dues(SYSTEM, public_id, PayWay.ONLINE) is not None
    await moved(order, PaymentKind.REINSTATED, 70_000, "dp_1")
    found = await invoices.of_payers([(await billing.get_order(order)).payer_id])
    newest = found[0]
    assert (newest.amount_cents, newest.left_cents) == (70_000, 70_000)
    assert newest.printed["amount"] == "700,00\xa0€"
    assert sum(-one.amount_cents if one.credit else one.amount_cents for one in found) == 70_000


async def test_order_has_one_standing_invoice_when_two_are_written(db: Database):
    """P2: at database level, whoever writes: one first, and one after each that was taken back."""
    public_id = await add_waiting("Roux")
    await pay(public_id, "pi_1")
    again = (
        "INSERT INTO invoice (public_id, series, year, number, pay_order, follows, amount_cents,"
        " printed, issued_at) SELECT $1, series, year, number + $2, pay_order, $3, amount_cents,"
        " printed, issued_at FROM invoice WHERE id = $4"
    )
    connection = await asyncpg.connect(db.owner_url)
    try:
        first = await connection.fetchval("SELECT id FROM invoice")
        with pytest.raises(asyncpg.UniqueViolationError, match="invoice_one_first"):
            await connection.execute(again, "a", 1, None, first)
        await connection.execute(again, "b", 2, first, first)
        with pytest.raises(asyncpg.UniqueViolationError, match="invoice_followed_once"):
            await connection.execute(again, "c", 3, first, first)
    finally:
        await connection.close()


async def test_debit_goes_back_when_a_dispute_was_won_before_it_came():
    """P2, B6: one year, one payment: what was on its way is given back, the year stays paid."""
    public_id, paid, again = await add_disputed()
    await fetch("UPDATE pay_order SET stripe_session = 'cs_1' WHERE public_id = $1", again)
    running = Facts(order=again, thread="pi_2", pending=True, pending_since=clock.now())
    await merchants.fulfil(running)
    await moved(paid, PaymentKind.REINSTATED, DUES, "dp_1")
    await moved(again, PaymentKind.PAYMENT, DUES, "pi_2", "pi_2")
    rows = await fetch("SELECT p.external_id FROM refund r JOIN payment p ON p.id = r.payment")
    assert [row["external_id"] for row in rows] == ["pi_2"]
    assert (await contracts.get_contract(public_id)).order_public_id == paid


async def test_money_goes_back_when_a_dispute_is_won_after_its_contract_was_cut_off():
    """P3, V12: the place went to the next: nothing is kept for a year that nobody has."""
    public_id = await add_waiting("Roux")
    paid = await pay(public_id, "pi_1")
    await moved(paid.public_id, PaymentKind.DISPUTE, DUES, "dp_1")
    with clock.travel(timedelta(days=31)):
        await jobs.keep_up()
        await moved(paid.public_id, PaymentKind.REINSTATED, DUES, "dp_1")
    assert (await contracts.get_contract(public_id)).paid_at is None
    rows = await fetch("SELECT amount_cents, reason FROM refund")
    assert [tuple(row) for row in rows] == [(DUES, "La convention est finie")]


async def add_two_years() -> tuple[str, str, str, str]:
    """A firm that has paid this year and, when its renewal is drawn, the next one too.

    Its two contracts, the order of the first, and the contract of a firm that waits.
    """
    firm = await add_firm("Roux")
    await add_merchant(firm.id)
    one = await draw(firm.id)
    await sign(one)
    order = (await pay(one, "pi_1")).public_id
    waiter = await add_waiting("Blanc")
    with clock.travel(timedelta(days=310)):
        await jobs.keep_up()
        two: str = await fetch_value("SELECT public_id FROM contract WHERE previous IS NOT NULL")
        await sign(two)
        await pay(two, "pi_2")
    return one, two, order, waiter


@pytest.mark.parametrize("kind", [PaymentKind.DISPUTE, PaymentKind.REFUND])
@pytest.mark.parametrize("day", [320, 345, 450])
async def test_paid_year_stays_when_the_money_of_the_year_before_goes_back(
    day: int, kind: PaymentKind
):
    """P1, P3, P7: a year is lost by its own dues alone; the place of the paid one is its firm's."""
    one, two, order, waiter = await add_two_years()
    with clock.travel(timedelta(days=day)):
        await moved(order, kind, DUES, "back_1")
    with clock.travel(timedelta(days=day + 31)):
        await jobs.keep_up()
        assert (await contracts.get_contract(two)).ended_on is None
        assert (await has(two), await has(waiter)) == ([Has.TAKEN], [Has.WAITING])
        reason = (await contracts.get_contract(one)).end_reason
        assert reason is (EndReason.UNPAID if day < 365 else None)
    told = await fetch_value("SELECT count(*) FROM message WHERE kind = 'partner.suspended'")
    assert told == (1 if day == 320 else 0)


async def test_treasurer_is_told_when_a_firm_leaves_before_a_year_that_it_paid():
    """P3: dues of a year that never begins are given back; those of the year that runs are not."""
    one, two, _, waiter = await add_two_years()
    with clock.travel(timedelta(days=320)):
        await merchants.end_contract(SYSTEM, one, EndReason.LEFT)
        assert await has(waiter) == [Has.OFFERED]
    [shown] = await differences.waiting()
    order = (await contracts.get_contract(two)).order_public_id
    assert (shown.kind, shown.order) == (DifferenceKind.ENDED, order)
    assert shown.difference_cents == DUES


async def test_only_the_second_payment_goes_back_when_dues_are_paid_twice():
    """V12, P2: the year stays paid, its invoice stands, and nothing is owed again."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    await moved(order, PaymentKind.PAYMENT, DUES, "pi_2", "pi_2")
    rows = await fetch(
        "SELECT p.external_id, r.amount_cents FROM refund r JOIN payment p ON p.id = r.payment"
    )
    assert [tuple(row) for row in rows] == [("pi_2", DUES)]
    await moved(order, PaymentKind.REFUND, DUES, "re_1", "pi_2")
    assert (await contracts.get_contract(public_id)).paid_at is not None
    assert await papers(order) == [("F", DUES, "", DUES)]
    assert await has(public_id) == [Has.TAKEN]


async def test_only_the_second_payment_goes_back_when_the_firm_has_left():
    """P2: what paid a year that was left is not given back with money that came late."""
    public_id = await add_waiting("Roux")
    order = (await pay(public_id, "pi_1")).public_id
    await merchants.end_contract(SYSTEM, public_id, EndReason.LEFT)
    await moved(order, PaymentKind.PAYMENT, DUES, "pi_2", "pi_2")
    rows = await fetch("SELECT p.external_id FROM refund r JOIN payment p ON p.id = r.payment")
    assert [row["external_id"] for row in rows] == ["pi_2"]


async def test_year_stays_paid_when_the_money_that_came_twice_goes_back():
    """P2, P3: another order paid the year meanwhile: what is given back of the first one owes nothing."""
    public_id = await add_waiting("Roux")
    first = (await pay(public_id, "pi_1")).public_id
    await moved(first, PaymentKind.DISPUTE, DUES, "dp_1")
    await pay(public_id, "pi_2")
    await moved(first, PaymentKind.REINSTATED, DUES, "dp_1")
    await moved(first, PaymentKind.REFUND, DUES, "re_1")
    assert (await contracts.get_contract(public_id)).paid_at is not None
