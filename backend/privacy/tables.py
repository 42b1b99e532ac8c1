"""Erasures, how long things are kept, and what the nightly run took away."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Row,
    Unique,
    document,
    flag,
    instant,
    integer,
    refers,
    text,
    word,
)
from backend.privacy.rules import ErasureWay


class Erasure(Row):
    """A person was erased. `said` is the certificate as issued; it names nobody. Append-only."""

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    at = instant(index=True)
    way = word(ErasureWay)
    by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    said = document()

    once = Unique(["person"])


class RetentionSetting(Row):
    """How long the club keeps things, in months: one row at most, the law's limits until then."""

    one = integer(default=1, unique=True)
    prospects_months = integer()
    lapsed_months = integer()
    logs_months = integer()
    messages_months = integer()
    leads_months = integer(default=36)
    calls_months = integer(default=6)
    updated_at = instant()

    single = Check("one = 1")
    sane = Check(
        "prospects_months BETWEEN 1 AND 36 AND lapsed_months BETWEEN 1 AND 36"
        " AND logs_months BETWEEN 12 AND 36 AND messages_months BETWEEN 1 AND 36"
    )
    leads = Check("leads_months BETWEEN 1 AND 36")
    calls = Check("calls_months BETWEEN 1 AND 24")


class RetentionRun(Row):
    """One run: what was looked for, and how much of it went (or would have). Append-only."""

    at = instant(index=True)
    dry = flag()
    by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    counts = document()
