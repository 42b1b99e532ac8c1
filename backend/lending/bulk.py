"""An act on many copies or loans: what is wished and what came of it; values only."""

from datetime import date

import msgspec

from backend.lending.rules import BulkKind


class BulkWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done: `units` by their codes; loans by the day they are due, at a site or at all.

    `shelf`, `site` (its slug), `text` (a reason, or the message) and `until` as the kind asks.
    """

    kind: BulkKind
    units: tuple[str, ...] = ()
    shelf: str = ""
    site: str = ""
    text: str = ""
    due_on: date | None = None
    until: date | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One copy or loan: what it was and what it is now. `left`: why nothing was done to it.

    `cost_cents`: what the household owes more for a loan of another length, or less.
    `home` and `there`: the resources, by public id, between which a copy went to another site.
    """

    unit: str
    name: str
    before: str
    after: str
    line: int | None = None
    home: str = ""
    there: str = ""
    who: str = ""
    left: str = ""
    cost_cents: int = 0


class BulkDone(msgspec.Struct, frozen=True, kw_only=True):
    """An act by its public id, "" where it was only looked at; bookings by public id."""

    act: str
    kind: BulkKind
    changes: tuple[Change, ...]
    swapped: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
