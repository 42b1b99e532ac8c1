"""What a capability tells of one person: parts of named values, all asked in one statement (D1).

Each capability has a `privacy.py` with its parts in ABOUT; `backend.privacy` asks them all.
"""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_one


class Part(msgspec.Struct, frozen=True):
    """`labels`: name in the file -> what it is called on the page.

    `sql` gives rows with these names. Its parameters are those of Whom: $1 the person, $2 their
    households, $3 their payers, $4 until when, as arrays that go together.
    """

    name: str
    title: str
    labels: dict[str, str]
    sql: str


class Whom(msgspec.Struct, frozen=True, kw_only=True):
    """A person and what hangs on their households; the lists go together, one item a stay.

    `until` is when the person left that household, None while they are in it: what came after is
    not theirs to read.
    """

    person_id: int
    households: list[int]
    payers: list[int]
    until: list[datetime | None]


class Section(msgspec.Struct, frozen=True):
    """A part as it was answered: JSON values, in the order of the labels."""

    part: Part
    rows: list[dict[str, Any]]


async def ask(parts: tuple[Part, ...], person_id: int, stays: str) -> list[Section]:
    """Every part's rows. One statement, however many parts there are (PERF6).

    `stays` is SQL that gives the items of Whom's lists, a row a stay, where $1 is the person.
    """
    asked = ", ".join(
        f"(SELECT coalesce(json_agg(row_to_json(t)), '[]') FROM ({_of_whom(part.sql)}) t)::text"  # noqa: S608 - our own words
        for part in parts
    )
    row = await fetch_one(
        "WITH whom AS MATERIALIZED (SELECT array_agg(household) AS households,"  # noqa: S608 - our own words
        f" array_agg(payer) AS payers, array_agg(until) AS until FROM ({stays}) stay)"
        # Naming the parameter here gives it its type, also where no part uses it.
        f" SELECT {asked} WHERE $1::bigint IS NOT NULL",
        person_id,
    )
    assert row is not None
    answers = [msgspec.json.decode(said, type=list[dict[str, Any]]) for said in row]
    return [Section(part, rows) for part, rows in zip(parts, answers, strict=True)]


def _of_whom(sql: str) -> str:
    """The lists of Whom, from the statement itself instead of its parameters."""
    for name, said in LISTS.items():
        sql = sql.replace(name, said)
    return sql


LISTS = {
    "$2": "coalesce((SELECT households FROM whom), '{}')::bigint[]",
    "$3": "coalesce((SELECT payers FROM whom), '{}')::bigint[]",
    "$4": "coalesce((SELECT until FROM whom), '{}')::timestamptz[]",
}


class Hold(msgspec.Struct, frozen=True):
    """Something that is open and stands in the way of an erasure: what, and what to do first.

    `sql` has a row while it is so; its parameters are those of a Part, and $5 is now. `path` is
    where a member does it, "" where only the club can.
    """

    slug: str
    sentence: str
    next: str
    sql: str
    path: str = ""


async def standing(holds: tuple[Hold, ...], whom: Whom) -> list[Hold]:
    """Those that hold now. One statement, however many there are (PERF6)."""
    asked = ", ".join(f"EXISTS ({hold.sql})" for hold in holds)
    row = await fetch_one(
        f"SELECT {asked} WHERE ($1::bigint, $2::bigint[], $3::bigint[], $4::timestamptz[],"
        " $5::timestamptz) IS NOT NULL",
        whom.person_id,
        whom.households,
        whom.payers,
        whom.until,
        clock.now(),
    )
    assert row is not None
    return [hold for hold, holds_now in zip(holds, row, strict=True) if holds_now]


class Gone(msgspec.Struct, frozen=True, kw_only=True):
    """Who is being erased, told to each capability's `forget`.

    `values` are all addresses they had, `alone` those that nobody else has. `ended` are households
    that are nobody's any more, with their payers; `heirs` gives the others' payers the name of who
    stays, or was there to the end.
    """

    whom: Whom
    given_name: str
    family_name: str
    values: list[str]
    alone: list[str]
    ended: list[int]
    ended_payers: list[int]
    heirs: dict[int, str]

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip()
