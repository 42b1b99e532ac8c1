"""Reminders of dues: each night the steps that are due become messages, or papers to hand over (N5).

A household is told at most one step a day, each step once for a term. Nothing is told to whom a
monthly plan, a wish to renew or a debit under way pays for. Whether there is still something to
remind of is asked once more just before each message leaves; a payment withdraws what waits.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

import msgspec

from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_as, transaction, within
from backend.membership import choices, queries, reminders
from backend.membership.reminders import ENDED, ON_PAPER, Adult, Channel, Step, Term
from backend.membership.rules import Category
from backend.notifications import service as notifications
from backend.notifications.surroundings import link, ways_out
from backend.people import queries as people
from backend.people.rules import Channel as By
from backend.people.rules import Medium, Subject

BATCH = 200  # households a transaction: what a worker that dies has to do again
REMINDER, END = "dues.reminder", "dues.ended"
PAY, CHOOSE = "/compte/cotisation/payer", "/compte/consentements"
MEDIA = {Channel.EMAIL: Medium.EMAIL, Channel.SMS: Medium.SMS}


class Candidate(msgspec.Struct, frozen=True):
    """A household whose paid days end, and what it was told of it."""

    household_id: int
    category: Category
    paid_at: datetime
    told: list[int]
    told_on: date | None


class Night(msgspec.Struct, frozen=True):
    """What holds for a whole run."""

    today: date
    grace_days: int
    ladder: tuple[Step, ...]
    moved: dict[int, frozenset[int]]
    month_cents: dict[Category, int]
    ways_out: frozenset[By]

    def term(self, candidate: Candidate, ends_on: date) -> Term:
        return Term(
            ends_on=ends_on,
            grace_days=self.grace_days,
            paid_on=clock.paris(candidate.paid_at).date(),
            told=self.told(candidate),
            told_on=candidate.told_on,
            free=not self.month_cents[candidate.category],
        )

    def told(self, candidate: Candidate) -> frozenset[int]:
        """By the days that the steps have now."""
        told = set(candidate.told)
        return frozenset(told | {day for day, had in self.moved.items() if had & told})


class Due(msgspec.Struct, frozen=True):
    """One line to write: which step for whom, by which way, where to."""

    candidate: Candidate
    step: Step
    adult: Adult
    channel: Channel


async def remind() -> int:
    """All that is due today and was not told yet; how many messages and papers. May run any number
    of times, by any number of workers: what one of them told is told.
    """
    night = await _night()
    told = 0
    for ends_on in reminders.terms_in_reach(night.ladder, night.grace_days, night.today):
        page = await _candidates(night, ends_on, after=0)
        while page:
            told += await _tell_all(night, ends_on, page)
            page = await _candidates(night, ends_on, after=page[-1].household_id)
    return told


async def _night() -> Night:
    today = clock.today()
    return Night(
        today=today,
        grace_days=await queries.grace_days(),
        ladder=await choices.ladder(today),
        moved=await choices.moved(today),
        month_cents=await queries.month_prices(today),
        ways_out=ways_out(),
    )


async def _candidates(night: Night, ends_on: date, *, after: int) -> list[Candidate]:
    """The next households in the order of their keys."""
    return await fetch_as(
        Candidate,
        "SELECT h.id AS household_id, h.category, (SELECT max(l.created_at) FROM period l"  # noqa: S608 - our own words
        "  WHERE l.household = h.id AND l.cancelled_at IS NULL) AS paid_at,"
        " array(SELECT DISTINCT r.step FROM reminder r WHERE r.household = h.id"
        "  AND r.term_on = $1::date) AS told,"
        " (SELECT max(r.told_on) FROM reminder r WHERE r.household = h.id) AS told_on"
        " FROM period q JOIN household h ON h.id = q.household"
        " WHERE upper(q.during) = $1::date + 1 AND q.cancelled_at IS NULL"
        " AND q.provisional_until IS NULL AND q.household > $3"
        f" AND {queries.UNPAID.format('$1::date', '$2::date')} ORDER BY q.household LIMIT $4",
        ends_on,
        night.today,
        after,
        BATCH,
    )


async def _tell_all(night: Night, ends_on: date, page: Sequence[Candidate]) -> int:
    waiting = []
    for candidate in page:
        term = night.term(candidate, ends_on)
        steps = reminders.due_to_tell(night.ladder, term, night.today)
        if steps:
            waiting.append((candidate, term, steps))
    if not waiting:
        return 0
    async with transaction():
        adults = await _adults(night, [candidate.household_id for candidate, *_ in waiting])
        due = list(_due(night, waiting, adults))
        return await _write(night, ends_on, due)


def _due(
    night: Night,
    waiting: Iterable[tuple[Candidate, Term, list[Step]]],
    adults: dict[int, list["_Found"]],
) -> Iterator[Due]:
    for candidate, term, steps in waiting:
        found = adults.get(candidate.household_id, [])
        asked = [each.adult(everything=False) for each in found]
        step = reminders.step_to_tell(night.ladder, term, steps, asked)
        if step is None:
            continue
        if step.offset_days == ENDED:
            asked = [each.adult(everything=True) for each in found]
        for adult, channel in reminders.recipients(step, asked):
            yield Due(candidate, step, adult, channel)


class _Found(msgspec.Struct, frozen=True):
    """An adult with all their ways, and those by which they want to be reminded."""

    person_id: int
    given_name: str
    ways: dict[Channel, str]
    wanted: frozenset[Channel]

    def adult(self, *, everything: bool) -> Adult:
        open_ways = {way: to for way, to in self.ways.items() if everything or way in self.wanted}
        return Adult(self.person_id, self.given_name, open_ways)


async def _adults(night: Night, household_ids: list[int]) -> dict[int, list[_Found]]:
    """The adults of these households, the first of each first."""
    rows = await fetch(_ADULTS, household_ids)
    ids = [row["person_id"] for row in rows]
    wanted = {medium: await people.allowed(ids, Subject.REMINDERS, medium) for medium in Medium}
    found: dict[int, list[_Found]] = {}
    for row in rows:
        ways = {Channel(by.value): row[by.value] for by in night.ways_out if row[by.value]}
        ways |= dict.fromkeys(ON_PAPER, "")
        found.setdefault(row["household"], []).append(
            _Found(
                row["person_id"],
                row["given_name"],
                ways,
                frozenset(way for way in ways if row["person_id"] in wanted[medium_of(way)]),
            )
        )
    return found


def medium_of(channel: Channel) -> Medium:
    """A letter and a visit both come to the home: who wants no post wants neither."""
    return MEDIA.get(channel, Medium.POST)


_ADDRESS = (
    "(SELECT c.value FROM contact_point c WHERE c.person = p.id AND c.ended_at IS NULL"
    " AND c.channel = '{0}' ORDER BY c.verified_at IS NULL, c.id LIMIT 1) AS {0}"
)
_ADULTS = (
    "SELECT m.household, p.id AS person_id, p.given_name,"  # noqa: S608 - our own words
    f" {_ADDRESS.format('email')}, {_ADDRESS.format('sms')}"
    " FROM household_member m JOIN person p ON p.id = m.person"
    " WHERE m.household = ANY($1) AND m.left_on IS NULL AND m.adult AND p.erased_at IS NULL"
    " ORDER BY m.household, m.id"
)


async def _write(night: Night, ends_on: date, due: Sequence[Due]) -> int:
    """The rows decide: what another run wrote meanwhile is not told again."""
    rows = await fetch(
        "INSERT INTO reminder (household, person, term_on, step, channel, told_on)"
        " SELECT one.household, one.person, $5, one.step, one.channel, $6"
        " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])"
        "  AS one(household, person, step, channel)"
        " ON CONFLICT ON CONSTRAINT reminder_once DO NOTHING RETURNING id, person",
        [one.candidate.household_id for one in due],
        [one.adult.person_id for one in due],
        [one.step.offset_days for one in due],
        [one.channel.value for one in due],
        ends_on,
        night.today,
    )
    new = {row["person"]: row["id"] for row in rows}
    for one in due:
        if one.adult.person_id in new and one.channel not in ON_PAPER:
            await _queue(night, ends_on, one, new[one.adult.person_id])
    return len(new)


async def _queue(night: Night, ends_on: date, one: Due, reminder_id: int) -> None:
    ended = one.step.offset_days == ENDED
    term = night.term(one.candidate, ends_on)
    await notifications.queue(
        END if ended else REMINDER,
        _key(reminder_id),
        person_id=one.adult.person_id,
        channel=By(one.channel.value),
        to=one.adult.ways[one.channel],
        values={
            "name": one.adult.given_name,
            "term": formats.day(ends_on),
            "over": night.today > ends_on,
            "grace": formats.day(term.over_on) if night.today < term.over_on else "",
            "amount": reminders.year_cost(night.month_cents[one.candidate.category]),
            "link": link(PAY),
            "choose": link(CHOOSE),
        },
        asked=REMINDER,
    )


def _key(reminder_id: int) -> str:
    return f"{REMINDER}:{reminder_id}"


async def withdraw(household_id: int, paid_until: date) -> None:
    """What waits to be sent or handed over for a term that is paid now."""
    within()
    rows = await fetch(
        "UPDATE reminder r SET withdrawn_at = $3 WHERE r.household = $1 AND r.term_on < $2"  # noqa: S608 - our own words
        " AND r.withdrawn_at IS NULL AND r.handed_at IS NULL AND NOT EXISTS (SELECT 1"
        f"  FROM message m WHERE m.key = '{REMINDER}:' || r.id AND m.sent_at IS NOT NULL)"
        " RETURNING r.id",
        household_id,
        paid_until,
        clock.now(),
    )
    if rows:
        await notifications.withdraw([_key(row["id"]) for row in rows])
