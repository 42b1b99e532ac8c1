"""Somebody orders, at home or at the desk; before the cut-off, or for the next delivery (S2, S3, S5)."""

from collections.abc import Sequence
from datetime import date

import msgspec

from backend.audit.service import By
from backend.kit import clock, codes, keys
from backend.kit.database import fetch, fetch_one, fetch_value, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership import queries as membership
from backend.membership.rules import Status
from backend.membership.service import lock_household
from backend.notifications import service as notifications
from backend.orders import catalogue, queries
from backend.orders.catalogue import Item, Service
from backend.orders.errors import (
    ItemGone,
    NoRoundSoon,
    OrderAmountChanged,
    OrderEmpty,
    OrderingMembersOnly,
    OrdersByAdults,
    OrderTooLarge,
    ServiceClosed,
    TooManyOrders,
)
from backend.orders.queries import Ticket
from backend.orders.rules import (
    LONGEST_SHELF,
    MOST_ALONE,
    MOST_COUNT,
    MOST_LINES,
    OPEN,
    Channel,
    Delivery,
    Verb,
    pays_first,
    tidy,
)
from backend.orders.service import telling
from backend.orders.service.rows import move, person_of, takes_orders, trace
from backend.places import service as places

SCOPE = "orders:ticket"
# Things are ordered in the days of grace too, as they are lent.
MAY_ORDER = {Status.CURRENT, Status.PROVISIONAL, Status.GRACE}
FOR_YOU = N_("Une commande est notée pour vous : %(service)s.")


class Wanted(msgspec.Struct, frozen=True):
    """So many of an item, by its public id; `words` describe what was brought in (S4)."""

    item: str
    count: int
    words: str = ""


class OrderWish(msgspec.Struct, frozen=True, kw_only=True):
    """An order as a page sends it. `cents`, `on`: what the page said it costs, and its delivery."""

    service: str
    site_id: int
    household_id: int
    person_id: int
    wanted: tuple[Wanted, ...]
    note: str = ""
    pay_now: bool = False
    cents: int | None = None
    on: date | None = None


class Placed(msgspec.Struct, frozen=True):
    """`late`: the page's delivery was over; the order is for `on` instead (S3)."""

    ticket: str
    code: str
    cents: int
    pays_first: bool
    on: date | None = None
    late: bool = False


class _Round(msgspec.Struct, frozen=True):
    id: int
    on: date
    usual_on: date


@once_more
async def order(by: By, wish: OrderWish, channel: Channel, *, key: str) -> Placed:
    """Raises ServiceUnknown, ServiceClosed, OrderingMembersOnly, OrdersByAdults, OrderEmpty,
    OrderTooLarge, ItemGone, OrderAmountChanged, NoRoundSoon, TooManyOrders.
    """
    async with transaction():
        before = await keys.earlier(SCOPE, key, wish, Placed)
        if before is not None:
            return before
        await lock_household(wish.household_id)
        await _check_member(wish.household_id, wish.person_id)
        if channel is Channel.ONLINE:
            await _check_count(wish.household_id)
        service = await _open_service(wish.service, wish.site_id)
        if channel is Channel.ONLINE and not service.may_be_ordered:
            raise ServiceClosed
        lines = _lines(service, wish.wanted)
        cents = sum(wanted.count * (item.unit_cents or 0) for item, wanted in lines)
        if wish.cents is not None and wish.cents != cents:
            raise OrderAmountChanged
        round_ = await _find_round(service, wish.site_id)
        if service.weekly and round_ is None:
            raise NoRoundSoon
        waits = pays_first(service.pay_at, wished=wish.pay_now, cents=cents)
        ticket = await _insert(by, wish, channel, service, round_, waits=waits)
        await _add_lines(ticket.id, lines)
        if not waits:
            await confirm(by, await queries.get_ticket(ticket.public_id))
        late = round_ is not None and wish.on is not None and wish.on < round_.usual_on
        placed = Placed(
            ticket=ticket.public_id,
            code=ticket.code,
            cents=cents,
            pays_first=waits,
            on=None if round_ is None else round_.on,
            late=late,
        )
        await trace("order", by, ticket, channel=channel.value, late=late)
        if channel is Channel.DESK:
            facts = {"service": service.name}
            await notifications.tell_act(by, wish.person_id, FOR_YOU, facts=facts)
        await keys.keep(SCOPE, key, wish, placed)
    return placed


class ParcelWish(msgspec.Struct, frozen=True, kw_only=True):
    """Something came for somebody: from whom, and on which shelf it lies (S5)."""

    service: str
    site_id: int
    household_id: int
    person_id: int
    sender: str
    shelf: str


@once_more
async def keep_parcel(by: By, wish: ParcelWish, *, key: str) -> Placed:
    """It waits from now on, and its household is told. Raises ServiceUnknown, ServiceClosed."""
    async with transaction():
        before = await keys.earlier(SCOPE, key, wish, Placed)
        if before is not None:
            return before
        await lock_household(wish.household_id)
        service = await _open_service(wish.service, wish.site_id)
        if not service.holds:
            raise ServiceClosed
        asked = OrderWish(
            service=wish.service,
            site_id=wish.site_id,
            household_id=wish.household_id,
            person_id=wish.person_id,
            wanted=(),
        )
        ticket = await _insert(
            by, asked, Channel.DESK, service, None, waits=False, sender=wish.sender
        )
        await move([ticket.id], Verb.CONFIRM, by)
        shelf = tidy(wish.shelf, LONGEST_SHELF)
        await move([ticket.id], Verb.MAKE_READY, by, ready_at=clock.now(), shelf=shelf)
        await telling.tell_ready(await queries.get_ticket(ticket.public_id))
        await trace("parcel", by, ticket)
        placed = Placed(ticket.public_id, ticket.code, 0, pays_first=False)
        await keys.keep(SCOPE, key, wish, placed)
    return placed


async def confirm(by: By, ticket: Ticket) -> Ticket:
    """It stands from now on; one that was paid when its round takes none goes to the next (S3).

    Where there is none to come it is in none: the money is here all the same, and the counter decides.
    """
    within()
    if ticket.round:
        row = await fetch_one("SELECT id FROM order_round WHERE public_id = $1", ticket.round)
        assert row is not None
        if not await takes_orders(row["id"]):
            next_ = await _find_round(await catalogue.get_service(ticket.service), ticket.site_id)
            await fetch(
                "UPDATE order_ticket SET round = $2 WHERE id = $1",
                ticket.id,
                None if next_ is None else next_.id,
            )
    await move([ticket.id], Verb.CONFIRM, by)
    stands = await queries.get_ticket(ticket.public_id)
    await telling.tell_confirmed(stands)
    return stands


async def _check_member(household_id: int, person_id: int) -> None:
    """An adult of that household, in good standing: an order obliges to pay.

    Raises OrderingMembersOnly, OrdersByAdults.
    """
    member = await membership.find_member(person_id)
    if member is None or member.household_id != household_id or member.status() not in MAY_ORDER:
        raise OrderingMembersOnly
    if not member.adult:
        raise OrdersByAdults


async def _check_count(household_id: int) -> None:
    """What is paid on collection costs nothing to order: a grower is not sent a field of it."""
    count = await fetch_value(
        "SELECT count(*) FROM order_ticket WHERE household = $1 AND state = ANY($2)",
        household_id,
        [state.value for state in OPEN],
    )
    if count >= MOST_ALONE:
        raise TooManyOrders(most=MOST_ALONE)


async def _open_service(slug: str, site_id: int) -> Service:
    """Its site is held open until the commit: whoever closes it now waits, and sees this order."""
    if not await places.stays_open(site_id):
        raise ServiceClosed
    service = await catalogue.get_service(slug)
    if service.ended_at is not None or all(site.id != site_id for site in service.sites):
        raise ServiceClosed
    return service


def _lines(service: Service, wanted: Sequence[Wanted]) -> list[tuple[Item, Wanted]]:
    some = [each for each in wanted if each.count]
    known = {item.public_id: item for item in service.for_sale}
    if not some:
        raise OrderEmpty
    if len(some) > MOST_LINES or any(not 0 < each.count <= MOST_COUNT for each in some):
        raise OrderTooLarge
    if any(each.item not in known for each in some):
        raise ItemGone
    return [(known[each.item], each) for each in some]


async def _find_round(service: Service, site_id: int) -> _Round | None:
    """The soonest one that still takes orders, held until the commit; made where it is the first.

    Its cut-off is read again under the lock: the list leaves before, and then it is the next one, or
    after, and then this order is in it.
    """
    for each in await catalogue.next_deliveries(service, site_id, most=3):
        round_ = await _find_made(service.id, site_id, each)
        if round_ is None:
            round_ = await _make_round(service.id, site_id, each)
        if await takes_orders(round_.id):
            return round_
    return None


async def _find_made(service_id: int, site_id: int, delivery: Delivery) -> _Round | None:
    """The one of this cut-off, whatever day it was put off to; else the one of this day."""
    row = await fetch_one(
        "SELECT id, due_on FROM order_round WHERE service = $1 AND site = $2"
        " AND (cutoff_at = $4 OR due_on = $3) AND cutoff_at IS NOT NULL"
        " ORDER BY cutoff_at = $4 DESC, called_off_at DESC NULLS FIRST, id DESC LIMIT 1",
        service_id,
        site_id,
        delivery.usual_on,
        delivery.cutoff_at,
    )
    return None if row is None else _Round(row["id"], row["due_on"], delivery.usual_on)


async def _make_round(service_id: int, site_id: int, delivery: Delivery) -> _Round:
    """Of two at the same moment the second has the first's."""
    await fetch(
        "INSERT INTO order_round (public_id, service, site, due_on, cutoff_at, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (service, site, due_on)"
        " WHERE cutoff_at IS NOT NULL DO NOTHING",
        codes.random_id(),
        service_id,
        site_id,
        delivery.on,
        delivery.cutoff_at,
        clock.now(),
    )
    made = await _find_made(service_id, site_id, delivery)
    assert made is not None
    return made


async def _insert(
    by: By,
    wish: OrderWish,
    channel: Channel,
    service: Service,
    round_: _Round | None,
    *,
    waits: bool,
    sender: str = "",
) -> Ticket:
    public_id = codes.random_id()
    await fetch(
        "INSERT INTO order_ticket (public_id, code, service, site, household, person, round, channel,"
        " state, pays_first, shelf, note, sender, proof, ordered_at, changed_at, changed_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ordered', $9, '', $10, $11, '', $12, $12, $13)",
        public_id,
        codes.draw_code(),
        service.id,
        wish.site_id,
        wish.household_id,
        wish.person_id,
        None if round_ is None else round_.id,
        channel.value,
        waits,
        tidy(wish.note),
        tidy(sender),
        clock.now(),
        person_of(by),
    )
    return await queries.get_ticket(public_id)


async def _add_lines(ticket_id: int, lines: Sequence[tuple[Item, Wanted]]) -> None:
    for item, wanted in lines:
        await fetch(
            "INSERT INTO ticket_line (ticket, item, name, words, many, unit_cents)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            ticket_id,
            item.id,
            item.name,
            tidy(wanted.words),
            wanted.count,
            item.unit_cents,
        )
