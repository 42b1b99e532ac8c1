"""What a year is held against, what is worth a look, and figures kept beside what they are counted from."""

from backend.insight.rules import CallOutcome, TargetKind
from backend.insight.thresholds import SignalKind
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    day,
    document,
    flag,
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


class HouseholdFigure(Row):
    """What one household adds to the club's figures, counted when something of it changed (PERF6).

    No status: days, as they stood on `counted_on`. It is a member from `counts_from` to the eve of
    `counts_to`; `last_on` is its last paid day; from `look_on` on they are counted anew.
    `residence` and `landlord` are those it proved. `uses` and `saved_cents` are of `year`. A copy, so
    without foreign keys.
    """

    household = integer()
    residence = integer(null=True)
    landlord = integer(null=True)
    category = text()
    monthly = flag()
    counted_on = day()
    counts_from = day(null=True)
    counts_to = day(null=True)
    last_on = day(null=True)
    look_on = day(null=True)
    people = integer()
    adults = integer()
    year = integer()
    uses = integer()
    saved_cents = cents()

    once = Unique(["household"])
    to_look = Index(["look_on"])
    to_end = Index(["last_on"])


class FigureCell(Row):
    """The figures of all households that are alike, added up whenever some of them were counted.

    0 stands for no residence, no landlord and no last paid month (a year and a month, as 202611).
    """

    residence = integer()
    landlord = integer()
    category = text()
    monthly = flag()
    member = flag()
    last_month = integer()
    year = integer()
    households = integer()
    people = integer()
    adults = integer()
    used_by = integer()
    uses = integer()
    saved_cents = cents()

    once = Unique(["residence", "landlord", "category", "monthly", "member", "last_month", "year"])


class HouseholdMark(Row):
    """Something of this household changed since it was counted. Triggers write it (revision 0005).

    No foreign key, which would be looked up for each use at a till: the row that changed has one.
    """

    household = integer()


class ClosedReport(Row):
    """Figures of days that are over, as they were first counted: they never move again. Append-only.

    `key` names what was counted of whom, up to `until`.
    """

    key = text()
    until = day()
    figures = document()
    counted_at = instant()

    once = Unique(["key", "until"])


class ParticipationSetting(Row):
    """How this club counts who takes part, and whom it welcomes; one row.

    `months` are at most those for which a loan still knows its household (L45).
    """

    one = integer(default=1, unique=True)
    months = integer(default=3)
    call_days = integer(default=30)
    weekly_calls = integer(default=5)
    changed_at = instant()

    single = Check("one = 1")
    sane = Check(
        "months BETWEEN 1 AND 4 AND call_days BETWEEN 7 AND 60 AND weekly_calls BETWEEN 0 AND 50"
    )


class WelcomeCall(Row):
    """Somebody to call to say hello: one at a time for a household, gone after `gone_on`.

    Nothing says why it was chosen: some are new, some take part, some do not.
    """

    public_id = text(unique=True)
    household = refers("Household", "membership", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT)
    site = refers("Site", "places", on_delete=RESTRICT, null=True)
    made_at = instant()
    gone_on = day()
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    outcome = text(null=True)

    once = Unique(["household"])
    known = Check(
        f"outcome IS NULL OR outcome IN ({', '.join(repr(one.value) for one in CallOutcome)})"
    )
    closed = Check("num_nulls(closed_at, closed_by, outcome) IN (0, 3)")
    to_go = Index(["gone_on"])
