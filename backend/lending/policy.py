"""A policy and a resource as rules and writes read them; values only."""

from datetime import datetime, time

import msgspec

from backend.lending.rules import DepositMode, DueRule, SlotMode


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """A row of lending_policy, as rules read it. A limit of None is none."""

    id: int
    public_id: str
    name: str
    slot_mode: SlotMode
    slot_minutes: int
    usual_length: int
    longest_length: int
    due_rule: DueRule
    buffer_before: int
    buffer_after: int
    renewals: int
    needs_approval: bool
    hold_minutes: int
    most_holds: int
    pickup_grace_minutes: int
    offer_open_minutes: int
    late_cancel_minutes: int
    household_loans: int | None
    person_loans: int | None
    household_bookings: int | None
    person_bookings: int | None
    most_days: int | None
    window_days: int
    most_peaks: int | None
    peak_weekdays: tuple[int, ...]
    peak_from: time | None
    advance_days: int | None
    strike_advance_days: int
    deposit_mode: DepositMode
    deposit_cents: int
    fee_day_cents: int
    grace_days: int
    checklist: tuple[str, ...]
    rules_text: str
    needs_licence: bool
    asks_charge: bool


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
