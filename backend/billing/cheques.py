"""Cheques: what was read on them, their way to the bank in numbered batches, and those that wait."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import bank, journal, rules
from backend.billing.errors import DepositUnknown, NoChequeWaits
from backend.billing.rules import Account
from backend.kit import clock, codes, formats, papers
from backend.kit.database import (
    fetch,
    fetch_as,
    fetch_one_as,
    fetch_value,
    once_more,
    transaction,
    within,
)

SERIES = "B"  # of the counters: bordereau


class Read(msgspec.Struct, frozen=True):
    """What stands on a cheque; each may be empty."""

    bank: str = ""
    number: str = ""
    holder: str = ""


class Cheque(msgspec.Struct, frozen=True, kw_only=True):
    """A cheque that was taken, by the payment it is."""

    payment: str
    order: str
    bounced: bool
    payer: str
    amount_cents: int
    received_at: datetime
    bank: str
    number: str
    holder: str


class Deposit(msgspec.Struct, frozen=True, kw_only=True):
    """Cheques brought to the bank together."""

    public_id: str
    year: int
    number: int
    amount_cents: int
    at: datetime
    by: str
    cheques: int

    @property
    def said(self) -> str:
        return rules.receipt_number(SERIES, self.year, self.number)


# A cheque is gone once it went back itself; what went back of its money in notes leaves it where it is.
_CHEQUE = (
    "SELECT p.public_id AS payment, o.public_id AS order, EXISTS (SELECT 1 FROM payment b"
    "  WHERE b.of_payment = p.id AND b.way = 'cheque') AS bounced, y.name AS payer, p.amount_cents, p.received_at,"
    " coalesce(c.bank, '') AS bank, coalesce(c.number, p.note, '') AS number,"
    " coalesce(c.holder, '') AS holder FROM payment p JOIN pay_order o ON o.id = p.pay_order"
    " JOIN payer y ON y.id = o.payer LEFT JOIN cheque c ON c.payment = p.id"
    " LEFT JOIN deposited_cheque d ON d.payment = p.id"
    " WHERE p.way = 'cheque' AND p.kind = 'payment'"
)
_WAITING = (
    " AND d.id IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM payment b WHERE b.of_payment = p.id AND b.way = 'cheque')"
)
WAITING = f"{_CHEQUE}{_WAITING}"
_DEPOSIT = (
    "SELECT d.public_id, d.year, d.number, d.amount_cents, d.at,"
    " coalesce(trim(n.given_name || ' ' || n.family_name), '') AS by,"
    " (SELECT count(*) FROM deposited_cheque c WHERE c.deposit = d.id) AS cheques"
    " FROM cheque_deposit d LEFT JOIN person n ON n.id = d.by"
)


async def waiting() -> list[Cheque]:
    """Those that nobody has brought to the bank yet, the oldest first."""
    return await fetch_as(Cheque, f"{WAITING} ORDER BY p.id")


async def deposits(most: int = 20) -> list[Deposit]:
    """Newest first."""
    return await fetch_as(Deposit, f"{_DEPOSIT} ORDER BY d.id DESC LIMIT $1", most)


async def get_deposit(public_id: str) -> Deposit:
    """Raises DepositUnknown."""
    found = await fetch_one_as(Deposit, f"{_DEPOSIT} WHERE d.public_id = $1", public_id)
    if found is None:
        raise DepositUnknown
    return found


async def cheques_of(public_id: str) -> list[Cheque]:
    """Those of a deposit."""
    return await fetch_as(
        Cheque,
        f"{_CHEQUE} AND d.deposit = (SELECT id FROM cheque_deposit WHERE public_id = $1)"  # noqa: S608 - our own words only
        " ORDER BY p.id",
        public_id,
    )


async def keep(payment_id: int, read: Read) -> None:
    """What was read on the cheque of a payment."""
    within()
    await fetch(
        "INSERT INTO cheque (payment, bank, number, holder) VALUES ($1, $2, $3, $4)",
        payment_id,
        read.bank,
        read.number,
        read.holder,
    )


async def is_deposited(payment_id: int) -> bool:
    """The bank has it: what is given back comes from the bank. Its order is locked."""
    within()
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM deposited_cheque WHERE payment = $1)", payment_id
    )
    return found


@once_more
async def deposit(by: By, payments: Sequence[str]) -> str:
    """These cheques go to the bank: 5112 to 512. Gives the deposit. Raises NoChequeWaits."""
    public_id, at = codes.random_id(), clock.now()
    async with transaction():
        # Whoever gives a cheque back holds its order: it is deposited or given back, never both.
        await fetch(
            "SELECT id FROM pay_order WHERE id IN (SELECT pay_order FROM payment"
            " WHERE public_id = ANY($1)) ORDER BY id FOR NO KEY UPDATE",
            list(payments),
        )
        ready = await fetch_as(Cheque, f"{WAITING} AND p.public_id = ANY($1)", list(payments))
        if not ready or len(ready) != len(set(payments)):
            raise NoChequeWaits
        amount_cents = sum(each.amount_cents for each in ready)
        number = await _next_number(clock.paris(at).year)
        row = await fetch_value(
            "INSERT INTO cheque_deposit (public_id, year, number, amount_cents, at, by)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            public_id,
            clock.paris(at).year,
            number,
            amount_cents,
            at,
            by.id,
        )
        await fetch(
            "INSERT INTO deposited_cheque (payment, deposit)"
            " SELECT id, $2 FROM payment WHERE public_id = ANY($1)",
            list(payments),
            row,
        )
        lines = rules.transfer_lines(Account.BANK, Account.CHEQUES, amount_cents)
        await journal.post(f"cheque_deposit:{public_id}", "Remise de chèques", lines, at=at)
        await audit.note(
            "cheques_deposited",
            by,
            object_kind="cheque_deposit",
            object_id=public_id,
            amount_cents=amount_cents,
            cheques=len(ready),
        )
    return public_id


async def print_deposit(found: Deposit) -> bytes:
    """The list that goes with the cheques: the first print is kept, every later one is the same."""
    key = f"cheque_deposit:{found.public_id}"
    kept = await papers.issued(key)
    if kept is not None:
        return kept
    made = await papers.render("billing", "cheques", await _printed(found))
    async with transaction():
        return await papers.issue(key, made)


async def _printed(found: Deposit) -> dict[str, object]:
    account = await bank.account()
    return {
        "title": "Remise de chèques",
        "number": found.said,
        "date": formats.day(clock.paris(found.at).date()),
        "by": found.by,
        "account": "" if account is None else f"{account.holder}, {account.said}",
        "headings": ["Reçu de", "Nom sur le chèque", "Banque", "Numéro", "Somme"],
        "cheques": [
            [each.payer, each.holder, each.bank, each.number, formats.euros(each.amount_cents)]
            for each in await cheques_of(found.public_id)
        ],
        "total": f"{found.cheques} chèques, {formats.euros(found.amount_cents)}",
    }


async def _next_number(year: int) -> int:
    """As receipts are numbered: the counter's row stays locked until the commit (M9)."""
    number: int = await fetch_value(
        "INSERT INTO receipt_counter (series, year, last) VALUES ($1, $2, 1)"
        " ON CONFLICT ON CONSTRAINT receipt_counter_once"
        " DO UPDATE SET last = receipt_counter.last + 1 RETURNING last",
        SERIES,
        year,
    )
    return number
