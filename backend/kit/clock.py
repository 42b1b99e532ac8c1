"""The only reader of time.

Instants are aware and in UTC; days are those of Europe/Paris. `PALIER_NOW` moves the clock of a
whole process in demo and test: time goes on from there.
"""

import os
import time as system
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from backend.kit.zone import PARIS, end_of_day, paris, parse_instant, start_of_day

__all__ = [
    "PARIS",
    "end_of_day",
    "frozen",
    "monotonic",
    "now",
    "paris",
    "parse_instant",
    "start_of_day",
    "today",
    "travel",
]


def now() -> datetime:
    if _hands.stopped_at is not None:
        return _hands.stopped_at
    return _real() + _hands.ahead


def today() -> date:
    return paris(now()).date()


def monotonic() -> float:
    """Seconds that only grow, for measuring; neither frozen nor moved."""
    return system.monotonic()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """For tests: time stands still at this instant, in every task of this process."""
    with _put_back():
        _hands.stopped_at = paris(at).astimezone(UTC)
        yield


@contextmanager
def travel(delta: timedelta) -> Iterator[None]:
    """For tests: time is moved; a frozen clock stays frozen at its new instant.

    Whole days lead to the same hour of another day, also where a day had 23 hours: a test that is run
    before midnight comes to the day it means.
    """
    with _put_back():
        moved = delta if delta % timedelta(days=1) else _days_on(delta)
        _hands.ahead += moved
        if _hands.stopped_at is not None:
            _hands.stopped_at += moved
        yield


def _days_on(days: timedelta) -> timedelta:
    here = now()
    return (paris(here) + days).astimezone(UTC) - here


@dataclass
class _Hands:
    ahead: timedelta = timedelta(0)
    stopped_at: datetime | None = None


def _real() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - here and nowhere else


@contextmanager
def _put_back() -> Iterator[None]:
    ahead, stopped_at = _hands.ahead, _hands.stopped_at
    try:
        yield
    finally:
        _hands.ahead, _hands.stopped_at = ahead, stopped_at


def _head_start(environment: Mapping[str, str]) -> timedelta:
    """How far PALIER_NOW lies from the real time.

    Read here so that every process has it before its first instant. A value that cannot be read
    counts as none: the settings name it, together with whatever else is wrong.
    """
    wanted = environment.get("PALIER_NOW", "").strip()
    if not wanted or environment.get("PALIER_ENV", "").strip() not in {"demo", "test"}:
        return timedelta(0)
    try:
        return parse_instant(wanted) - _real()
    except ValueError:
        return timedelta(0)


_hands = _Hands(ahead=_head_start(os.environ))
