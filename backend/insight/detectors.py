"""What in a month of uses is worth a look (V36), from values alone: each finds the uses that say so.

No clock, no database, no judgement: a signal is a question to a shop or a member, asked by a person.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

import msgspec

from backend.insight import thresholds
from backend.insight.thresholds import SignalKind
from backend.kit.hours import Hours
from backend.kit.zone import paris

EARTH_KM = 6371
WEEK_MINUTES = 7 * 24 * 60


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One use of the month, in the order they were made."""

    public_id: str
    at: datetime
    till: int | None
    shop: int
    partner: int
    person: int
    household: int
    channel: str
    mode: str
    undone: bool


class Place(msgspec.Struct, frozen=True):
    """A shop's coordinates in degrees, None where nobody set them, and its weekly hours."""

    latitude: float | None
    longitude: float | None
    hours: tuple[Hours, ...]


class Facts(msgspec.Struct, frozen=True):
    """Why, in figures, and which uses: `count` of `total`; for two places `km` in `minutes`."""

    uses: tuple[str, ...]
    count: int
    total: int
    km: int = 0
    minutes: int = 0


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A signal about one till, shop or person; `until_at` is the last use that was looked at."""

    kind: SignalKind
    till: int | None = None
    shop: int | None = None
    person: int | None = None
    facts: Facts
    until_at: datetime

    @property
    def subject(self) -> str:
        return subject(self.kind, self.till or self.shop or self.person or 0)


class World(msgspec.Struct, frozen=True):
    """What stands beside the uses: shops, households of who speaks for a partner, and until when
    each subject was already looked at by somebody.
    """

    places: Mapping[int, Place]
    teams: frozenset[tuple[int, int]]  # (partner, household)
    looked: Mapping[str, datetime]


def subject(kind: SignalKind, of: int) -> str:
    """What a signal is about, as one word: "burst:12"."""
    return f"{kind.value}:{of}"


def detect(uses: Sequence[Seen], world: World) -> Iterator[Found]:
    """Every signal of these uses, those left out that somebody has looked at."""
    tills = [use for use in uses if use.till is not None]
    for kind, find in OF_A_TILL.items():
        for till, some in _fresh(kind, tills, lambda use: use.till or 0, world):
            if (facts := find(some)) is not None:
                shop = some[-1].shop
                yield Found(kind=kind, till=till, shop=shop, facts=facts, until_at=some[-1].at)
    standing = [use for use in uses if not use.undone]
    for shop, some in _fresh(SignalKind.CLOSED, standing, lambda use: use.shop, world):
        if (facts := while_closed(some, world.places[shop])) is not None:
            yield Found(kind=SignalKind.CLOSED, shop=shop, facts=facts, until_at=some[-1].at)
    for person, some in _fresh(SignalKind.TRAVEL, standing, lambda use: use.person, world):
        if (facts := too_fast(some, world.places)) is not None:
            yield Found(kind=SignalKind.TRAVEL, person=person, facts=facts, until_at=some[-1].at)
    own = [use for use in standing if (use.partner, use.household) in world.teams]
    for person, some in _fresh(SignalKind.SELF, own, lambda use: use.person, world):
        if len(some) >= thresholds.SELF_USES:
            facts = _facts(some, len(some))
            yield Found(kind=SignalKind.SELF, person=person, facts=facts, until_at=some[-1].at)


def burst(uses: Sequence[Seen]) -> Facts | None:
    """The most uses within two minutes."""
    standing = [use for use in uses if not use.undone]
    most = max(_windows(standing, thresholds.BURST_FOR), key=len, default=[])
    return _facts(most, len(standing)) if len(most) >= thresholds.BURST_USES else None


def together(uses: Sequence[Seen]) -> Facts | None:
    """The most households within one minute: maybe one phone that shows the codes of many members.

    Members' phones are not followed; what a till saw in a minute is all that is known.
    """
    standing = [use for use in uses if not use.undone]
    most = max(
        _windows(standing, thresholds.TOGETHER_FOR),
        key=lambda window: len({use.household for use in window}),
        default=[],
    )
    count = len({use.household for use in most})
    if count < thresholds.TOGETHER_HOUSEHOLDS:
        return None
    return Facts(_ids(most), count, len(standing))


def typed(uses: Sequence[Seen]) -> Facts | None:
    return _share(uses, lambda use: use.channel == "typed", thresholds.TYPED_SHARE)


def offline(uses: Sequence[Seen]) -> Facts | None:
    return _share(uses, lambda use: use.mode == "offline", thresholds.OFFLINE_SHARE)


def undone(uses: Sequence[Seen]) -> Facts | None:
    return _share(uses, lambda use: use.undone, thresholds.UNDONE_SHARE)


OF_A_TILL: dict[SignalKind, Callable[[Sequence[Seen]], Facts | None]] = {
    SignalKind.BURST: burst,
    SignalKind.TOGETHER: together,
    SignalKind.TYPED: typed,
    SignalKind.OFFLINE: offline,
    SignalKind.UNDONE: undone,
}


def while_closed(uses: Sequence[Seen], place: Place) -> Facts | None:
    """Uses outside the hours with half an hour on each side; nothing where no hours are known."""
    if not place.hours:
        return None
    found = [use for use in uses if not is_open(place.hours, use.at)]
    return _facts(found, len(uses)) if len(found) >= thresholds.CLOSED_USES else None


def is_open(hours: Iterable[Hours], at: datetime) -> bool:
    """On the clock of Paris; the margin may reach over midnight."""
    wall = paris(at)
    minute = _minute(wall.weekday(), wall.time())
    margin = thresholds.CLOSED_MARGIN // timedelta(minutes=1)
    return any(
        (minute - (_minute(each.weekday, each.opens) - margin)) % WEEK_MINUTES
        <= _minute(each.weekday, each.closes) - _minute(each.weekday, each.opens) + 2 * margin
        for each in hours
    )


def too_fast(uses: Sequence[Seen], places: Mapping[int, Place]) -> Facts | None:
    """Two uses of one person, one after the other, too far apart for the time between them."""
    worst: tuple[float, Facts] | None = None
    for before, after in pairwise(uses):
        away = _km(places[before.shop], places[after.shop])
        if away is None or away < thresholds.TRAVEL_KM:
            continue
        seconds = max((after.at - before.at).total_seconds(), 1)
        speed = away / seconds * 3600
        if speed > thresholds.TRAVEL_KMH and (worst is None or speed > worst[0]):
            pair = _ids([before, after])
            worst = speed, Facts(pair, 2, len(uses), round(away), round(seconds / 60))
    return None if worst is None else worst[1]


def _fresh(
    kind: SignalKind, uses: Iterable[Seen], key: Callable[[Seen], int], world: World
) -> Iterator[tuple[int, list[Seen]]]:
    """The uses of each subject since somebody looked at it for this kind."""
    grouped: defaultdict[int, list[Seen]] = defaultdict(list)
    for use in uses:
        since = world.looked.get(subject(kind, key(use)))
        if since is None or use.at > since:
            grouped[key(use)].append(use)
    yield from grouped.items()


def _windows(uses: Sequence[Seen], length: timedelta) -> Iterator[Sequence[Seen]]:
    """For each use, those of the time before it, itself too."""
    moments = [use.at for use in uses]
    for at, moment in enumerate(moments):
        yield uses[bisect_left(moments, moment - length) : at + 1]


def _share(uses: Sequence[Seen], test: Callable[[Seen], bool], share: int) -> Facts | None:
    if len(uses) < thresholds.RATE_USES:
        return None
    found = [use for use in uses if test(use)]
    return _facts(found, len(uses)) if 100 * len(found) >= share * len(uses) else None


def _facts(found: Sequence[Seen], total: int) -> Facts:
    return Facts(_ids(found), len(found), total)


def _ids(found: Sequence[Seen]) -> tuple[str, ...]:
    """The last ones, as many as a page shows."""
    return tuple(use.public_id for use in found[-thresholds.MOST_SHOWN :])


def _minute(weekday: int, wall: time) -> int:
    return (weekday * 24 + wall.hour) * 60 + wall.minute


def _km(one: Place, other: Place) -> float | None:
    """As the crow flies (haversine); None where a shop is on no map."""
    if None in {one.latitude, one.longitude, other.latitude, other.longitude}:
        return None
    lat_a, lon_a, lat_b, lon_b = (
        radians(degrees or 0)
        for degrees in (one.latitude, one.longitude, other.latitude, other.longitude)
    )
    up = sin((lat_b - lat_a) / 2) ** 2
    across = sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1, sqrt(up + cos(lat_a) * cos(lat_b) * across)))
