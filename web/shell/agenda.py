"""The agenda as every space shows it: a month, narrowed by kind and place, day by day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Self
from urllib.parse import urlencode

import msgspec
from babel.dates import format_date

from backend.activities.printing import ages, hours, price
from backend.activities.queries import Companion, Session
from backend.kit import clock
from backend.kit.zone import find_day
from web.shell import stripe_pages

AHEAD, BACK = 13, 24  # months
__all__ = ["Asked", "ages", "by_day", "hours", "may_pay", "months", "price"]


class Asked(msgspec.Struct, frozen=True):
    """What the agenda is asked for, as its address says it; `month` is a first of a month."""

    here: str
    month: date
    kind: str = ""
    place: str = ""
    past: bool = False

    @classmethod
    def read(cls, here: str, said: Mapping[str, Any], *, past: bool = False) -> Self:
        """`past`: months that are over can be looked at too."""
        return cls(
            here,
            _month(str(said.get("mois") or ""), BACK if past else 0),
            str(said.get("sorte") or "")[:40],
            str(said.get("lieu") or "")[:80],
            past,
        )

    def address(self, **change: Any) -> str:
        kept = {"mois": self.month, "sorte": self.kind, "lieu": self.place, **change}
        if isinstance(kept["mois"], date):
            this = _this_month()
            kept["mois"] = "" if kept["mois"] == this else f"{kept['mois']:%Y-%m}"
        asked = urlencode({name: value for name, value in kept.items() if value})
        return f"{self.here}?{asked}" if asked else self.here

    @property
    def name(self) -> str:
        """As in « décembre 2026 »."""
        return str(format_date(self.month, "MMMM y", locale="fr"))

    @property
    def last_on(self) -> date:
        return _later(self.month, 1) - timedelta(days=1)

    @property
    def before(self) -> str:
        """The month before, or "" where there is nothing to look at."""
        first = _later(_this_month(), -BACK if self.past else 0)
        return self.address(mois=_later(self.month, -1)) if self.month > first else ""

    @property
    def after(self) -> str:
        last = _later(_this_month(), AHEAD)
        return self.address(mois=_later(self.month, 1)) if self.month < last else ""


def months(here: Asked) -> list[dict[str, Any]]:
    """Some months to go to at once."""
    this = _this_month()
    chosen = [_later(this, at) for at in range(4)]
    return [
        {
            "href": here.address(mois=each),
            "label": str(format_date(each, "LLLL", locale="fr")).capitalize(),
            "current": each == here.month,
        }
        for each in chosen
    ]


def by_day(sessions: Sequence[Session]) -> list[tuple[date, list[Session]]]:
    return [(day, list(some)) for day, some in groupby(sessions, key=lambda one: one.day)]


def _this_month() -> date:
    return clock.today().replace(day=1)


def _month(said: str, back: int) -> date:
    """Today's where nothing else is said, or what is said is too far away."""
    this = _this_month()
    found = find_day(f"{said}-01")
    return found if found and _later(this, -back) <= found <= _later(this, AHEAD) else this


def _later(month: date, count: int) -> date:
    years, at = divmod(month.month - 1 + count, 12)
    return month.replace(year=month.year + years, month=at + 1)


async def may_pay(family: Sequence[Companion]) -> bool:
    """Whether what a household owes for a session is taken online."""
    return await stripe_pages.may_pay(sum(one.due_cents for one in family))
