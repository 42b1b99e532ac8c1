"""What an import of a landlord's list would do."""

import msgspec
import pytest

from backend.places import rules
from backend.places.rules import DwellingLine, Occupancy, Reading, Rejected


def a_dwelling(number: int) -> DwellingLine:
    return DwellingLine(
        external_id=f"D{number}",
        contract_number=f"L/{number}",
        contract_folded=f"L{number}",
        residence_code="R001",
        residence_name="L'Orme",
        street="1 rue de l'Orme",
        building="A",
        stair="",
        floor="RDC",
        door=f"{number:03}",
        postcode="80000",
        town="Amiens",
        insee_code="80021",
        rooms=3,
        surface_dm2=6000,
        priority_district=False,
        agreement="",
        entered_on=None,
        occupancy=Occupancy.LET,
    )


def read(lines: list[DwellingLine], rejected: list[str] | None = None) -> Reading:
    bad = rejected or []
    return Reading(
        lines=lines,
        rejected=[Rejected(n, "QPV", "Écrivez O ou N.") for n, _ in enumerate(bad, 2)],
        mentioned=frozenset([*bad, *(line.external_id for line in lines)]),
    )


def test_each_dwelling_moves_once_when_two_lists_are_compared() -> None:
    """M8: new, changed, same, gone."""
    known = [a_dwelling(n) for n in range(4)]
    bigger = msgspec.structs.replace(known[1], rooms=4, contract_number="L/99")
    plan = rules.diff(known, read([known[0], bigger, a_dwelling(9)], rejected=["D2"]))
    assert plan.new == [a_dwelling(9)]
    assert [(one.before, one.after) for one in plan.changed] == [(known[1], bigger)]
    assert plan.changed[0].fields == ["contract_number", "rooms"]
    assert plan.same == [known[0]]
    assert plan.gone == [known[3]]


def test_a_dwelling_has_not_gone_when_its_line_was_rejected() -> None:
    """M8: a rejected line is left out, and so is its dwelling."""
    plan = rules.diff([a_dwelling(1)], read([], rejected=["D1"]))
    assert plan == rules.Plan(new=[], changed=[], same=[], gone=[])


def test_nothing_moves_when_the_same_list_comes_again() -> None:
    """M8: repeatable."""
    lines = [a_dwelling(n) for n in range(20)]
    plan = rules.diff(lines, read(lines))
    assert plan == rules.Plan(new=[], changed=[], same=lines, gone=[])
    assert not rules.needs_confirmation(plan, read(lines))


@pytest.mark.parametrize(("gone", "asked"), [(0, False), (5, False), (6, True), (100, True)])
def test_somebody_is_asked_when_more_than_5_percent_would_go(gone: int, asked: bool) -> None:
    """M8: more than 5 % gone needs an explicit confirmation."""
    known = [a_dwelling(n) for n in range(100)]
    reading = read([*known[gone:], *(a_dwelling(n) for n in range(1000, 1500))])
    assert rules.needs_confirmation(rules.diff(known, reading), reading) is asked


@pytest.mark.parametrize(("bad", "asked"), [(0, False), (5, False), (6, True), (100, True)])
def test_somebody_is_asked_when_more_than_5_percent_is_rejected(bad: int, asked: bool) -> None:
    """M8: more than 5 % rejected needs an explicit confirmation."""
    reading = read([a_dwelling(n) for n in range(100 - bad)], [f"B{n}" for n in range(bad)])
    assert rules.needs_confirmation(rules.diff([], reading), reading) is asked
