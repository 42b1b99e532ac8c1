"""What loans cost, what came of it, and how a deposit may be held (L34, L35): pure, in cents.

A debt's balance is the sum of its entries; what time or a calendar makes of it is computed here.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from backend.kit.openings import Calendar
from backend.kit.zone import paris
from backend.lending import due
from backend.lending.policy import Policy
from backend.lending.rules import (
    CAPTURE_WITHIN_OURS,
    DebtKind,
    DepositMode,
    DepositWay,
    EntryKind,
    Period,
    PriceUnit,
    deposit_way,
)

HOUR = timedelta(hours=1)
# Waivers that nobody decided: what they take back is asked for again where it is due again.
PRICE_CHANGED, UNDONE = "Le prêt a changé.", "Retour annulé."
# Which way an entry counts in what is owed, and in what is held.
OWED: Mapping[EntryKind, int] = MappingProxyType(
    {
        EntryKind.FEE: 1,
        EntryKind.FINE: 1,
        EntryKind.DAMAGE: 1,
        EntryKind.REFUND: 1,
        EntryKind.PAYMENT: -1,
        EntryKind.WAIVER: -1,
        EntryKind.DEPOSIT_KEPT: -1,
    }
)
HELD: Mapping[EntryKind, int] = MappingProxyType(
    {
        EntryKind.DEPOSIT_HELD: 1,
        EntryKind.DEPOSIT_RELEASED: -1,
        EntryKind.DEPOSIT_KEPT: -1,
    }
)
CHARGES: Mapping[DebtKind, EntryKind] = MappingProxyType(
    {kind: EntryKind(kind.value) for kind in DebtKind}
)


def _sum_sql(signs: Mapping[EntryKind, int]) -> str:
    """The same signs in SQL, of an entry called `e`: branches of a CASE."""
    return " ".join(
        f"WHEN e.kind = '{kind}' THEN {'-' if sign < 0 else ''}e.amount_cents"
        for kind, sign in signs.items()
    )


OWED_SQL, HELD_SQL = _sum_sql(OWED), _sum_sql(HELD)


class Share(msgspec.Struct, frozen=True):
    """So much of a payment is for this debt."""

    debt: str
    amount_cents: int


def balance(entries: Iterable[tuple[EntryKind, int]], signs: Mapping[EntryKind, int]) -> int:
    """Balances are sums; a kind without a sign does not count in this one."""
    return sum(signs.get(kind, 0) * cents for kind, cents in entries)


def price(policy: Policy, period: Period) -> int:
    """What a loan costs; every day and every hour that is begun counts whole. 0 where it is free."""
    if policy.price_unit is PriceUnit.HOUR:
        return policy.price_cents * -(-period.length // HOUR)
    if policy.price_unit is PriceUnit.DAY:
        last = paris(period.end - timedelta(microseconds=1)).date()
        return policy.price_cents * ((last - paris(period.start).date()).days + 1)
    return policy.price_cents


def kept_of_price(policy: Policy, price_cents: int, *, late: bool) -> int:
    """What stays owed of a loan that does not take place: nothing, or a part where it was late."""
    return price_cents * (100 - policy.late_refund_percent) // 100 if late else 0


def late_fee(
    policy: Policy,
    calendar: Calendar,
    due_at: datetime,
    until: datetime,
    replacement_cents: int | None,
    before_cents: int = 0,
) -> int:
    """Open days late after the grace; with what was charged before, never more than a new one costs.

    Nothing where nobody said what a new one costs: there would be no end to it.
    """
    day_cents = late_day(policy.fee_day_cents, replacement_cents)
    if replacement_cents is None or day_cents == 0:
        return 0
    days = due.late_days(calendar, due_at, until, policy.grace_days)
    return max(0, min(days * day_cents, replacement_cents - before_cents))


def late_day(fee_day_cents: int, replacement_cents: int | None) -> int:
    """What each open day costs after the grace, as it is said before."""
    return 0 if replacement_cents is None else min(fee_day_cents, replacement_cents)


def needs_second(policy: Policy, cents: int) -> bool:
    """Above it, one of the staff alone does not decide (L35)."""
    return cents > policy.approve_above_cents


def deposit_ways(mode: DepositMode, due_at: datetime, now: datetime) -> tuple[DepositWay, ...]:
    """What may be held for a loan that begins now and is due then."""
    wanted = deposit_way(mode, due_at - now)
    if wanted is DepositMode.CASH_NOTE:
        return (DepositWay.CASH, DepositWay.CHEQUE)
    if wanted is DepositMode.AUTHORISATION:
        return (DepositWay.HOLD, DepositWay.CARD)
    return (DepositWay.CARD,) if wanted is DepositMode.CARD_IMPRINT else ()


def may_hold_by_ourselves(mode: DepositMode, due_at: datetime, now: datetime) -> bool:
    """On a card that was left with Stripe, without its owner: captured within 5 days (L34)."""
    held = DepositWay.HOLD in deposit_ways(mode, due_at, now)
    return held and due_at <= now + CAPTURE_WITHIN_OURS


def allocate(cents: int, left: Iterable[tuple[str, int]]) -> tuple[list[Share], int]:
    """Money over debts, in their order; and what is too much."""
    shares = []
    for debt, open_cents in left:
        part = min(cents, open_cents)
        if part > 0:
            shares.append(Share(debt, part))
            cents -= part
    return shares, cents
