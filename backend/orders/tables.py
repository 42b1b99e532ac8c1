"""Services, their prices, rounds, order tickets and what was paid of each."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Exclude,
    Index,
    PartialUnique,
    Row,
    Unique,
    binary,
    cents,
    day,
    days,
    flag,
    instant,
    integer,
    refers,
    text,
    wall_time,
    word,
)
from backend.orders.rules import (
    FORGET_DAYS,
    REMIND_DAYS,
    UNCLAIMED_DAYS,
    Channel,
    PayAt,
    TicketState,
)


class CounterService(Row):
    """A service at the counter (S1). Weekdays: 0 is Monday. `merchant`: who delivers it, or the club.

    `sent_to`: the address its lists go to. Days: reminded when it is ready for so long, unclaimed
    after so many, forgotten so many after its end where it `holds` (S5).
    """

    public_id = text(unique=True)
    slug = text(unique=True)
    name = text()
    icon = text()
    words = text()
    merchant = refers("Partner", "merchants", on_delete=RESTRICT, null=True)
    sent_to = text()
    weekly = flag(default=False)
    delivery_weekday = integer(null=True)
    cutoff_weekday = integer(null=True)
    cutoff_time = wall_time(null=True)
    brings_in = flag(default=False)
    holds = flag(default=False)
    pay_at = word(PayAt)
    remind_days = integer(default=REMIND_DAYS)
    unclaimed_days = integer(default=UNCLAIMED_DAYS)
    forget_days = integer(default=FORGET_DAYS)
    version = integer(default=1)
    created_at = instant()
    ended_at = instant(null=True)

    scheduled = Check(
        "num_nulls(delivery_weekday, cutoff_weekday, cutoff_time) = CASE WHEN weekly THEN 0 ELSE 3 END"
    )
    sane = Check(
        "coalesce(delivery_weekday, 0) BETWEEN 0 AND 6 AND coalesce(cutoff_weekday, 0) BETWEEN 0 AND 6"
        " AND remind_days BETWEEN 1 AND 90 AND unclaimed_days BETWEEN remind_days AND 365"
        " AND forget_days BETWEEN 1 AND 30"
    )
    one_way = Check("NOT (holds AND (weekly OR brings_in)) AND (NOT holds OR pay_at = 'nothing')")


class ServiceSite(Row):
    """A service is offered there."""

    service = refers("CounterService", "orders", on_delete=RESTRICT, index=False)
    site = refers("Site", "places", on_delete=RESTRICT)

    once = Unique(["service", "site"])


class ServiceItem(Row):
    """A line of a price list: a small basket, a shirt, a copy."""

    public_id = text(unique=True)
    service = refers("CounterService", "orders", on_delete=RESTRICT)
    name = text()
    place = integer(default=0)
    created_at = instant()
    retired_at = instant(null=True)


class ServicePrice(Row):
    """What an item costs, from a day on; never two at once (S1)."""

    item = refers("ServiceItem", "orders", on_delete=RESTRICT)
    unit_cents = cents()
    during = days()

    no_two = Exclude(("int8range(item, item, '[]')", "&&"), ("during", "&&"))
    positive = Check("unit_cents >= 0")


class OrderRound(Row):
    """What goes to the partner together (S3, S4). Weekly: `due_on` is delivered, `cutoff_at` ends it.

    Another one was sent by staff: it has no cut-off. `told_at`: when the partner was last mailed;
    `link_hash`: of the address the list is read at, until `link_until`. Staff may call it off.
    """

    public_id = text(unique=True)
    service = refers("CounterService", "orders", on_delete=RESTRICT, index=False)
    site = refers("Site", "places", on_delete=RESTRICT)
    due_on = day()
    cutoff_at = instant(null=True)
    made_at = instant()
    sent_at = instant(null=True)
    sent_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    back_at = instant(null=True)
    link_hash = binary(null=True, unique=True)
    link_until = instant(null=True)
    told_at = instant(null=True)
    called_off_at = instant(null=True)
    called_off_for = text(null=True)

    one_a_day = PartialUnique(["service", "site", "due_on"], where="cutoff_at IS NOT NULL")
    of_service = Index(["service", "due_on"])
    to_send = Index(["cutoff_at"], where="sent_at IS NULL AND cutoff_at IS NOT NULL")
    sent_or_open = Check("cutoff_at IS NOT NULL OR sent_at IS NOT NULL")
    back_once_sent = Check("back_at IS NULL OR sent_at IS NOT NULL")
    in_time = Check("sent_at >= cutoff_at")
    said_why = Check("(called_off_at IS NULL) = (called_off_for IS NULL)")


class OrderTicket(Row):
    """One order (S2). Its sums are written by triggers, of its lines and of what was paid.

    `pays_first`: it stands only once it is paid. `sender` and `proof` are of what waits for somebody:
    who sent it, and which paper was seen when it was handed over, never its number (S5).
    """

    public_id = text(unique=True)
    code = text(unique=True)
    service = refers("CounterService", "orders", on_delete=RESTRICT)
    site = refers("Site", "places", on_delete=RESTRICT, index=False)
    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    round = refers("OrderRound", "orders", on_delete=RESTRICT, null=True)
    channel = word(Channel)
    state = word(TicketState)
    pays_first = flag(default=False)
    amount_cents = cents(default=0)
    paid_cents = cents(default=0)
    shelf = text()
    note = text()
    sender = text()
    proof = text()
    ordered_at = instant()
    changed_at = instant()
    changed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    ready_at = instant(null=True)
    reminded_at = instant(null=True)
    forgotten_at = instant(null=True)

    paid_once = Check("paid_cents BETWEEN 0 AND amount_cents")
    ready = Check("(state <> 'ready') OR ready_at IS NOT NULL")
    on_way = Index(
        ["site", "state"], where="state IN ('ordered', 'confirmed', 'with_partner', 'ready')"
    )
    unpaid = Index(["site"], where="state = 'collected' AND paid_cents < amount_cents")
    waiting = Index(["ready_at"], where="state = 'ready'")
    ended = Index(["changed_at"], where="state IN ('collected', 'cancelled', 'refunded')")


class TicketLine(Row):
    """So many of an item at its price of that day (S1). `words` describe it. Append-only."""

    ticket = refers("OrderTicket", "orders", on_delete=RESTRICT)
    item = refers("ServiceItem", "orders", on_delete=RESTRICT, null=True)
    name = text()
    words = text()
    many = integer()
    unit_cents = cents()

    sane = Check("many BETWEEN 1 AND 99 AND unit_cents >= 0")


class TicketMove(Row):
    """From which state to which, when and by whom; a trigger alone writes it."""

    ticket = refers("OrderTicket", "orders", on_delete=RESTRICT)
    was = text(null=True)
    state = text()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)


class TicketPayment(Row):
    """Which part of a movement of money is for which ticket; below zero it went back. Append-only.

    `again`: what went back is due again, since it was taken by mistake.
    """

    ticket = refers("OrderTicket", "orders", on_delete=RESTRICT, index=False)
    payment = refers("Payment", "billing", on_delete=RESTRICT)
    part_cents = cents()
    again = flag(default=False)

    once = Unique(["ticket", "payment"])
    something = Check("part_cents <> 0")
    goes_back = Check("NOT again OR part_cents < 0")
