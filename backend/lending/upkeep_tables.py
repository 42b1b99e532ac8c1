"""How the office looks after what is lent: plans of regular upkeep, and acts on many things at once."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Row,
    Unique,
    document,
    instant,
    integer,
    refers,
    text,
    word,
)
from backend.lending.rules import BulkKind


class UpkeepPlan(Row):
    """What is looked after again and again: every so many months, loans or kilometres (L32).

    With `grace_days` the unit is blocked once its ticket has waited so long; without, never.
    """

    public_id = text(unique=True)
    resource = refers("Resource", "lending", on_delete=RESTRICT)
    name = text()
    every_months = integer(null=True)
    every_loans = integer(null=True)
    every_kilometres = integer(null=True)
    grace_days = integer(null=True)
    version = integer(default=1)
    created_at = instant()
    ended_at = instant(null=True)

    sane = Check(
        "num_nonnulls(every_months, every_loans, every_kilometres) > 0"
        " AND least(every_months, every_loans, every_kilometres) > 0 AND coalesce(grace_days, 0) >= 0"
    )


class UpkeepMark(Row):
    """From when a plan counts for a unit: since it was last looked after, or first seen."""

    plan = refers("UpkeepPlan", "lending", on_delete=RESTRICT, index=False)
    unit = refers("Unit", "lending", on_delete=RESTRICT)
    since = instant()
    kilometres = integer(null=True)

    once = Unique(["plan", "unit"])


class BulkAct(Row):
    """One act of the office on many units or loans (L44); `facts` is what each was before."""

    public_id = text(unique=True)
    kind = word(BulkKind)
    facts = document()
    done_at = instant(index=True)
    done_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    undone_at = instant(null=True)
