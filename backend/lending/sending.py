"""A letter of lending on its way out: still true, at an hour when it may ring, to the best address.

Words and address are found when it leaves, so that nobody reads of what is over. What stands between
the server's yes and our word of it is one transaction: a worker that dies in there sends the mail
once more under the same Message-ID. Who has no address is called by the desk.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from backend.kit import clock, formats, outbox
from backend.kit.database import fetch, transaction
from backend.kit.openings import Calendar
from backend.kit.outbox import Letter, NotYet, Send
from backend.lending import owing, schedule
from backend.lending.bound import Bound, bound
from backend.lending.rules import LineState, Period
from backend.lending.schedule import DATED, REMINDERS, SAID_THERE, Notice, NoticeWay
from backend.lending.service.notices import LETTER
from backend.notifications import phones, ringing, texts
from backend.notifications import service as notifications
from backend.notifications.gateway import Undeliverable
from backend.notifications.letters import compose, compose_ring
from backend.notifications.post import Post
from backend.notifications.rules import RINGS, Way
from backend.notifications.surroundings import link
from backend.people import queries as people
from backend.people.rules import Channel, Medium, Subject
from backend.places import queries as places

PAGE = "/reserver/reservations/"


def senders(post: Post) -> dict[str, Send]:
    """Messages about loans; the channel is chosen when they leave."""
    return {LETTER: partial(_send, post)}


async def _send(post: Post, letter: Letter) -> None:
    found = await bound("n.letter = $1 AND n.way = 'message'", letter.key)
    if not found:
        return
    now, calendar = clock.now(), await places.get_calendar(found[0].site_id)
    true = [one for one in found if one.is_true(calendar, now)]
    await _drop([one.id for one in found if one not in true])
    if true:
        await _tell(post, letter, true, calendar, now)


async def _tell(
    post: Post, letter: Letter, lines: Sequence[Bound], calendar: Calendar, now: datetime
) -> None:
    first = lines[0]
    known = await people.reached_at(first.person)
    there = [one for one in known if one.address.channel in post]
    if first.kind in REMINDERS:
        there = [one for one in there if one.wants_reminders]
    if not there:
        await _without_address(lines, refused=bool(known))
        return
    kind = f"lending.{first.kind}"
    if texts.has_push(kind) and await phones.can_ring(first.person):
        _check_hour(first.kind, Way.PUSH, calendar, now)
        ring = await compose_ring(kind, words(lines, now))
        if await ringing.reach(first.person, ring, letter):
            await _note(kind, letter, lines, Way.PUSH)
            return
    address = there[0].address
    _check_hour(first.kind, address.channel, calendar, now)
    message = await compose(kind, letter.key, address.channel, address.value, words(lines, now))
    try:
        await post[address.channel].send(message)
    except Undeliverable:
        await _call(lines)
        return
    except Exception:
        if letter.attempts >= outbox.MOST_ATTEMPTS:
            await _call(lines)
        raise
    await _note(kind, letter, lines, address.channel)


def _check_hour(kind: Notice, way: Channel | Way, calendar: Calendar, now: datetime) -> None:
    """Raises NotYet: by night no telephone rings, and what follows from a date leaves by day alone."""
    if kind in DATED or way.value in RINGS:
        until = schedule.may_leave(calendar, now, dated=kind in DATED)
        if until > now:
            raise NotYet(until)


async def _without_address(lines: Sequence[Bound], *, refused: bool) -> None:
    """The desk calls, but for what was said at the counter, and reminders that nobody wants."""
    kind, person_id = lines[0].kind, lines[0].person
    called = not refused and await people.allowed([person_id], Subject.REMINDERS, Medium.PHONE)
    if kind in SAID_THERE or (kind in REMINDERS and not called):
        await _drop([one.id for one in lines])
    else:
        await _call(lines)


async def _call(lines: Sequence[Bound]) -> None:
    await fetch(
        "UPDATE loan_notice SET way = $2 WHERE id = ANY($1) AND told_at IS NULL",
        [one.id for one in lines],
        NoticeWay.PHONE.value,
    )


async def _drop(ids: Sequence[int]) -> None:
    if ids:
        await fetch(
            "UPDATE loan_notice SET withdrawn_at = $2 WHERE id = ANY($1) AND told_at IS NULL"
            " AND withdrawn_at IS NULL",
            list(ids),
            clock.now(),
        )


async def _note(kind: str, letter: Letter, lines: Sequence[Bound], way: Channel | Way) -> None:
    async with transaction():
        await fetch(
            "UPDATE loan_notice SET told_at = $2 WHERE id = ANY($1) AND withdrawn_at IS NULL",
            [one.id for one in lines],
            clock.now(),
        )
        person_id = lines[0].person
        await notifications.note_sent(kind, letter.key, person_id=person_id, way=way)


def words(lines: Sequence[Bound], now: datetime) -> dict[str, object]:
    """What the texts of lending may say; several things are named together."""
    first = lines[0]
    ends = first.period.end
    return {
        "name": listed([one.name for one in lines]),
        "when": spoken(first.period, now),
        "begins": said_at(first.period.start, now),
        "ends": said_at(ends, now),
        "today": clock.paris(ends).date() == clock.paris(now).date(),
        "lapses": said_at(first.lapses_at or ends, now),
        "late_day": late_day(lines),
        "out": first.state is LineState.CHECKED_OUT,
        "reason": first.facts.get("reason", ""),
        "cause": first.facts.get("cause", ""),
        "site": first.site,
        "phone": first.phone,
        "link": link(f"{PAGE}{first.booking}"),
    }


def late_day(lines: Sequence[Bound]) -> str:
    """What a day late costs for all of them; "" where it costs nothing (L35)."""
    cents = [owing.late_day(one.policy.fee_day_cents, one.replacement_cents) for one in lines]
    return formats.euros(sum(cents)) if any(cents) else ""


def listed(names: Sequence[str]) -> str:
    """As people say them: « Perceuse, Scie et Diable »."""
    *others, last = dict.fromkeys(names)
    return f"{', '.join(others)} et {last}" if others else last


def spoken(period: Period, now: datetime) -> str:
    """As in « lundi 23 novembre, de 10 h à 12 h », or « du lundi 23 novembre à 10 h au … »."""
    start, end = clock.paris(period.start), clock.paris(period.end)
    if start.date() == end.date():
        day = formats.weekday(start.date(), clock.paris(now).date())
        return f"{day}, de {formats.wall(start.time())} à {formats.wall(end.time())}"
    return f"du {said_at(period.start, now)} au {said_at(period.end, now)}"


def said_at(instant: datetime, now: datetime) -> str:
    """As in « mardi 24 novembre à 18 h », on the clock of Paris."""
    there = clock.paris(instant)
    day = formats.weekday(there.date(), clock.paris(now).date())
    return f"{day} à {formats.wall(there.time())}"
