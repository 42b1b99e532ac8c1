"""What can be lent, who has booked or has it, and what takes it out of use.

One exclusion constraint over bookings, holds, offers and maintenance says that a unit's time is
given once (L5). Who borrowed what is unlinked after some months: household and person may be null.
"""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Exclude,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    day,
    document,
    flag,
    instant,
    instants,
    integer,
    integers,
    refers,
    spans,
    text,
    texts,
    wall_time,
    word,
)
from backend.lending.count_tables import LoanMonth  # noqa: F401 - schema.py gathers it from here
from backend.lending.feed_tables import CalendarFeed  # noqa: F401 - schema.py gathers it from here
from backend.lending.notice_tables import LoanNotice  # noqa: F401 - schema.py gathers it from here
from backend.lending.owed_tables import (  # noqa: F401 - schema.py gathers them from here
    CardImprint,
    DamagePhoto,
    DebtContest,
    LendingEntry,
    LoanDebt,
    LoanDeposit,
)
from backend.lending.rules import (
    APPROVE_ABOVE,
    BLOCKING_SQL,
    HOLD_MINUTES,
    MOST_HOLDS,
    Channel,
    DepositMode,
    DueRule,
    LineState,
    ListKind,
    PriceUnit,
    Priority,
    SlotMode,
    StrikeKind,
    TicketKind,
    VisitKind,
)
from backend.lending.upkeep_tables import BulkAct, UpkeepMark, UpkeepPlan  # noqa: F401 - the same

_UNIT, _BLOCKS = "int8range(unit, unit, '[]')", f"unit IS NOT NULL AND state IN ({BLOCKING_SQL})"


class LendingPolicy(Row):
    """What differs between tools, toys, books, rooms and vehicles (L1). A limit of NULL is none.

    `usual_length` and `longest_length` are days or minutes, by the mode. Peak hours are those of
    `peak_weekdays` (0 is Monday) from `peak_from` on. `rules_text` is accepted by whoever books.
    `notice_*`: the eve of a pick-up is told; so many days before it is due, so many open days after.
    """

    public_id = text(unique=True)
    name = text(unique=True)
    slot_mode = word(SlotMode)
    slot_minutes = integer(default=60)
    usual_length = integer()
    longest_length = integer()
    due_rule = word(DueRule)
    buffer_before = integer(default=0)
    buffer_after = integer(default=0)
    renewals = integer(default=0)
    needs_approval = flag(default=False)
    hold_minutes = integer(default=HOLD_MINUTES)
    most_holds = integer(default=MOST_HOLDS)
    pickup_grace_minutes = integer(default=120)
    offer_open_minutes = integer(default=240)
    late_cancel_minutes = integer(default=120)
    household_loans = integer(null=True)
    person_loans = integer(null=True)
    household_bookings = integer(null=True)
    person_bookings = integer(null=True)
    most_days = integer(null=True)
    window_days = integer(default=30)
    most_peaks = integer(null=True)
    peak_weekdays = integers()
    peak_from = wall_time(null=True)
    advance_days = integer(null=True)
    strike_advance_days = integer(default=7)
    deposit_mode = word(DepositMode)
    deposit_cents = cents(default=0)
    fee_day_cents = cents(default=0)
    grace_days = integer(default=0)
    price_cents = cents(default=0)
    price_unit = word(PriceUnit, default=PriceUnit.LOAN)
    late_refund_percent = integer(default=0)
    approve_above_cents = cents(default=APPROVE_ABOVE)
    checklist = texts()
    rules_text = text()
    needs_licence = flag(default=False)
    asks_charge = flag(default=False)
    notice_eve = flag(default=True)
    notice_before = integers()
    notice_late = integers()
    version = integer(default=1)
    created_at = instant()

    lengths = Check("usual_length BETWEEN 1 AND longest_length AND slot_minutes BETWEEN 5 AND 1440")
    waits = Check(
        "least(buffer_before, buffer_after, renewals, pickup_grace_minutes, offer_open_minutes,"
        " late_cancel_minutes, strike_advance_days, deposit_cents, fee_day_cents, grace_days,"
        " price_cents, late_refund_percent, approve_above_cents) >= 0"
        " AND late_refund_percent <= 100"
        " AND least(hold_minutes, most_holds, window_days) >= 1"
    )
    limits = Check(
        "coalesce(least(household_loans, person_loans, household_bookings, person_bookings,"
        " most_days, most_peaks, advance_days), 0) >= 0"
    )


class Resource(Row):
    """A model that people choose. Without units nobody counts it and it never blocks (L40).

    `pieces` are the parts that come back with it. `search` is name, category and ISBN, folded.
    """

    public_id = text(unique=True)
    site = refers("Site", "places", on_delete=RESTRICT)
    policy = refers("LendingPolicy", "lending", on_delete=RESTRICT)
    name = text()
    category = text()
    description = text()
    search = text()
    photo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True, index=False)
    replacement_cents = cents(null=True)
    isbn = text(null=True)
    external_code = text(null=True)
    counted = flag(default=True)
    capacity = integer(null=True)
    pieces = texts()
    in_charge = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    version = integer(default=1)
    created_at = instant()
    retired_at = instant(null=True)

    by_search = Index(["search"])
    by_category = Index(["category"], where="retired_at IS NULL")
    one_code = PartialUnique(["external_code"], where="external_code IS NOT NULL")
    sane = Check("coalesce(capacity, 1) > 0 AND coalesce(replacement_cents, 0) >= 0")


class KitPart(Row):
    """What comes with a kit: so many of another resource, all or none (L11)."""

    kit = refers("Resource", "lending", on_delete=RESTRICT, index=False)
    part = refers("Resource", "lending", on_delete=RESTRICT)
    many = integer(default=1)

    once = Unique(["kit", "part"])
    sane = Check("many BETWEEN 1 AND 99 AND kit <> part")


class Unit(Row):
    """One copy. `code` is printed on its label; `facts` tell its condition: pieces that miss, notes.

    `was_of`: the resources it was of before, with ids, and until when, as it went from site to site.
    """

    resource = refers("Resource", "lending", on_delete=RESTRICT)
    code = text(unique=True)
    external_code = text(null=True)
    shelf = text()
    facts = document()
    was_of = document(null=True)
    kilometres = integer(null=True)
    version = integer(default=1)
    created_at = instant()
    retired_at = instant(null=True)

    one_code = PartialUnique(["external_code"], where="external_code IS NOT NULL")


class Booking(Row):
    """What one household asked for at once. `version` grows with each change of its lines (L12)."""

    public_id = text(unique=True)
    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    channel = word(Channel)
    version = integer(default=1)
    created_at = instant()
    accepted_at = instant(null=True)
    external_code = text(null=True)

    one_code = PartialUnique(["external_code"], where="external_code IS NOT NULL")


class Ticket(Row):
    """A unit out of use, or only to be looked after: repair, cleaning, a blackout, a loss (L31, L32).

    It takes time only by its `blocked` lines. `wants` is the time it is to block, whoever else blocks
    it too: what another ticket or a loan had comes to this one when that is over. `started_at`:
    somebody works on it. A `plan` made it.
    """

    public_id = text(unique=True)
    unit = refers("Unit", "lending", on_delete=RESTRICT)
    kind = word(TicketKind)
    note = text()
    opened_at = instant()
    opened_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    plan = refers("UpkeepPlan", "lending", on_delete=RESTRICT, null=True, index=False)
    wants = spans(null=True)
    started_at = instant(null=True)
    cost_cents = cents(null=True)
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    one_of_plan = PartialUnique(["plan", "unit"], where="plan IS NOT NULL AND closed_at IS NULL")
    done = Index(["closed_at"], where="closed_at IS NOT NULL")
    waiting = Index(["opened_at"], where="closed_at IS NULL")
    sane = Check("coalesce(cost_cents, 0) >= 0")


class BookingLine(Row):
    """One resource's time, of a booking or of a ticket. `lapses_at` ends a hold or an offer.

    A unit's time is given once. `people` come to a room; `reason` says why it was refused or ended.
    """

    booking = refers("Booking", "lending", on_delete=RESTRICT, null=True)
    ticket = refers("Ticket", "lending", on_delete=RESTRICT, null=True)
    resource = refers("Resource", "lending", on_delete=RESTRICT, index=False)
    unit = refers("Unit", "lending", on_delete=RESTRICT, null=True)
    during = instants()
    occupied = instants()
    state = word(LineState)
    lapses_at = instant(null=True)
    extended = flag(default=False)
    renewed = integer(default=0)
    people = integer(null=True)
    reason = text(null=True)
    changed_at = instant()

    no_two = Exclude((_UNIT, "&&"), ("occupied", "&&"), where=_BLOCKS)
    one_owner = Check("num_nonnulls(booking, ticket) = 1")
    blocked_by_ticket = Check("(state = 'blocked') = (ticket IS NOT NULL)")
    lapsing = Check("(state IN ('held', 'offered')) = (lapses_at IS NOT NULL)")
    bounded = Check("coalesce(lower(during) < upper(during), false) AND occupied @> during")
    in_time = Index(["resource", "upper(occupied)"])
    dead = Index(["resource", "lapses_at"], where="lapses_at IS NOT NULL")
    due = Index(["upper(during)"], where="state = 'checked_out'")
    starting = Index(["lower(during)"], where="state IN ('requested', 'confirmed', 'ready')")
    to_inspect = Index(["changed_at"], where="state = 'returned'")
    waiting = Index(["lower(during)"], where="state = 'waitlisted'")
    in_vain = Index(["changed_at"], where="state IN ('rejected', 'expired')")


class Wish(Row):
    """A place on the waiting list, beside the line that waits (L23): by class, then by age."""

    line = refers("BookingLine", "lending", on_delete=RESTRICT, index=False)
    resource = refers("Resource", "lending", on_delete=RESTRICT)
    priority = word(Priority)
    since = instant()
    paused_at = instant(null=True)
    ended_at = instant(null=True)

    once = Unique(["line"])
    in_line = Index(["resource", "since"], where="ended_at IS NULL")


class Custody(Row):
    """A unit in one household's hands at a time (L9). `*_noted_at`: when the desk wrote it, maybe later.

    What the desk saw at both ends stands in `given` and `taken`: checklist, photos, kilometres.
    `ticket` is what its return opened. `planned_at`: when its line began until it was handed over.
    """

    unit = refers("Unit", "lending", on_delete=RESTRICT, index=False)
    line = refers("BookingLine", "lending", on_delete=RESTRICT)
    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    out_at = instant()
    out_noted_at = instant()
    in_at = instant(null=True)
    in_noted_at = instant(null=True)
    outcome = text(null=True)
    given = document()
    taken = document(null=True)
    ticket = refers("Ticket", "lending", on_delete=RESTRICT, null=True)
    undone_at = instant(null=True)
    planned_at = instant(null=True)

    one_open = PartialUnique(["unit"], where="in_at IS NULL AND undone_at IS NULL")
    no_two = Exclude((_UNIT, "&&"), ("tstzrange(out_at, in_at)", "&&"), where="undone_at IS NULL")
    of_unit = Index(["unit", "out_at"])
    by_month = Index(["out_at"])
    in_order = Check("in_at IS NULL OR in_at >= out_at")
    back = Check("num_nulls(in_at, in_noted_at, outcome, taken) IN (0, 4)")
    known = Check(
        "outcome IS NULL OR outcome IN ('fine', 'dirty', 'part_missing', 'damaged', 'not_working',"
        " 'lost')"
    )


class Licence(Row):
    """A driving licence that somebody of the house saw: until when it is good, never its number (L39)."""

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    valid_until = day()
    seen_at = instant()
    seen_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    once = Unique(["person"])


class Strike(Row):
    """A booking nobody came for, or given up too late (L25); it is forgotten by its date."""

    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    line = refers("BookingLine", "lending", on_delete=RESTRICT, index=False)
    kind = word(StrikeKind)
    at = instant()
    forgiven_at = instant(null=True)

    once = Unique(["line", "kind"])


class UnmetWish(Row):
    """A request that was refused or came to nothing (L43); it names nobody. Append-only."""

    resource = refers("Resource", "lending", on_delete=RESTRICT, index=False)
    during = instants()
    why = text()
    at = instant()

    of_resource = Index(["resource", "at"])


class ClosureShift(Row):
    """What a closure moved (L18): a line's time before and after, or no time where staff must look.

    Undone, the line has its old time again; where somebody else has it meanwhile, it stays.
    """

    closure = refers("SiteClosure", "places", on_delete=RESTRICT, index=False)
    line = refers("BookingLine", "lending", on_delete=RESTRICT)
    before = instants()
    after = instants(null=True)
    lapses_before = instant(null=True)
    lapses_after = instant(null=True)
    undone_at = instant(null=True)

    once = Unique(["closure", "line"])


class DeskCapacity(Row):
    """How many may come to the desk of a site in each period of the day (L19)."""

    site = refers("Site", "places", on_delete=RESTRICT, index=False)
    minutes = integer()
    most = integer()

    one = Unique(["site"])
    sane = Check("minutes IN (10, 15, 20, 30, 60) AND most BETWEEN 1 AND 99")


class DeskVisit(Row):
    """A place in a period of a desk, for the pick-up or the return of a line (L19)."""

    site = refers("Site", "places", on_delete=RESTRICT, index=False)
    line = refers("BookingLine", "lending", on_delete=RESTRICT, index=False)
    kind = word(VisitKind)
    starts_at = instant()
    place = integer()

    once = Unique(["line", "kind"])
    one_place = Unique(["site", "starts_at", "place"])
    sane = Check("place BETWEEN 1 AND 99")


class ImportDraft(Row):
    """A list that somebody of the staff looks at before it is applied; only they may apply it (L44)."""

    public_id = text(unique=True)
    person_id = integer()
    kind = word(ListKind)
    file_name = text()
    stored_file = refers("StoredFile", "kit", on_delete=RESTRICT)
    created_at = instant(index=True)
