"""Lists that nobody would write, and some that somebody does."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from backend.kit.errors import Invalid
from backend.places import imports, rules
from backend.places.cells import COLUMNS

HEADER = ";".join(COLUMNS)
cells = st.text(st.characters(exclude_characters="\r\n", codec="utf-8"), max_size=12)


@given(st.binary(max_size=3000))
def test_a_file_is_read_or_refused_when_it_is_anything(data: bytes) -> None:
    """M8: hostile and broken files get clear refusals."""
    with suppress(Invalid):
        reading = imports.read(data)
        assert reading.lines or reading.rejected


@given(st.lists(st.lists(cells, max_size=25).map(";".join), max_size=20))
def test_each_line_is_read_or_rejected_once_when_its_cells_are_anything(rows: list[str]) -> None:
    """M8: no line is lost: read, rejected with its number, or blank."""
    with suppress(Invalid):
        reading = imports.read("\n".join([HEADER, *rows]).encode())
        blank = sum(not row.strip('; \t,"\u00a0') for row in rows)
        assert len(reading.lines) + len(reading.rejected) + blank == len(rows)
        numbers = [one.line for one in reading.rejected]
        assert numbers == sorted(set(numbers))
        assert all(2 <= number <= len(rows) + 1 for number in numbers)


dwellings = st.dictionaries(st.integers(0, 40), st.integers(1, 12), max_size=30)


def line(number: int, rooms: int) -> str:
    return f"D{number};L/{number};R1;ORME;1;;RUE;ORME;;;;;80000;Amiens;;T{rooms};;N;;;LOUE"


@given(dwellings, dwellings)
def test_a_list_gives_the_new_state_when_its_plan_is_carried_out(
    before: dict[int, int], after: dict[int, int]
) -> None:
    """M8: carried out, a plan leads from the old list to the new one, and then nothing is left."""

    def read(rooms: dict[int, int]) -> rules.Reading:
        if not rooms:
            return rules.Reading([], [], frozenset())
        return imports.read("\n".join([HEADER, *(line(*one) for one in rooms.items())]).encode())

    known, reading = read(before).lines, read(after)
    plan = rules.diff(known, reading)
    state = {one.external_id: one for one in known}
    state |= {one.external_id: one for one in plan.new}
    state |= {change.before.external_id: change.after for change in plan.changed}
    for gone in plan.gone:
        del state[gone.external_id]
    assert sorted(state) == sorted(one.external_id for one in reading.lines)
    again = rules.diff(state.values(), reading)
    assert (again.new, again.changed, again.gone) == ([], [], [])
