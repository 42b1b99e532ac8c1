"""What goes to a partner together, and comes back together: baskets, bread, dry-cleaning (S3, S4)."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from backend.audit.service import SYSTEM, By, note
from backend.kit import clock, codes, formats, keys
from backend.kit.claims import calmly
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.openings import Calendar
from backend.kit.zone import end_of_day
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.orders import catalogue, lists, queries
from backend.orders.errors import (
    BackDayWrong,
    DeliveryDayClosed,
    DeliveryOver,
    NothingToSend,
    RoundNotYet,
    TicketMoved,
)
from backend.orders.queries import Round
from backend.orders.rules import BACK_WITHIN, LINK_DAYS, MOVES, TicketState, Verb
from backend.orders.service.handing import set_ready
from backend.orders.service.rows import lock_all, move, person_of
from backend.people.rules import Channel
from backend.places import queries as places

LISTS = "/livraisons/"
SCOPE = "orders:round"
SEND_FROM, SEND_TO = MOVES[Verb.SEND]


async def send_due() -> int:
    """Every list whose cut-off is past and which has not left; each in its own transaction.

    Late or twice changes nothing: what is in the list was decided by the cut-off, and it leaves once.
    One that fails is tried again the next time, and stands out at the counter meanwhile. So does one
    for a day on which the site is closed: its day is changed first.
    """
    rows = await fetch(
        "SELECT public_id, site, due_on FROM order_round WHERE sent_at IS NULL AND cutoff_at <= $1"
        " AND called_off_at IS NULL ORDER BY cutoff_at, id",
        clock.now(),
    )
    calendars = await places.calendars([row["site"] for row in rows])
    comes = [row for row in rows if _may_come(row["due_on"], calendars[row["site"]])]
    sent = [await calmly(send_list(SYSTEM, row["public_id"]), **row) for row in comes]
    return sent.count(True)


def _may_come(due_on: date, calendar: Calendar) -> bool:
    """Of a day that is over nobody changes anything any more."""
    return due_on < clock.today() or calendar.is_open_on(due_on)


@once_more
async def send_list(by: By, public_id: str) -> bool:
    """All that stands goes to the partner, with one e-mail; False where it had left before (S3).

    The round's row is held against every order that is under way: each is in the list or in the next
    round. Raises RoundUnknown, RoundNotYet, DeliveryOver, DeliveryDayClosed.
    """
    async with transaction():
        round_ = await lock_round(public_id)
        if round_.sent_at is not None:
            return False
        if not round_.is_closed:
            raise RoundNotYet
        if round_.called_off_at is not None:
            raise DeliveryOver
        if not _may_come(round_.due_on, await places.get_calendar(round_.site_id)):
            raise DeliveryDayClosed
        await fetch(
            "UPDATE order_ticket SET state = $2, changed_at = $3, changed_by = $4"
            " WHERE round = $1 AND state = ANY($5)",
            round_.id,
            SEND_TO.value,
            clock.now(),
            person_of(by),
            [state.value for state in SEND_FROM],
        )
        await fetch(
            "UPDATE order_round SET sent_at = $2, sent_by = $3 WHERE id = $1",
            round_.id,
            clock.now(),
            person_of(by),
        )
        await tell_partner(await queries.get_round(public_id))
        await note_round("send", by, public_id)
    return True


@once_more
async def send_out(
    by: By, service: str, site_id: int, tickets: Sequence[str], back_on: date, *, key: str
) -> str:
    """What lies at the counter goes to the partner now; the round's public id (S4).

    Raises BackDayWrong, NothingToSend, TicketUnknown, TicketMoved.
    """
    if not clock.today() <= back_on <= clock.today() + BACK_WITHIN:
        raise BackDayWrong().at("retour")
    body = [service, site_id, list(tickets), back_on]
    async with transaction():
        before = await keys.earlier(SCOPE, key, body, str)
        if before is not None:
            return before
        offered = await catalogue.get_service(service)
        found = [await queries.get_ticket(each) for each in dict.fromkeys(tickets)]
        if not found:
            raise NothingToSend
        if any(t.service != offered.slug or t.site_id != site_id or t.weekly for t in found):
            raise TicketMoved
        public_id = codes.random_id()
        round_id = await fetch_value(
            "INSERT INTO order_round (public_id, service, site, due_on, made_at, sent_at, sent_by)"
            " VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING id",
            public_id,
            offered.id,
            site_id,
            back_on,
            clock.now(),
            person_of(by),
        )
        ids = [ticket.id for ticket in found]
        await lock_all(ids)
        await move(ids, Verb.SEND, by, round=round_id)
        await tell_partner(await queries.get_round(public_id))
        await note_round("send", by, public_id, orders=len(ids))
        await keys.keep(SCOPE, key, body, public_id)
    return public_id


@once_more
async def receive(by: By, public_id: str, shelves: Mapping[str, str]) -> None:
    """What came back, each by its ticket's public id with its shelf; those that are missing stay out (S4).

    What was not on the list any more, or is ready already, is left as it is. Raises RoundUnknown,
    RoundNotYet.
    """
    async with transaction():
        round_ = await lock_round(public_id)
        if not round_.is_closed:
            raise RoundNotYet
        came = {TicketState.CONFIRMED, TicketState.WITH_PARTNER}
        back = [
            ticket
            for ticket in await queries.of_round(round_.id)
            if ticket.public_id in shelves and ticket.state in came
        ]
        places = {ticket.id: shelves[ticket.public_id] for ticket in back}
        await set_ready(by, list(places), places)
        await fetch(
            "UPDATE order_round SET back_at = $2 WHERE id = $1 AND sent_at IS NOT NULL"
            " AND back_at IS NULL AND NOT EXISTS (SELECT 1 FROM order_ticket t"
            "  WHERE t.round = $1 AND t.state IN ('confirmed', 'with_partner'))",
            round_.id,
            clock.now(),
        )
        await note_round("receive", by, public_id, orders=len(back))


@once_more
async def show_again(by: By, public_id: str) -> None:
    """Another address for the partner's list; the one before opens nothing any more. Raises RoundUnknown."""
    async with transaction():
        await tell_partner(await lock_round(public_id))
        await note_round("list_again", by, public_id)


async def tell_partner(round_: Round, was: date | None = None) -> None:
    """The list as sums, without a name (P5); its address holds a secret that only the mail has.

    `was`: the day it was said to be on before.
    """
    within()
    token = codes.random_token()
    until = max(round_.due_on, clock.today()) + timedelta(days=LINK_DAYS)
    await fetch(
        "UPDATE order_round SET link_hash = $2, link_until = $3, told_at = $4 WHERE id = $1",
        round_.id,
        codes.hash_token(token),
        end_of_day(until),
        clock.now(),
    )
    if not round_.sent_to:
        return
    sums = await lists.sums_of(round_.id)
    await notifications.queue(
        "order.list",
        f"order.list:{round_.public_id}:{codes.hash_token(token).hex()[:16]}",
        person_id=None,
        channel=Channel.EMAIL,
        to=round_.sent_to,
        values={
            "service": round_.service_name,
            "site": round_.site,
            "day": formats.day(round_.due_on),
            "was": formats.day(was) if was else "",
            "off": round_.called_off_for or "",
            "sums": [{"name": each.name, "count": each.count} for each in sums],
            "orders": round_.orders,
            "fetched": round_.cutoff_at is None,
            "link": link(f"{LISTS}{token}"),
            "until": formats.day(until),
        },
    )


async def lock_round(public_id: str) -> Round:
    """As it is now, held against every order that is under way. Raises RoundUnknown."""
    within()
    await fetch(
        "SELECT id FROM order_round WHERE public_id = $1 FOR NO KEY UPDATE",
        public_id,
    )
    return await queries.get_round(public_id)


async def note_round(verb: str, by: By, public_id: str, **facts: Any) -> None:
    within()
    await note(f"orders.{verb}", by, object_kind="order_round", object_id=public_id, **facts)
