"""Partners' dues: ordered online or by transfer (P2)."""

from datetime import date, timedelta

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import lines, ways
from backend.billing import queries as orders
from backend.billing import service as billing
from backend.billing.errors import AmountsDiffer, OrderNotByTransfer
from backend.billing.gateway import Movement
from backend.billing.queries import Order
from backend.billing.rules import LineState, OrderState, PaymentKind, PayWay
from backend.kit import clock, formats
from backend.kit.database import fetch, once_more, transaction, within
from backend.merchants import contracts, rules
from backend.merchants.contracts import ContractPage
from backend.merchants.errors import DebitRunning, NothingOwed, TradeTaken
from backend.merchants.service import invoicing, places, telling
from backend.merchants.service.contracts import (
    begin,
    move,
    said_days,
    sign_up,
    year_of,
)
from backend.merchants.service.ends import lock_contract
from backend.merchants.service.lapses import write_off_dead

DUES = "partner_dues"
WAYS = {
    PayWay.ONLINE: "Payée en ligne le {on}.",
    PayWay.TRANSFER: "À payer par virement. Référence à écrire : {reference}.",
}


class DuesOf(msgspec.Struct, frozen=True):
    """What an order of partner dues pays."""

    contract: str


class Ordered(msgspec.Struct, frozen=True):
    """`row`: of the outbox, which opens Stripe's page; None for a transfer."""

    public_id: str
    row: int | None


@once_more
async def order_dues(
    by: By,
    public_id: str,
    way: PayWay,
    partner_ids: frozenset[int] | None = None,
    *,
    done_path: str = "",
    back_path: str = "",
) -> Ordered | None:
    """An order of the contract's dues; the firm's places are kept while it is paid.

    None where it has no place, and then it waits and nothing is ordered (V12). Asked again online it
    is the same order (B4). A transfer has its invoice at once. `done_path` may hold {order}.
    Raises NothingOwed, DebitRunning, WayClosed.
    """
    await write_off_dead()
    async with transaction():
        contract = await lock_contract(public_id, partner_ids)
        if contract.accepted_at is None or contract.paid_at is not None or not contract.dues_cents:
            raise NothingOwed
        await ways.check_open(way)
        during = await year_of(contract)
        kept = await _open(contract, way)
        if not await sign_up(contract, during):
            return None
        await move(contract.id, during)
        await places.keep(contract.id, during, clock.now() + await _hold_for(way))
        order = kept or await _order(contract, way, during)
        row = None
        if way is PayWay.ONLINE:
            asked = await billing.ask_checkout(order, done_path=done_path, back_path=back_path)
            row = asked.row
        await audit.note(
            "partner_dues.order", by, object_kind="contract", object_id=public_id, way=way.value
        )
    return Ordered(order.public_id, row)


async def _open(contract: ContractPage, way: PayWay) -> Order | None:
    """The order that is open for the same; another one is given up. Raises DebitRunning."""
    if contract.order_public_id is None:
        return None
    order = await billing.lock_order(contract.order_public_id)
    if order.state() is not OrderState.OPEN:
        return None
    if debit_runs(order):
        raise DebitRunning
    if order.way is way and order.amount_cents == contract.dues_cents:
        return order
    await billing.cancel_order(order)
    await invoicing.credit(order, contract)
    return None


def debit_runs(order: Order) -> bool:
    """Its page did what it was for, and the money is on its way (B6)."""
    open_ = order.state() is OrderState.OPEN
    return open_ and order.stripe_session is not None and order.expires_at is None


async def _hold_for(way: PayWay) -> timedelta:
    if way is PayWay.ONLINE:
        return rules.HOLD_FOR
    return timedelta(days=(await contracts.terms()).hold_days)


async def _order(contract: ContractPage, way: PayWay, during: tuple[date, date]) -> Order:
    """An order before it that lost its money has its invoice taken back: a year has one."""
    if contract.order_public_id is not None:
        await invoicing.credit(await orders.get_order(contract.order_public_id), contract)
    moved = msgspec.structs.replace(contract, first_day=during[0], until=during[1])
    label = f"Cotisation de partenaire, {said_days(moved)}"
    order = await billing.open_order(
        contract.payer_id, DUES, way, label, contract.dues_cents, DuesOf(contract.public_id)
    )
    await fetch("UPDATE contract SET pay_order = $2 WHERE id = $1", contract.id, order.id)
    if way is PayWay.TRANSFER:
        reference = await billing.give_reference(order)
        await invoicing.issue(order, contract, WAYS[way].format(reference=reference))
    return order


@once_more
async def match_transfer(by: By, line_public_id: str, order_public_id: str) -> None:
    """The line of the bank pays this order: the contract holds.

    Raises OrderNotByTransfer, AmountsDiffer, BankLineSettled, and TradeTaken for a place that went
    to somebody else meanwhile: the money is then given back.
    """
    async with transaction():
        order = await orders.get_order(order_public_id)
        if (order.kind, order.way) != (DUES, PayWay.TRANSFER):
            raise OrderNotByTransfer
        contract = await lock_contract(order.terms(DuesOf).contract)
        order = await billing.lock_order(order_public_id)
        if order.state() is not OrderState.OPEN:
            raise OrderNotByTransfer
        line = await lines.lock_line(line_public_id)
        if line.amount_cents != order.amount_cents:
            raise AmountsDiffer
        moved = Movement(
            kind=PaymentKind.PAYMENT,
            amount_cents=line.amount_cents,
            at=clock.start_of_day(line.on),
        )
        payment = await billing.record_payment(order, moved, received_by=by.id)
        assert payment is not None
        if not await settle(contract, order, moved):
            raise TradeTaken
        await lines.settle(by, line, LineState.MATCHED, f"payment:{payment.public_id}")


async def settle(contract: ContractPage, order: Order, moved: Movement) -> bool:
    """The money is there: the contract holds, its invoice is issued. False: its places are gone.

    Then it stands in no line for it: nothing is asked for again by itself (P1).
    """
    within()
    during = (contract.first_day, contract.until)
    if not await sign_up(contract, during, wait=False):
        return False
    await begin(contract.id, during)
    on = formats.day(clock.paris(moved.at).date())
    issued = await invoicing.issue(order, contract, WAYS[PayWay.ONLINE].format(on=on))
    await telling.tell(
        "partner.paid",
        order.public_id,
        contract.id,
        amount=formats.euros(moved.amount_cents),
        start=formats.day(contract.first_day),
        end=formats.day(contract.last_day),
        invoice=issued.said,
    )
    return True
