"""Order tickets and rounds as pages show them: typed, with what follows from a moment."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import msgspec

from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as
from backend.membership.rules import short_name
from backend.orders.errors import RoundUnknown, TicketUnknown
from backend.orders.rules import (
    LISTED,
    OPEN,
    STUCK,
    UNDO,
    TicketState,
    Verb,
    may_cancel_alone,
    may_move,
)


class Line(msgspec.Struct, frozen=True):
    name: str
    words: str
    count: int
    unit_cents: int

    @property
    def cents(self) -> int:
        return self.count * self.unit_cents


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One order (S2). `due_on`, `cutoff_at`, `sent_at` are of its round, where it has one.

    `given_cents`: what the club gave back of it once it was collected, and does not ask for again.
    """

    id: int
    public_id: str
    code: str
    state: TicketState
    service: str
    service_name: str
    icon: str
    weekly: bool
    brings_in: bool
    holds: bool
    unclaimed_days: int
    site_id: int
    site: str
    household_id: int | None
    household: str
    person_id: int | None
    person: str
    given_name: str
    family_name: str
    round: str
    due_on: date | None
    cutoff_at: datetime | None
    sent_at: datetime | None
    pays_first: bool
    amount_cents: int
    paid_cents: int
    given_cents: int
    shelf: str
    note: str
    sender: str
    proof: str
    ordered_at: datetime
    changed_at: datetime
    ready_at: datetime | None
    lines: tuple[Line, ...]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        return short_name(self.given_name, self.family_name)

    @property
    def grouped(self) -> str:
        """Its code as it is printed."""
        return codes.grouped(self.code)

    @property
    def due_cents(self) -> int:
        """What is still to pay. Of what was collected: what a bank took away, or was undone since."""
        if self.state is TicketState.COLLECTED:
            return max(0, self.amount_cents - self.paid_cents - self.given_cents)
        return self.amount_cents - self.paid_cents if self.state in OPEN else 0

    @property
    def back_cents(self) -> int:
        """What the club has of an order that is not collected any more."""
        return self.paid_cents if self.state is TicketState.CANCELLED else 0

    @property
    def said(self) -> str:
        """What it is of, in a line: « 2 × Petit panier, 1 × Œufs »."""
        return ", ".join(f"{line.count} × {line.name}" for line in self.lines) or self.service_name

    @property
    def unclaimed(self) -> bool:
        """Ready for so long that somebody should look after it (S4)."""
        limit = timedelta(days=self.unclaimed_days)
        return self.is_ready and self.ready_at is not None and self.ready_at + limit <= clock.now()

    @property
    def is_ready(self) -> bool:
        return self.state is TicketState.READY

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def may_cancel_alone(self) -> bool:
        return not self.holds and may_cancel_alone(self.state, self.cutoff_at, clock.now())

    @property
    def may_undo(self) -> bool:
        return may_move(self.state, Verb.UNDO) and clock.now() < self.changed_at + UNDO

    def may(self, verb: str) -> bool:
        return may_move(self.state, Verb(verb))


_TICKET = """
SELECT t.id, t.public_id, t.code, t.state, s.slug AS service, s.name AS service_name, s.icon,
       s.weekly, s.brings_in, s.holds, s.unclaimed_days, t.site AS site_id, w.name AS site,
       t.household AS household_id, coalesce(h.public_id, '') AS household, t.person AS person_id,
       coalesce(n.public_id, '') AS person, coalesce(n.given_name, '') AS given_name,
       coalesce(n.family_name, '') AS family_name, coalesce(r.public_id, '') AS round, r.due_on,
       r.cutoff_at, r.sent_at, t.pays_first, t.amount_cents, t.paid_cents, t.shelf, t.note,
       t.sender, t.proof, t.ordered_at, t.changed_at, t.ready_at,
       CASE WHEN t.state = 'collected' AND t.paid_cents < t.amount_cents THEN
         coalesce((SELECT -sum(b.part_cents) FROM ticket_payment b JOIN payment p ON p.id = b.payment
           WHERE b.ticket = t.id AND NOT b.again AND p.kind IN ('refund', 'returned')), 0)
         ELSE 0 END::bigint AS given_cents,
       (SELECT coalesce(json_agg(json_build_object('name', l.name, 'words', l.words,
          'count', l.many, 'unit_cents', l.unit_cents) ORDER BY l.id), '[]')::text
        FROM ticket_line l WHERE l.ticket = t.id) AS lines
FROM order_ticket t JOIN counter_service s ON s.id = t.service JOIN site w ON w.id = t.site
LEFT JOIN household h ON h.id = t.household LEFT JOIN person n ON n.id = t.person
LEFT JOIN order_round r ON r.id = t.round
"""
UNPAID = "t.state = 'collected' AND t.paid_cents < t.amount_cents"
_OPEN = ", ".join(f"'{state}'" for state in OPEN)


async def get_ticket(public_id: str, household_id: int | None = None) -> Ticket:
    """Another household's is as unknown as one that never was. Raises TicketUnknown."""
    found = await _tickets(
        "t.public_id = $1 AND ($2::bigint IS NULL OR t.household = $2)", public_id, household_id
    )
    if not found:
        raise TicketUnknown
    return found[0]


async def find_by_code(code: str) -> Ticket | None:
    found = await _tickets("t.code = $1", code)
    return found[0] if found else None


async def is_ticket(code: str) -> bool:
    return await fetch_one("SELECT 1 FROM order_ticket WHERE code = $1", code) is not None


async def tickets_by_id(ids: Sequence[int]) -> list[Ticket]:
    return await _tickets("t.id = ANY($1) ORDER BY t.id", list(ids))


async def of_household(household_id: int, most: int = 30) -> list[Ticket]:
    """What is open first, then the newest."""
    return await _tickets(
        f"t.household = $1 ORDER BY t.state NOT IN ({_OPEN}), t.id DESC LIMIT $2",
        household_id,
        most,
    )


async def open_of_household(household_id: int) -> list[Ticket]:
    """What the counter may have for a household: what is ready first."""
    return await _tickets(
        f"t.household = $1 AND t.state IN ({_OPEN}) ORDER BY t.state <> 'ready', t.id",
        household_id,
    )


async def has_ready(household_id: int) -> bool:
    """Whether something waits to be handed over to a household."""
    row = await fetch_one(
        "SELECT 1 FROM order_ticket WHERE household = $1 AND state = 'ready' LIMIT 1", household_id
    )
    return row is not None


async def to_give_back(household_id: int) -> list[Ticket]:
    """Cancelled, and the club still has its money."""
    return await _tickets(
        "t.household = $1 AND t.state = 'cancelled' AND t.paid_cents > 0 ORDER BY t.id",
        household_id,
    )


async def open_at(site_id: int, service: str = "") -> list[Ticket]:
    """Everything on its way at a counter: what is ready by its shelf, the rest by its day.

    With what was collected and is not all paid any more.
    """
    return await _tickets(
        f"t.site = $1 AND (t.state IN ({_OPEN}) OR {UNPAID}) AND $2 IN ('', s.slug)"
        " ORDER BY t.state = 'ready' DESC, CASE WHEN t.state = 'ready' THEN t.shelf END, r.due_on,"
        " t.id LIMIT 500",
        site_id,
        service,
    )


async def of_round(round_id: int, states: Sequence[TicketState] = LISTED) -> list[Ticket]:
    """By name, as a distribution is ticked off."""
    return await _tickets(
        "t.round = $1 AND t.state = ANY($2) ORDER BY n.family_name, n.given_name, t.id",
        round_id,
        [state.value for state in states],
    )


async def _tickets(where: str, *args: object) -> list[Ticket]:
    rows = await fetch(f"{_TICKET} WHERE {where}", *args)
    return [
        Ticket(
            **{
                **row,
                "state": TicketState(row["state"]),
                "lines": tuple(msgspec.json.decode(row["lines"], type=list[Line])),
            }
        )
        for row in rows
    ]


class Move(msgspec.Struct, frozen=True):
    """`by`: who of the house or the household; "" is the club's own clockwork."""

    state: TicketState
    at: datetime
    by: str


async def moves_of(ticket_id: int) -> list[Move]:
    """Oldest first."""
    rows = await fetch(
        "SELECT m.state, m.at, coalesce(trim(p.given_name || ' ' || p.family_name), '') AS by"
        " FROM ticket_move m LEFT JOIN person p ON p.id = m.by WHERE m.ticket = $1 ORDER BY m.id",
        ticket_id,
    )
    return [Move(TicketState(row["state"]), row["at"], row["by"]) for row in rows]


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """What goes to the partner together (S3, S4). Whether it is closed follows from the clock."""

    id: int
    public_id: str
    service_id: int
    service: str
    service_name: str
    icon: str
    partner: str
    sent_to: str
    site_id: int
    site: str
    due_on: date
    cutoff_at: datetime | None
    sent_at: datetime | None
    back_at: datetime | None
    link_until: datetime | None
    told_at: datetime | None
    called_off_at: datetime | None
    called_off_for: str | None
    orders: int
    ready: int
    collected: int

    @property
    def is_closed(self) -> bool:
        return self.sent_at is not None or (
            self.cutoff_at is not None and self.cutoff_at <= clock.now()
        )

    @property
    def is_stuck(self) -> bool:
        """Its list should have left long ago: somebody has to look."""
        return (
            self.sent_at is None
            and self.called_off_at is None
            and self.cutoff_at is not None
            and self.cutoff_at + STUCK <= clock.now()
        )

    @property
    def may_change(self) -> bool:
        """Its day, or whether it comes at all: while something of it is to come."""
        return self.called_off_at is None and self.back_at is None


_ROUND = """
SELECT r.id, r.public_id, r.service AS service_id, s.slug AS service, s.name AS service_name,
       s.icon, coalesce(m.name, '') AS partner, s.sent_to, r.site AS site_id, w.name AS site,
       r.due_on, r.cutoff_at, r.sent_at, r.back_at, r.link_until, r.told_at, r.called_off_at,
       r.called_off_for, c.orders, c.ready, c.collected
FROM order_round r JOIN counter_service s ON s.id = r.service JOIN site w ON w.id = r.site
LEFT JOIN partner m ON m.id = s.merchant
CROSS JOIN LATERAL (SELECT
  count(*) FILTER (WHERE t.state NOT IN ('ordered', 'cancelled', 'refunded')) AS orders,
  count(*) FILTER (WHERE t.state = 'ready') AS ready,
  count(*) FILTER (WHERE t.state = 'collected') AS collected
  FROM order_ticket t WHERE t.round = r.id) c
"""


async def get_round(public_id: str) -> Round:
    """Raises RoundUnknown."""
    found = await fetch_one_as(Round, f"{_ROUND} WHERE r.public_id = $1", public_id)
    if found is None:
        raise RoundUnknown
    return found


async def round_of_link(link_hash: bytes) -> Round:
    """By what a partner's address holds, while it is good. Raises RoundUnknown."""
    found = await fetch_one_as(
        Round, f"{_ROUND} WHERE r.link_hash = $1 AND r.link_until > $2", link_hash, clock.now()
    )
    if found is None:
        raise RoundUnknown
    return found


async def rounds_at(site_id: int, since: date) -> list[Round]:
    """Those from a day on, and older ones that are not all back yet; the soonest first."""
    return await fetch_as(
        Round,
        f"{_ROUND} WHERE r.site = $1 AND (r.due_on >= $2 OR r.back_at IS NULL AND r.sent_at IS NOT NULL"
        "  AND r.called_off_at IS NULL) ORDER BY r.due_on, r.id LIMIT 60",
        site_id,
        since,
    )


async def rounds_to_come(site_ids: Sequence[int], since: date) -> list[Round]:
    """Those with something that is not there yet; the soonest first."""
    return await fetch_as(
        Round,
        f"{_ROUND} WHERE r.site = ANY($1) AND r.due_on >= $2 AND r.back_at IS NULL"  # noqa: S608 - our own words
        " AND r.called_off_at IS NULL AND EXISTS (SELECT 1 FROM order_ticket t WHERE t.round = r.id"
        "  AND t.state IN ('ordered', 'confirmed', 'with_partner')) ORDER BY r.due_on, r.id",
        list(site_ids),
        since,
    )
