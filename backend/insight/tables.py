"""What the treasurer holds a year against: its budget, and the ceiling of commercial receipts."""

from backend.insight.rules import TargetKind
from backend.insight.thresholds import SignalKind
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    cents,
    document,
    instant,
    integer,
    refers,
    text,
    word,
)


class Target(Row):
    """From this year on, until a later year has its own; of one year the newest row. Append-only."""

    kind = word(TargetKind)
    year = integer()
    amount_cents = cents()
    since = instant()
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    sane = Check("amount_cents > 0 AND year BETWEEN 2000 AND 2200")
    newest = Index(["kind", "year", "id"])


class Signal(Row):
    """Uses that are worth a look, about one till, shop or person (V36). It stops nobody.

    `subject` is the kind and what it is about; of each one stands open. `until_at` is the last use
    that was looked at: what is set aside is counted no more.
    """

    public_id = text(unique=True)
    kind = word(SignalKind)
    subject = text()
    till = refers("Till", "merchants", on_delete=RESTRICT, null=True)
    shop = refers("Shop", "merchants", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    facts = document()
    until_at = instant()
    found_at = instant()
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True)
    reason = text(null=True)

    one_open = PartialUnique(["subject"], where="closed_at IS NULL")
    closed = Check("num_nulls(closed_at, closed_by, reason) IN (0, 3)")
