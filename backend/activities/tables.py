"""Series, sessions and seats."""

from backend.activities.rules import Rhythm, SeatState
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    flag,
    instant,
    integer,
    refers,
    text,
    texts,
    word,
)


class ActivitySeries(Row):
    """Sessions that belong together; what is said of them stands in each."""

    public_id = text(unique=True)
    rhythm = word(Rhythm)
    made_at = instant()
    made_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)


class ActivitySession(Row):
    """One occurrence. `taken` is counted by a trigger from its seats, and never passes `capacity`.

    `by_hand`: it was changed alone, so that a change of the rest leaves it as it is. `sequence` grows
    with what a calendar shows, `version` with every change. `room_tickets` block its room. A seat is
    given back without it being late until `cancel_hours` before it begins.
    """

    public_id = text(unique=True)
    series = refers("ActivitySeries", "activities", on_delete=RESTRICT, null=True)
    kind = text()
    title = text()
    details = text()
    site = refers("Site", "places", on_delete=RESTRICT, null=True)
    place = text()
    room = refers("Resource", "lending", on_delete=RESTRICT, null=True, index=False)
    room_tickets = texts()
    leader = refers("Person", "people", on_delete=RESTRICT, null=True)
    leader_name = text()
    age_from = integer(null=True)
    age_to = integer(null=True)
    material = text()
    price_cents = cents(default=0)
    capacity = integer()
    taken = integer(default=0)
    household_most = integer(null=True)
    cancel_hours = integer(default=24)
    starts_at = instant()
    ends_at = instant()
    by_hand = flag(default=False)
    sequence = integer(default=0)
    version = integer(default=1)
    created_at = instant()
    changed_at = instant()
    cancelled_at = instant(null=True)
    cancel_reason = text()

    no_overbooking = Check("taken BETWEEN 0 AND capacity")
    sane = Check(
        "capacity BETWEEN 1 AND 500 AND starts_at < ends_at AND price_cents >= 0"
        " AND coalesce(household_most, 1) > 0 AND cancel_hours BETWEEN 0 AND 720"
    )
    ages = Check("coalesce(age_from, 0) BETWEEN 0 AND coalesce(age_to, 120)")
    roomed = Check("cardinality(room_tickets) = 0 OR room IS NOT NULL")
    said_why = Check("cancelled_at IS NULL OR cancel_reason <> ''")
    in_order = Index(["starts_at"])


class Seat(Row):
    """One person in one session. `contact`: the adult who took it, and hears of it while
    they are in the household.

    `asked_at` is the place in line, `reminded_for` the beginning that was reminded of. `attended` is
    noted by staff, of a seat that was taken (C1). Household and people go after some months (A4).

    `price_cents` is that of the day it was asked for, `paid_cents` the sum of its payments, by a trigger.
    `late`: given back after the deadline, so that what was paid of it stays.
    """

    public_id = text(unique=True)
    session = refers("ActivitySession", "activities", on_delete=RESTRICT)
    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    contact = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    state = word(SeatState)
    asked_at = instant()
    taken_at = instant(null=True)
    cancelled_at = instant(null=True)
    reminded_for = instant(null=True)
    attended = flag(null=True)
    attended_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    price_cents = cents(default=0)
    paid_cents = cents(default=0)
    late = flag(default=False)

    one_live = PartialUnique(["session", "person"], where="state <> 'cancelled'")
    line = Index(["session", "asked_at", "id"], where="state = 'waiting'")
    noted_by_staff = Check(
        "(attended IS NULL) = (attended_by IS NULL) AND (attended IS NULL OR state = 'taken')"
    )
    ended = Check("(state = 'cancelled') = (cancelled_at IS NOT NULL)")
    had = Check("state <> 'taken' OR taken_at IS NOT NULL")
    paid_once = Check(
        "paid_cents BETWEEN 0 AND price_cents AND (state <> 'waiting' OR paid_cents = 0)"
    )
    late_once_ended = Check("NOT late OR state = 'cancelled'")


class SeatPayment(Row):
    """Which part of a movement of money is for which seat; below zero it went back. Append-only."""

    seat = refers("Seat", "activities", on_delete=RESTRICT, index=False)
    payment = refers("Payment", "billing", on_delete=RESTRICT)
    part_cents = cents()

    once = Unique(["seat", "payment"])
    something = Check("part_cents <> 0")
