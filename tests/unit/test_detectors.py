"""What is worth a look in a month of uses: each signal at its bound, one below it, and why."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from backend.insight import detectors, thresholds
from backend.insight.detectors import Found, Place, Seen, World
from backend.insight.thresholds import SignalKind
from backend.kit.hours import Hours
from backend.kit.zone import parse_instant

NOON = parse_instant("2026-11-18T12:00:00+01:00")  # a Wednesday
WEEK = tuple(Hours(day, time(9), time(19)) for day in range(5))
AMIENS = Place(49.894, 2.295, WEEK)
ROUEN = Place(49.443, 1.099, WEEK)
WORLD = World({1: AMIENS, 2: ROUEN, 3: Place(None, None, ())}, frozenset(), {})


def seen(number: int, at: datetime, **more: Any) -> Seen:
    said: dict[str, Any] = {
        "till": 1,
        "shop": 1,
        "partner": 1,
        "person": number,
        "household": number,
        "channel": "scan",
        "mode": "online",
        "undone": False,
    }
    return Seen(public_id=f"use-{number}", at=at, **{**said, **more})


def row(count: int, apart: timedelta, **more: Any) -> list[Seen]:
    return [seen(number, NOON + number * apart, **more) for number in range(count)]


def kinds(uses: list[Seen], world: World = WORLD) -> dict[SignalKind, Found]:
    return {one.kind: one for one in detectors.detect(uses, world)}


def test_burst_is_seen_from_its_bound_on():
    """V36: bursts per device, with the uses that make them."""
    apart = thresholds.BURST_FOR / thresholds.BURST_USES
    household = {"household": 1}
    assert kinds(row(thresholds.BURST_USES - 1, apart, **household)) == {}
    found = kinds(row(thresholds.BURST_USES, apart, **household))
    assert set(found) == {SignalKind.BURST}
    assert found[SignalKind.BURST].till == 1
    assert len(found[SignalKind.BURST].facts.uses) == thresholds.BURST_USES


def test_many_households_in_a_minute_are_seen():
    """V36: the same device for many members, as far as a till can see it."""
    bound = thresholds.TOGETHER_HOUSEHOLDS
    apart = thresholds.TOGETHER_FOR / bound
    assert kinds(row(bound - 1, apart)) == {}
    found = kinds(row(bound, apart))
    assert found[SignalKind.TOGETHER].facts.count == bound
    assert kinds(row(bound, apart, household=1)) == {}


@pytest.mark.parametrize(
    ("kind", "bound", "how"),
    [
        (SignalKind.TYPED, thresholds.TYPED_SHARE, {"channel": "typed"}),
        (SignalKind.OFFLINE, thresholds.OFFLINE_SHARE, {"mode": "offline"}),
        (SignalKind.UNDONE, thresholds.UNDONE_SHARE, {"undone": True}),
    ],
)
def test_share_is_seen_from_its_bound_on(kind: SignalKind, bound: int, how: dict[str, Any]):
    """V36: share of typed codes, offline share, undo rate; of a hundred uses of one till."""
    hour = timedelta(minutes=3)

    def mixed(count: int) -> list[Seen]:
        return [
            seen(number, NOON + number * hour, **(how if number < count else {}))
            for number in range(100)
        ]

    assert kind not in kinds(mixed(bound - 1))
    facts = kinds(mixed(bound))[kind].facts
    assert (facts.count, facts.total) == (bound, 100)


def test_share_of_few_uses_says_nothing():
    """V36: of a till that has hardly begun no share is told."""
    few = row(thresholds.RATE_USES - 1, timedelta(minutes=10), channel="typed")
    assert SignalKind.TYPED not in kinds(few)


def test_uses_while_the_shop_is_closed_are_seen_with_half_an_hour_of_grace():
    """V36: redemptions outside opening hours."""
    closing = parse_instant("2026-11-18T19:00:00+01:00")
    late = [seen(n, closing + timedelta(minutes=29 + 30 * (n > 9)), till=None) for n in range(13)]
    found = kinds(late)
    assert found[SignalKind.CLOSED].facts.uses == ("use-10", "use-11", "use-12")
    assert kinds(late[:12]) == {}


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-11-18T08:30:00+01:00", True),
        ("2026-11-18T08:29:00+01:00", False),
        ("2026-11-18T19:30:00+01:00", True),
        ("2026-11-18T19:31:00+01:00", False),
        ("2026-11-22T12:00:00+01:00", False),
    ],
)
def test_shop_is_open_within_its_hours_and_their_margin(at: str, open_: bool):
    """V36: half an hour before and after is not outside."""
    assert detectors.is_open(WEEK, parse_instant(at)) is open_


def test_margin_reaches_over_the_end_of_the_week():
    """V36: a shop open on Sunday to midnight is no suspect on Monday at a quarter past."""
    late = (Hours(6, time(20), time(23, 59)),)
    assert detectors.is_open(late, parse_instant("2026-11-23T00:15:00+01:00"))
    assert not detectors.is_open(late, parse_instant("2026-11-23T00:45:00+01:00"))


def test_nothing_is_outside_hours_that_nobody_knows():
    assert kinds(row(9, timedelta(hours=3), shop=3)) == {}


def test_travel_faster_than_a_car_is_seen():
    """V36: impossible travel: Amiens to Rouen, about 100 km as the crow flies, in half an hour."""

    def trip(minutes: int) -> list[Seen]:
        there = NOON + timedelta(minutes=minutes)
        return [seen(1, NOON, till=1), seen(1, there, shop=2, till=2)]

    facts = kinds(trip(30))[SignalKind.TRAVEL].facts
    assert 95 < facts.km < 105
    assert facts.minutes == 30
    assert kinds(trip(60)) == {}


def test_travel_is_of_one_person_and_between_places_on_the_map():
    """V36: two adults of one household may be in two towns."""
    apart = [seen(1, NOON), seen(2, NOON + timedelta(minutes=1), shop=2, household=1)]
    assert kinds(apart) == {}
    unplaced = [seen(1, NOON), seen(1, NOON + timedelta(minutes=1), shop=3)]
    assert kinds(unplaced) == {}


def test_own_shop_is_seen_for_its_team_and_their_household():
    """V36: self-redemption by shop staff who are members."""
    world = World(WORLD.places, frozenset({(1, 7)}), {})
    days = row(thresholds.SELF_USES, timedelta(hours=1), person=3, household=7)
    found = kinds(days, world)
    assert set(found) == {SignalKind.SELF}
    assert found[SignalKind.SELF].person == 3
    assert kinds(days[1:], world) == {}
    assert kinds(row(9, timedelta(hours=1), person=3, household=8), world) == {}
    undone = row(thresholds.SELF_USES, timedelta(hours=1), person=3, household=7, undone=True)
    assert kinds(undone, world) == {}


def test_undone_uses_make_no_other_signal():
    """V36: what was taken back is no burst and no trip."""
    uses = row(thresholds.BURST_USES, timedelta(seconds=5), undone=True)
    assert kinds(uses) == {}


def test_what_somebody_looked_at_is_not_counted_again():
    """V36: set aside, a signal comes back only with uses of afterwards."""
    uses = row(thresholds.BURST_USES, timedelta(seconds=10), household=1)
    found = kinds(uses)[SignalKind.BURST]
    looked = World(WORLD.places, frozenset(), {found.subject: found.until_at})
    assert kinds(uses, looked) == {}
    again = row(thresholds.BURST_USES, timedelta(seconds=10), household=1)
    later = [seen(use.person, use.at + timedelta(days=1), household=1) for use in again]
    assert set(kinds(uses + later, looked)) == {SignalKind.BURST}
