"""L32, L5: a copy is closed exactly where an open ticket wants it, whatever was opened and lifted before."""

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.kit.errors import DomainError
from backend.lending import service as lend
from backend.lending.rules import FAR, DueRule, Period, SlotMode, TicketKind
from backend.lending.service import blackouts
from backend.lending.service.blackouts import Blackout
from tests.conftest import Database, empty_tables
from tests.lending import staff, whom
from tests.property.test_lending_life import STAGES, START, _stage  # noqa: F401 - a fixture

HOUR = timedelta(hours=1)
HOURS = 14
STEPS, ROUNDS = 25, 20
KINDS = st.sampled_from([TicketKind.REPAIR, TicketKind.BLACKOUT, TicketKind.CHECK])
slots, picks = st.integers(0, HOURS - 2), st.integers(0, 99)
lengths = st.sampled_from([1, 2, 4, 7, None])  # None: until it is mended


@dataclass
class Wanted:
    ticket: str
    periods: list[Period] = field(default_factory=list)


class ClosedTime(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stage = STAGES[0]
        self.stage.rounds += 1
        self.closing = ExitStack()
        self.closing.enter_context(clock.frozen(START))
        self.now = START
        made = self.stage.shelf.resource(
            f"Salle {self.stage.rounds}",
            slot_mode=SlotMode.HOURS,
            due_rule=DueRule.KEEP,
            usual_length=240,
            longest_length=600,
            buffer_after=60,
        )
        self.thing = self.stage.run(made)
        self.open: list[Wanted] = []
        self.loan: Period | None = None  # with its buffer
        self.line = 0

    def teardown(self) -> None:
        self.closing.close()

    @rule(kind=KINDS, slot=slots, length=lengths)
    def take_out_of_use(self, kind: TicketKind, slot: int, length: int | None) -> None:
        period = self.period(slot, length)
        done = self.hear(lend.take_out_of_use(staff(), self.thing.code, kind, "Fil usé", period))
        self.open.append(Wanted(done.ticket, [period]))

    @rule(slot=slots, length=lengths)
    def black_out(self, slot: int, length: int | None) -> None:
        period = self.period(slot, length)
        wish = Blackout(
            resource=self.thing.id, kind=TicketKind.BLACKOUT, note="Travaux", period=period
        )
        self.open.append(Wanted(self.hear(blackouts.black_out(staff(), wish)).ticket, [period]))

    @rule(kind=KINDS)
    def open_without_a_block(self, kind: TicketKind) -> None:
        done = self.hear(lend.take_out_of_use(staff(), self.thing.code, kind, "À voir", None))
        self.open.append(Wanted(done.ticket))

    @precondition(lambda self: self.open)
    @rule(pick=picks, length=lengths)
    def block(self, pick: int, length: int | None) -> None:
        period = Period(self.now, FAR if length is None else self.now + length * HOUR)
        one = self.open[pick % len(self.open)]
        self.hear(lend.block(staff(), one.ticket, None if length is None else period.end))
        one.periods.append(period)

    @precondition(lambda self: self.open)
    @rule(pick=picks)
    def mend(self, pick: int) -> None:
        one = self.open.pop(pick % len(self.open))
        self.hear(lend.mend(staff(), one.ticket))

    @precondition(lambda self: self.loan is None)
    @rule()
    def lend_now(self) -> None:
        """L29: cut short before the next block; refused where one runs, or is near."""
        try:
            given = self.hear(lend.lend_now(staff(), whom(self.stage.member), self.thing.code))
        except DomainError:
            assert any(self.wanted(self.now + hours * HOUR) for hours in range(3))
            return
        self.line = given.line
        self.loan = self.stage.run(_occupied(self.line))

    @precondition(lambda self: self.loan is not None)
    @rule()
    def take_back(self) -> None:
        self.hear(lend.take_back(staff(), self.line))
        self.loan = None

    @precondition(lambda self: self.loan is not None)
    @rule()
    def take_back_by_mistake(self) -> None:
        """L31: it is out again, whoever has taken its time since."""
        self.hear(lend.take_back(staff(), self.line))
        self.hear(lend.undo(staff(), self.line))

    @rule(hours=st.sampled_from([1, 3]))
    def wait(self, hours: int) -> None:
        self.now += hours * HOUR
        self.closing.enter_context(clock.travel(hours * HOUR))

    @invariant()
    def closed_where_somebody_wants_it(self) -> None:
        taken = self.stage.run(_taken(self.thing.code))
        for hour in range(3 * HOURS):
            at = START + hour * HOUR
            if at >= self.now:
                out = self.loan is not None and self.loan.start <= at < self.loan.end
                assert any(one.start <= at < one.end for one in taken) == (
                    out or self.wanted(at)
                ), at

    def wanted(self, at: datetime) -> bool:
        return any(one.start <= at < one.end for each in self.open for one in each.periods)

    def period(self, slot: int, length: int | None) -> Period:
        start = self.now + slot * HOUR
        return Period(start, FAR if length is None else start + length * HOUR)

    def hear(self, act: Any) -> Any:
        self.stage.acts += 1
        return self.stage.run(act)


async def _occupied(line: int) -> Period:
    row = await fetch_one(
        "SELECT lower(occupied), upper(occupied) FROM booking_line WHERE id = $1", line
    )
    assert row is not None
    return Period(*row)


async def _taken(code: str) -> list[Period]:
    rows = await fetch(
        "SELECT lower(l.occupied), upper(l.occupied) FROM booking_line l JOIN unit u ON u.id = l.unit"
        " WHERE u.code = $1 AND l.state IN ('blocked', 'checked_out')",
        code,
    )
    return [Period(*row) for row in rows]


@pytest.mark.usefixtures("_stage")
def test_copy_is_closed_where_an_open_ticket_wants_it(worker_database: Database) -> None:
    """L32, L5: for random opens, blocks, lifts, loans and undoings."""
    try:
        ClosedTime.TestCase.settings = settings(
            max_examples=ROUNDS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        ClosedTime.TestCase.runTest(ClosedTime.TestCase())
        assert STAGES[0].acts > ROUNDS
    finally:
        asyncio.run(empty_tables(worker_database.owner_url))
