"""L3, L5, L8: two thousand random acts on two units, against a model that tries every arrangement."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backend.kit import clock, database
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.rules import DueRule, Period, SlotMode
from backend.lending.values import Booked
from backend.membership.queries import Member
from tests import factories, lending
from tests.conftest import Database, empty_tables
from tests.lending import Lent, Shelf, staff, want, whom

T = TypeVar("T")
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
FIRST_SLOT = START + timedelta(days=1)
ACTS, STEPS, ROUNDS, MORE = 2_000, 60, 60, 4
UNITS = (0, 1)
slots, lengths, picks = st.integers(0, 7), st.integers(1, 3), st.integers(0, 99)


@dataclass
class Stage:
    """One loop, one pool, one member and one site for the whole run."""

    runner: asyncio.Runner
    shelf: Shelf
    member: Member
    acts: int = 0
    rounds: int = 0

    def run(self, act: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(act)


@dataclass
class Custody:
    nth: int
    unit: int
    out_at: datetime
    planned_at: datetime
    in_at: datetime | None = None


@dataclass
class Line:
    """What a line should be. `unit` is known once it is prepared or handed over, else anything."""

    id: int
    booking: str
    period: Period
    state: str = "held"
    lapses_at: datetime | None = None
    unit: int | None = None
    custodies: list[Custody] = field(default_factory=list)

    def blocks(self, now: datetime) -> bool:
        if self.state == "held":
            return self.lapses_at is not None and now < self.lapses_at
        return self.state in {"confirmed", "ready", "checked_out"}


STAGES: list[Stage] = []


class LineLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.closing = ExitStack()
        self.closing.enter_context(clock.frozen(START))
        self.now = START
        self.stage.rounds += 1
        self.lent = self.stage.run(_resource(self.stage))
        self.codes = [unit.code for unit in self.lent.units]
        self.ids = [unit.id for unit in self.lent.units]
        self.lines: list[Line] = []

    def teardown(self) -> None:
        self.closing.close()

    @rule(slot=slots, length=lengths)
    def hold(self, slot: int, length: int) -> None:
        """L8: it fits when any arrangement has room, and is just taken when none has."""
        period = _period(slot, length)
        wish = [want(self.lent, period.start, period.end)]
        answer = self.hear(lend.hold(staff(), whom(self.stage.member), wish))
        if not self.fits(period):
            assert answer == "just_taken"
            return
        assert isinstance(answer, Booked)
        lapses = self.now + timedelta(minutes=10)
        line = Line(answer.lines[0], answer.booking, period, lapses_at=lapses)
        self.lines.append(line)

    @precondition(lambda self: self.lines)
    @rule(pick=picks)
    def confirm(self, pick: int) -> None:
        line = self.pick(pick)
        answer = self.hear(lend.confirm(staff(), line.booking))
        if line.state == "held" and line.blocks(self.now):
            line.state = "confirmed"
        else:
            assert answer == "hold_over"

    @precondition(lambda self: self.lines)
    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        line = self.pick(pick)
        answer = self.hear(lend.cancel(staff(), line.booking, reason="Essai"))
        if line.blocks(self.now) and line.state != "checked_out":
            line.state, line.unit = "cancelled_by_staff", None
        else:
            assert answer == "move_refused"

    @precondition(lambda self: self.lines)
    @rule(pick=picks)
    def prepare(self, pick: int) -> None:
        """L9: on a copy that lies there, or not at all."""
        line = self.pick(pick)
        answer = self.hear(lend.prepare(staff(), line.id))
        out = {one.unit for one in self.lines if one.state == "checked_out"}
        there = tuple(unit for unit in UNITS if unit not in out)
        if line.state != "confirmed":
            assert answer == "move_refused"
            return
        if not self.fits(line.period, line, there):
            assert answer == "still_out"
            return
        line.state, line.unit = "ready", self.unit_of(line)

    @precondition(lambda self: self.lines)
    @rule(pick=picks, unit=st.sampled_from(UNITS))
    def hand_over(self, pick: int, unit: int) -> None:
        """L9: refused while the unit is out; L28: or lies ready for somebody else."""
        line = self.pick(pick)
        answer = self.hear(lend.hand_over(staff(), line.id, self.codes[unit]))
        period = Period(min(self.now, line.period.start), line.period.end)
        others = [one for one in self.lines if one is not line and one.unit == unit]
        if line.state not in {"confirmed", "ready"}:
            assert answer == "move_refused"
        elif any(one.state == "checked_out" for one in others):
            assert answer == "still_out"
        elif any(one.state == "ready" and one.period.overlaps(period) for one in others):
            assert answer == "reserved_by_other"
        elif not self.fits(period, line, (unit,)):
            assert answer == "unit_taken"
        else:
            nth = 1 + max((each.nth for each in self.custodies()), default=0)
            line.custodies.append(Custody(nth, unit, self.now, line.period.start))
            line.state, line.unit, line.period = "checked_out", unit, period

    @precondition(lambda self: self.lines)
    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        line = self.pick(pick)
        answer = self.hear(lend.take_back(staff(), line.id))
        if line.state != "checked_out":
            assert answer == "move_refused"
            return
        line.state, line.custodies[-1].in_at = "closed", self.now

    @precondition(lambda self: any(line.custodies for line in self.lines))
    @rule(pick=picks)
    def undo(self, pick: int) -> None:
        """L31: the last act of the desk, within 15 minutes, where nobody has the time by now.

        What was handed over before its time lies ready from its planned beginning again.
        """
        some = [line for line in self.lines if line.custodies]
        line = some[pick % len(some)]
        answer = self.hear(lend.undo(staff(), line.id))
        last = line.custodies[-1]
        out = [one for one in self.lines if one is not line and one.state == "checked_out"]
        if self.now >= (last.in_at or last.out_at) + timedelta(minutes=15):
            assert answer == "lending_undo_too_late"
        elif last.in_at is None:
            line.custodies.pop()
            start = max(last.planned_at, last.out_at)
            line.state, line.period = "ready", Period(start, line.period.end)
        elif any(one.unit == line.unit for one in out):
            assert answer == "still_out"
        elif any(one.nth > last.nth and one.unit == last.unit for one in self.custodies()):
            assert answer == "lending_others_since"
        elif line.unit is not None and not self.fits(line.period, line, (line.unit,)):
            assert answer == "unit_taken"
        else:
            last.in_at, line.state = None, "checked_out"

    @precondition(lambda self: self.lines)
    @rule(pick=picks)
    def restore(self, pick: int) -> None:
        line = self.pick(pick)
        answer = self.hear(lend.restore(staff(), line.id))
        if line.state != "cancelled_by_staff":
            assert answer == "move_refused"
        elif not self.fits(line.period, line):
            assert answer == "just_taken"
        else:
            line.state = "confirmed"

    @precondition(lambda self: self.lines)
    @rule(pick=picks, slot=slots, length=lengths)
    def change(self, pick: int, slot: int, length: int) -> None:
        line, period = self.pick(pick), _period(slot, length)
        answer = self.hear(lend.change(staff(), line.id, period))
        if line.state not in {"confirmed", "ready"}:
            assert answer == "move_refused"
        elif not self.fits(period, line):
            assert answer == "just_taken"
        else:
            line.period = period
            line.unit = self.unit_of(line) if line.state == "ready" else None

    @rule(minutes=st.sampled_from([1, 4, 11, 16]))
    def wait(self, minutes: int) -> None:
        """Holds lapse; nothing runs (L38)."""
        self.stage.acts += 1
        self.now += timedelta(minutes=minutes)
        self.closing.enter_context(clock.travel(timedelta(minutes=minutes)))

    @invariant()
    def every_line_is_what_the_model_says(self) -> None:
        """L5: no unit has two lines at a time; L9: a unit is out once, with the line that has it."""
        stored = {row["id"]: row for row in self.stage.run(_stored(self.lent))}
        assert len(stored) == len(self.lines)
        for line in self.lines:
            row = stored[line.id]
            dead = line.state == "held" and not line.blocks(self.now)
            assert row["state"] in ({"held", "expired"} if dead else {line.state})
            assert line.unit is None or row["unit"] == self.ids[line.unit]
            assert row["out"] == (line.state == "checked_out")
        alive = [stored[line.id] for line in self.lines if line.blocks(self.now)]
        for one, other in combinations(alive, 2):
            apart = one["upper"] <= other["lower"] or other["upper"] <= one["lower"]
            assert apart or one["unit"] != other["unit"]

    def fits(self, period: Period, mine: Line | None = None, only: tuple[int, ...] = UNITS) -> bool:
        """Whether some arrangement of the lines that may move leaves a unit for it."""
        others = [one for one in self.lines if one is not mine and one.blocks(self.now)]
        fixed = [(one.unit, one.period) for one in others if one.state in {"ready", "checked_out"}]
        moving = [one.period for one in others if one.state in {"held", "confirmed"}]
        return any(
            _apart([*fixed, *zip(placed, moving, strict=True), (unit, period)])
            for unit in only
            for placed in product(UNITS, repeat=len(moving))
        )

    def custodies(self) -> list[Custody]:
        return [each for line in self.lines for each in line.custodies]

    def pick(self, pick: int) -> Line:
        return self.lines[pick % len(self.lines)]

    def unit_of(self, line: Line) -> int:
        unit = self.stage.run(fetch_value("SELECT unit FROM booking_line WHERE id = $1", line.id))
        return self.ids.index(unit)

    def hear(self, act: Coroutine[Any, Any, Any]) -> Any:
        """The answer, or the slug of the refusal."""
        self.stage.acts += 1
        try:
            return self.stage.run(act)
        except DomainError as refusal:
            return refusal.slug


def _period(slot: int, length: int) -> Period:
    start = FIRST_SLOT + timedelta(hours=slot)
    return Period(start, start + timedelta(hours=length))


def _apart(placed: list[tuple[int | None, Period]]) -> bool:
    return all(a[0] != b[0] or not a[1].overlaps(b[1]) for a, b in combinations(placed, 2))


async def _resource(stage: Stage) -> Lent:
    return await stage.shelf.resource(
        f"Salle {stage.rounds}",
        copies=len(UNITS),
        slot_mode=SlotMode.HOURS,
        due_rule=DueRule.KEEP,
        longest_length=600,
        usual_length=60,
    )


async def _stored(lent: Lent) -> list[Any]:
    return await fetch(
        "SELECT l.id, l.state, l.unit, lower(l.occupied), upper(l.occupied),"
        " EXISTS (SELECT 1 FROM custody c WHERE c.line = l.id AND c.unit = l.unit"
        "  AND c.in_at IS NULL AND c.undone_at IS NULL) AS out"
        " FROM booking_line l JOIN resource r ON r.id = l.resource WHERE r.public_id = $1",
        lent.id,
    )


@pytest.fixture
def _stage(worker_database: Database) -> Iterator[None]:
    """Its own loop and pool: the session's are put back afterwards."""
    kept = database.DB.pool
    with asyncio.Runner() as runner, clock.frozen(START):
        runner.run(database.open_pool(_quick(worker_database.app_url), max_size=2))
        shelf, member = runner.run(_build())
        STAGES.append(Stage(runner, shelf, member))
        yield
        STAGES.clear()
        runner.run(database.close_pool())
    database.DB.pool = kept


def _quick(url: str) -> str:
    """Nothing here is about surviving a power cut."""
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}options=-csynchronous_commit%3Doff"


async def _build() -> tuple[Shelf, Member]:
    return await lending.add_shelf(), await factories.add_member("Alice")


@pytest.mark.usefixtures("_stage")
def test_lines_are_what_they_should_be_after_two_thousand_acts(worker_database: Database) -> None:
    """L3, L5, L8: against a small model, act by act."""
    try:
        play(ROUNDS)
        while STAGES[0].acts < ACTS:  # some rounds end early
            play(MORE)
    finally:
        asyncio.run(empty_tables(worker_database.owner_url))


def play(rounds: int) -> None:
    LineLife.TestCase.settings = settings(
        max_examples=rounds,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    LineLife.TestCase.runTest(LineLife.TestCase())
