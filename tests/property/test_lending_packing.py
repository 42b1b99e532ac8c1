"""Which unit gets which time: against the plainest search there is."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise, product

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.lending import packing
from backend.lending.packing import Busy
from backend.lending.rules import Period

START = datetime(2026, 11, 21, tzinfo=UTC)
UNITS = (1, 2, 3)


def span(first: int, length: int) -> Period:
    return Period(START + timedelta(hours=first), START + timedelta(hours=first + length))


spans = st.builds(span, st.integers(0, 12), st.integers(1, 5))


@st.composite
def shelves(draw: st.DrawFn) -> list[Busy]:
    """Lines on units, none over another."""
    lines: list[Busy] = []
    for number, period in enumerate(draw(st.lists(spans, max_size=7)), start=1):
        free = packing.free_units(UNITS, lines, period)
        if free:
            unit = draw(st.sampled_from(free))
            movable = draw(st.booleans())
            lines.append(line(number, unit, period, movable))
    return lines


def line(number: int, unit: int, period: Period, movable: bool = True) -> Busy:
    return Busy(resource_id=1, unit_id=unit, line_id=number, period=period, movable=movable)


def overlaps(lines: list[Busy]) -> bool:
    ordered = sorted(lines, key=lambda each: (each.unit_id, each.period))
    return any(a.unit_id == b.unit_id and a.period.overlaps(b.period) for a, b in pairwise(ordered))


def at(one: Busy, unit: int) -> Busy:
    return line(one.line_id or 0, unit, one.period, one.movable)


def fits_somehow(lines: list[Busy], wanted: Period) -> bool:
    """Every arrangement is tried."""
    fixed = [each for each in lines if not each.movable]
    moving = [each for each in lines if each.movable]
    mine = line(99, 0, wanted)
    return any(
        not overlaps(
            [*fixed, *(at(one, unit) for one, unit in zip([*moving, mine], placed, strict=True))]
        )
        for placed in product(UNITS, repeat=len(moving) + 1)
    )


@given(shelves(), spans)
@settings(max_examples=150)
def test_wish_fits_when_any_arrangement_has_room(lines: list[Busy], wanted: Period) -> None:
    """L8: a request that fits after re-packing is accepted, and what is prepared stays where it is."""
    found = packing.pack(UNITS, lines, wanted, UNITS)
    assert (found is not None) == fits_somehow(lines, wanted)
    if found is not None:
        unit, moved = found
        after = [at(each, moved.get(each.line_id or 0, each.unit_id)) for each in lines]
        assert not overlaps([*after, line(99, unit, wanted)])
        assert all(each.movable for each in lines if each.line_id in moved)


@given(shelves(), spans)
@settings(max_examples=60)
def test_free_units_add_up_when_a_range_is_cut_into_gaps(lines: list[Busy], within: Period) -> None:
    """L6: what a page shows as free is what a write finds free."""
    gaps = packing.gaps(UNITS, lines, within)
    assert (gaps[0].period.start, gaps[-1].period.end) == (within.start, within.end)
    assert all(a.period.end == b.period.start and a.units != b.units for a, b in pairwise(gaps))
    hours = [span(hour, 1) for hour in range(18)]
    for gap, hour in product(gaps, hours):
        if gap.period.start <= hour.start and hour.end <= gap.period.end:
            assert len(packing.free_units(UNITS, lines, hour)) == gap.units


def test_line_stays_when_it_stands_on_a_late_unit() -> None:
    """L10: a unit that is late neither blocks nor frees by moving others without a place for them."""
    late = Busy(resource_id=1, unit_id=1, line_id=None, period=span(0, 9), movable=False)
    stuck = line(1, 1, span(3, 2))
    assert packing.pack((1, 2), [late, stuck], span(3, 2), (1, 2)) == (2, {})
    taken = line(2, 2, span(3, 2))
    assert packing.pack((1, 2), [late, stuck, taken], span(3, 2), (1, 2)) is None


def test_search_ends_when_too_many_lines_hang_together(monkeypatch) -> None:
    """L8: a chain of hundreds is not taken apart; neither is one that would take for ever."""
    chain = [line(n, 1 + n % 2, span(n, 2)) for n in range(10)]
    wanted = span(4, 1)
    monkeypatch.setattr(packing, "MOST_LINES", 3)
    assert packing.pack((1, 2), chain, wanted, (1, 2)) is None
    monkeypatch.setattr(packing, "MOST_LINES", 99)
    monkeypatch.setattr(packing, "MOST_STEPS", 3)
    assert packing.pack((1, 2), chain, wanted, (1, 2)) is None


def test_first_times_are_given_when_several_are_free() -> None:
    """L6: alternatives, in order, as many as asked for."""
    busy = [line(1, 1, span(0, 4))]
    wishes = [(span(n, 1), span(n, 2)) for n in range(8)]
    assert packing.first_free((1,), busy, wishes, 2) == [span(4, 1), span(5, 1)]
    assert packing.most_at_once([span(0, 3), span(1, 1), span(2, 4)], span(0, 9)) == 2
