"""The desk's day on one screen (L26): one statement, whatever the club has lent."""

from datetime import datetime, timedelta

import msgspec

from backend.kit import clock
from backend.lending.queries.views import LineView, lines
from backend.lending.rules import RISK_LEAD, LineState

# Each list by its own small index, first of all: however much is past, the rest of a line is read for
# those alone. (As a set instead of an array, the planner reads the whole table beside it.)
TODAY = """
l.id = ANY (ARRAY(
  SELECT id FROM booking_line WHERE state IN ('requested', 'confirmed', 'ready')
    AND lower(during) < $2
  UNION SELECT id FROM booking_line WHERE state = 'requested'
  UNION SELECT id FROM booking_line WHERE state = 'checked_out' AND upper(during) <= $2
  UNION SELECT id FROM booking_line WHERE state = 'returned'
  UNION SELECT n.id FROM booking_line o
    JOIN custody c ON c.line = o.id AND c.in_at IS NULL AND c.undone_at IS NULL
    JOIN booking_line n ON n.unit = c.unit AND n.id <> o.id
      AND n.state IN ('requested', 'confirmed', 'ready') AND lower(n.during) < $3
    WHERE o.state = 'checked_out' AND upper(o.during) <= $4
)) AND r.site = $1
"""


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """A line stands in one list, and in `at_risk` besides, where it is."""

    to_answer: list[LineView]
    to_prepare: list[LineView]
    pick_ups: list[LineView]
    returns: list[LineView]
    late: list[LineView]
    at_risk: list[LineView]
    to_inspect: list[LineView]
    unfinished: list[LineView]


async def today(site_id: int) -> Today:
    """What is to do until midnight in Paris. Pick-ups and preparations of earlier days are unfinished.

    Whoever asked waits for an answer today, whatever day it is for.
    """
    now = clock.now()
    midnight, soon = clock.start_of_day(clock.today() + timedelta(days=1)), now + RISK_LEAD
    found = await lines(TODAY, site_id, midnight, soon, now)
    return sort(found, clock.start_of_day(clock.today()), midnight, soon)


def sort(found: list[LineView], morning: datetime, midnight: datetime, soon: datetime) -> Today:
    """In memory: the first to begin first, and of what is out the first that is due."""
    due = [line for line in found if line.period.start < midnight]
    old = [line for line in due if line.period.start < morning]
    out = [line for line in found if line.state is LineState.CHECKED_OUT]
    out.sort(key=lambda line: (line.period.end, line.id))
    fresh = [line for line in due if line.period.start >= morning]
    return Today(
        to_answer=[line for line in found if line.state is LineState.REQUESTED],
        to_prepare=[line for line in fresh if line.state is LineState.CONFIRMED],
        pick_ups=[line for line in fresh if line.state is LineState.READY],
        returns=[line for line in out if not line.overdue],
        late=[line for line in out if line.overdue],
        at_risk=[line for line in found if line.at_risk and line.period.start < soon],
        to_inspect=[line for line in found if line.state is LineState.RETURNED],
        unfinished=[line for line in old if line.state in {LineState.CONFIRMED, LineState.READY}],
    )
