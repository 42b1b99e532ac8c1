"""What is due to be told by its date: written each time the timetable looks, once (L36 to L38).

Only the newest step of a line is written, at an hour and on a day when it may leave; what waits of an
older one is withdrawn. So a stop of some days costs nobody a heap of messages.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, once_more, transaction
from backend.kit.openings import Calendar
from backend.lending import schedule
from backend.lending.policy import Policy
from backend.lending.rules import LineState, Period
from backend.lending.schedule import Notice, Step
from backend.lending.service import notices
from backend.places import queries as places

BATCH = 200  # lines a transaction: what a worker that dies has to do again
# So far ahead of a date its first step may lie: the days of the policy, moved to an open day.
AHEAD = schedule.EARLIER + timedelta(days=2)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A line that begins soon, or that is out; `told` names the steps that were told of its date."""

    line: int
    person: int
    site: int
    state: LineState
    period: Period
    since: datetime
    policy: Policy
    told: frozenset[tuple[str, int]]

    @property
    def about(self) -> datetime:
        out = self.state is LineState.CHECKED_OUT
        return self.period.end if out else self.period.start


async def remind() -> int:
    """How many notices were written. Any number of workers may look: what one wrote is written."""
    calendars, now = await places.calendars(), clock.now()
    found = await _candidates(now)
    made = 0
    for at in range(0, len(found), BATCH):
        due = [
            (each, step)
            for each in found[at : at + BATCH]
            if (step := _step(each, calendars[each.site], now)) is not None
        ]
        made += await _write(due) if due else 0
    return made


def _step(line: Candidate, calendar: Calendar, now: datetime) -> Step | None:
    """What is to be told of it, unless it was, or the hour or the day is none to tell anything."""
    if schedule.may_leave(calendar, now, dated=True) > now:
        return None
    step = schedule.current(line.policy, calendar, line.state, line.period, line.since, now)
    told = step is None or (step.kind.value, step.days) in line.told
    return None if told else step


@once_more
async def _write(due: Sequence[tuple[Candidate, Step]]) -> int:
    """One letter for all that a person has with the same date and step."""
    groups: dict[tuple[int, Notice, int, datetime], list[int]] = {}
    for each, step in due:
        groups.setdefault((each.person, step.kind, step.days, each.about), []).append(each.line)
    async with transaction():
        made = 0
        for (_, kind, days, about), lines in groups.items():
            await notices.withdraw(lines, but=(kind, days))
            made += len(await notices.write(kind, dict.fromkeys(lines, about), days=days))
    return made


async def _candidates(now: datetime) -> list[Candidate]:
    rows = await fetch(_LINES, now, now + AHEAD)
    return [_candidate(row) for row in rows]


def _candidate(row: Any) -> Candidate:
    said: dict[str, Any] = dict(row)
    period = Period(said.pop("start"), said.pop("end"))
    told = frozenset((each[0], int(each[1])) for each in msgspec.json.decode(said.pop("told")))
    policy = msgspec.json.decode(said.pop("policy"), type=Policy)
    state = LineState(said.pop("state"))
    return Candidate(period=period, told=told, policy=policy, state=state, **said)


# By the two small indexes first, however much is past. $2: nothing that is due later has a step yet,
# but for policies that tell very early, whose days come on top.
_LINES = """
SELECT l.id AS line, b.person, r.site, l.state, lower(l.during) AS start, upper(l.during) AS "end",
       coalesce(c.out_at, b.created_at) AS since, to_json(p)::text AS policy,
       coalesce((SELECT json_agg(json_build_array(n.kind, n.days)) FROM loan_notice n
         WHERE n.line = l.id AND n.withdrawn_at IS NULL
         AND n.about = CASE l.state WHEN 'checked_out' THEN upper(l.during) ELSE lower(l.during) END
       ), '[]')::text AS told
FROM booking_line l JOIN booking b ON b.id = l.booking AND b.person IS NOT NULL
JOIN resource r ON r.id = l.resource JOIN lending_policy p ON p.id = r.policy
LEFT JOIN custody c ON c.line = l.id AND c.in_at IS NULL AND c.undone_at IS NULL
WHERE l.id = ANY (ARRAY(
  SELECT id FROM booking_line WHERE state IN ('confirmed', 'ready')
    AND lower(during) > $1 AND lower(during) < $2
  UNION SELECT id FROM booking_line WHERE state = 'checked_out' AND upper(during) < $2
    + (SELECT coalesce(max(d), 0) FROM lending_policy q, unnest(q.notice_before) d)
    * interval '1 day'
))
ORDER BY b.person, l.id
"""
