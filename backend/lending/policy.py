"""A policy and a resource as rules and writes read them; values only."""

from datetime import datetime, time

import msgspec

from backend.lending.rules import (
    APPROVE_ABOVE,
    HOLD_MINUTES,
    MOST_HOLDS,
    DepositMode,
    DueRule,
    PriceUnit,
    SlotMode,
)


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A row of lending_policy, as rules read it: the usual of the table, and a limit of None is none."""

    id: int
    public_id: str
    name: str
    slot_mode: SlotMode
    slot_minutes: int = 60
    usual_length: int
    longest_length: int
    due_rule: DueRule
    buffer_before: int = 0
    buffer_after: int = 0
    renewals: int = 0
    needs_approval: bool = False
    hold_minutes: int = HOLD_MINUTES
    most_holds: int = MOST_HOLDS
    pickup_grace_minutes: int = 120
    offer_open_minutes: int = 240
    late_cancel_minutes: int = 120
    household_loans: int | None = None
    person_loans: int | None = None
    household_bookings: int | None = None
    person_bookings: int | None = None
    most_days: int | None = None
    window_days: int = 30
    most_peaks: int | None = None
    peak_weekdays: tuple[int, ...] = ()
    peak_from: time | None = None
    advance_days: int | None = None
    strike_advance_days: int = 7
    deposit_mode: DepositMode = DepositMode.NONE
    deposit_cents: int = 0
    fee_day_cents: int = 0
    grace_days: int = 0
    price_cents: int = 0
    price_unit: PriceUnit = PriceUnit.LOAN
    late_refund_percent: int = 0
    approve_above_cents: int = APPROVE_ABOVE
    checklist: tuple[str, ...] = ()
    rules_text: str = ""
    needs_licence: bool = False
    asks_charge: bool = False
    notice_eve: bool = True
    notice_before: tuple[int, ...] = (2, 0)
    notice_late: tuple[int, ...] = (1, 4, 10)
    version: int = 1


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """A resource with its policy, as the writes of lending need it."""

    id: int
    public_id: str
    site_id: int
    name: str
    counted: bool
    capacity: int | None
    pieces: tuple[str, ...]
    retired_at: datetime | None
    policy: Policy
