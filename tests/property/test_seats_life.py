"""A2, C1: random acts on one session, against a line on paper: nobody waits while a seat is free."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.activities import service as activities
from backend.activities.queries import Session
from backend.activities.rules import Scope
from backend.audit.service import SYSTEM
from backend.kit import clock, database
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.membership.queries import Member
from tests import factories
from tests.activities import NOW, details, hours, seat_of, session, take
from tests.conftest import Database, empty_tables

PEOPLE = 6
# Take or give back a seat, have the dues run out or paid again, another capacity.
acts = st.lists(
    st.tuples(
        st.sampled_from(["take", "leave", "lapse", "pay", "room"]), st.integers(0, PEOPLE - 1)
    ),
    min_size=5,
    max_size=40,
)


@dataclass
class Paper:
    """The line as a person with a pencil would keep it."""

    capacity: int = 2
    taken: list[int] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    lapsed: set[int] = field(default_factory=set)

    def move(self) -> None:
        for who in [each for each in self.waiting if each not in self.lapsed]:
            if len(self.taken) < self.capacity:
                self.waiting.remove(who)
                self.taken.append(who)

    def take(self, who: int) -> None:
        if who in self.lapsed or who in self.taken or who in self.waiting:
            return
        self.move()
        (self.taken if len(self.taken) < self.capacity else self.waiting).append(who)

    def leave(self, who: int) -> None:
        if who in self.taken or who in self.waiting:
            (self.taken if who in self.taken else self.waiting).remove(who)
            self.move()

    def room(self, capacity: int) -> None:
        if capacity >= len(self.taken):
            self.capacity = capacity
            self.move()


@dataclass
class Stage:
    runner: asyncio.Runner
    members: list[Member]
    rounds: int = 0


STAGES: list[Stage] = []


@pytest.fixture
def _stage(worker_database: Database) -> Iterator[None]:
    """Its own loop and pool: the session's are put back afterwards."""
    kept = database.DB.pool
    with asyncio.Runner() as runner, clock.frozen(NOW):
        runner.run(database.open_pool(worker_database.app_url, max_size=2))
        STAGES.append(Stage(runner, runner.run(_build())))
        yield
        STAGES.clear()
        runner.run(database.close_pool())
    database.DB.pool = kept
    asyncio.run(empty_tables(worker_database.owner_url))


async def _build() -> list[Member]:
    return [await factories.add_member(f"P{at}", "Petit") for at in range(PEOPLE)]


@pytest.mark.usefixtures("_stage")
def test_the_line_is_what_a_pencil_would_keep() -> None:
    """A2, C1, L24: in order, past who cannot, after whatever act."""
    _many()
    assert STAGES[0].rounds >= 20


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts)
def _many(wishes: list[tuple[str, int]]) -> None:
    stage = STAGES[0]
    stage.rounds += 1
    stage.runner.run(_one(stage.members, wishes))


async def _one(members: list[Member], wishes: list[tuple[str, int]]) -> None:
    found, paper = await session(capacity=2), Paper()
    for at, (act, who) in enumerate(wishes):
        with clock.travel(timedelta(seconds=at)):
            await _act(found, paper, members, act, who)
            rows = await fetch(
                "SELECT s.person, s.state FROM seat s JOIN activity_session a ON a.id = s.session"
                " WHERE a.public_id = $1 AND s.state <> 'cancelled' ORDER BY s.asked_at, s.id",
                found.public_id,
            )
        number = {member.person_id: index for index, member in enumerate(members)}
        said = [(number[row["person"]], row["state"]) for row in rows]
        assert {who for who, state in said if state == "taken"} == set(paper.taken)
        assert [who for who, state in said if state == "waiting"] == paper.waiting
    for who in range(PEOPLE):
        await _pay(members[who], on=True)


async def _act(found: Session, paper: Paper, members: list[Member], act: str, who: int) -> None:
    member = members[who]
    if act in {"lapse", "pay"}:
        (paper.lapsed.add if act == "lapse" else paper.lapsed.discard)(who)
        await _pay(member, on=act == "pay")
        return
    if act == "room":
        paper.room(who + 1)
    elif act == "take":
        paper.take(who)
    else:
        paper.leave(who)
    try:
        await _really(found, act, who, member)
    except DomainError as refusal:
        assert refusal.slug in REFUSED  # noqa: PT017 - which acts are refused is the paper's to say


REFUSED = {"already_there", "activity_dues_needed", "capacity_taken"}


async def _really(found: Session, act: str, who: int, member: Member) -> None:
    if act == "take":
        fresh = await factories.membership_queries.find_member(member.person_id)
        await take(fresh, found)
    elif act == "leave" and await _has(found, member):
        await activities.leave_for(SYSTEM, await seat_of(member, found))
    elif act == "room":
        version = await fetch_value(
            "SELECT version FROM activity_session WHERE public_id = $1", found.public_id
        )
        wish = activities.Change(
            details=details(capacity=who + 1), hours=hours(), scope=Scope.THIS, version=version
        )
        await activities.change(SYSTEM, found.public_id, wish)


async def _has(found: Session, member: Member) -> bool:
    seen = await fetch_value(
        "SELECT 1 FROM seat s JOIN activity_session a ON a.id = s.session WHERE a.public_id = $1"
        " AND s.person = $2 AND s.state <> 'cancelled'",
        found.public_id,
        member.person_id,
    )
    return seen is not None


async def _pay(member: Member, *, on: bool) -> None:
    await fetch(
        "UPDATE period SET cancelled_at = $2 WHERE household = $1",
        member.household_id,
        None if on else clock.now(),
    )
