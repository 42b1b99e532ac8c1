"""What a member's own pages of dues show, in three statements each (PERF6)."""

from datetime import date
from typing import Any, TypeVar

import msgspec

from backend.billing import bank, ways
from backend.billing import queries as billing
from backend.billing.bank import Account
from backend.billing.queries import Order, Receipt
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.kit.database import fetch_one
from backend.membership import waiting
from backend.membership.queries.dues import PLAN, PRICE, WISH, Plan, Wish
from backend.membership.queries.households import Member
from backend.membership.queries.withdrawals import (
    BEGUN,
    Begun,
    Withdrawable,
    carried_of,
    newest,
)
from backend.membership.reminders import Channel
from backend.membership.rules import FIRST_PRICES, YEAR_MONTHS

T = TypeVar("T")


class Told(msgspec.Struct, frozen=True):
    """The newest reminder of a term; a paper counts once it was handed over."""

    on: date
    channel: Channel


class MyDues(msgspec.Struct, frozen=True, kw_only=True):
    """Where they stand besides their days. Receipts, newest first, with those of days that came along."""

    month_cents: int
    plan: Plan | None
    wish: Wish | None
    told: Told | None
    failed_on: date | None
    receipts: list[Receipt]
    withdrawable: Withdrawable | None


async def my_dues(member: Member) -> MyDues:
    today = clock.today()
    row = await fetch_one(
        _MINE,
        member.household_id,
        member.paid_until,
        member.payer_id,
        member.category.value,
        today,
    )
    assert row is not None
    begun = _list(row["begun"], Begun)
    carried = carried_of(begun)
    return MyDues(
        month_cents=_month_cents(member, row),
        plan=_one(row["plan"], Plan),
        wish=_one(row["wish"], Wish),
        told=_one(row["told"], Told),
        failed_on=row["failed_on"],
        receipts=await billing.receipts_of(member.payer_id, carried),
        withdrawable=newest(
            await billing.orders_of(member.payer_id, "dues", carried), begun, today
        ),
    )


class Paying(msgspec.Struct, frozen=True, kw_only=True):
    """What may be paid, and how. `transfer`: a year that was ordered so and waits, with its reference."""

    month_cents: int
    open_ways: frozenset[str]
    account: Account | None
    transfer: Order | None
    reference: str


async def paying(member: Member) -> Paying:
    """No account where nobody may pay by transfer."""
    row = await fetch_one(_PAYING, member.category.value, clock.today())
    assert row is not None
    open_ways = ways.but([each["way"] for each in msgspec.json.decode(row["closed"])])
    account = _one(row["account"], Account) if PayWay.TRANSFER in open_ways else None
    transfer = await waiting.open_transfer(member.payer_id, YEAR_MONTHS) if account else None
    return Paying(
        month_cents=_month_cents(member, row),
        open_ways=open_ways,
        account=account,
        transfer=transfer,
        reference=await billing.reference_of(transfer) if transfer else "",
    )


def _month_cents(member: Member, row: Any) -> int:
    cents: int | None = row["month_cents"]
    return FIRST_PRICES[member.category] if cents is None else cents


def _all(name: str, sql: str) -> str:
    return f"(SELECT coalesce(json_agg(x), '[]')::text FROM ({sql}) x) AS {name}"  # noqa: S608 - our own words


def _list(said: str, kind: type[T]) -> list[T]:
    return msgspec.json.decode(said, type=list[kind])  # type: ignore[valid-type]


def _one(said: str, kind: type[T]) -> T | None:
    """Of a question that one row answers at most."""
    return next(iter(_list(said, kind)), None)


# Of household $1 and its last paid day $2.
_TOLD = (
    "SELECT coalesce((r.handed_at AT TIME ZONE 'Europe/Paris')::date, r.told_on) AS on,"
    " r.channel FROM reminder r WHERE r.household = $1 AND r.term_on = $2"
    " AND r.withdrawn_at IS NULL AND (r.handed_at IS NOT NULL OR r.channel IN ('email', 'sms'))"
    " ORDER BY r.id DESC LIMIT 1"
)
# The day a renewal by itself was given up, while its term is still the last paid day.
_FAILED = (
    "SELECT (o.failed_at AT TIME ZONE 'Europe/Paris')::date FROM renewal r"
    " JOIN renewal_wish w ON w.id = r.wish JOIN pay_order o ON o.id = r.pay_order"
    " WHERE w.household = $1 AND r.term = $2 AND o.failed_at IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = o.id)"
)
# $1 the household, $2 its last paid day, $3 its payer, $4 its category, $5 today.
_MINE = (
    f"SELECT ({PRICE.format('$4', '$5')}) AS month_cents, ({_FAILED}) AS failed_on,"
    f" {_all('plan', PLAN)}, {_all('wish', WISH)}, {_all('told', _TOLD)},"
    f" {_all('begun', BEGUN.format('$3', '$1'))}"
)
# $1 the category, $2 today.
_PAYING = (
    f"SELECT ({PRICE.format('$1', '$2')}) AS month_cents, {_all('closed', ways.CLOSED)},"
    f" {_all('account', bank.ACCOUNT)}"
)
