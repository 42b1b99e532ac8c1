"""Households of the year: who joins, goes, moves, unites and parts, and what their months cost."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.membership import former
from backend.membership import service as membership
from backend.membership.rules import Category
from backend.membership.service import HomeWish
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests import factories
from tests.property.year.stage import PICK, Play

MOST_HOMES = 4
# Days ahead that money has come for, today among them; and whether today is one.
AHEAD = (
    "SELECT coalesce(sum(upper(during) - greatest(lower(during), $2::date)), 0)::int AS days,"
    " coalesce(bool_or(during @> $2::date), false) AS today FROM period WHERE household = $1"
    " AND cancelled_at IS NULL AND provisional_until IS NULL AND upper(during) > $2::date"
)


class Homes(Play):
    def move_in(self) -> None:
        self.join()
        self.add_adult(1)

    @rule()
    def join(self) -> None:
        row = self.fetch("SELECT count(*), count(*) - count(ended_at) AS living FROM household")[0]
        if row["living"] < MOST_HOMES:
            address = f"a{row['count']}@example.org"
            self.stage.run(factories.add_household(category=Category.TENANT, address=address))

    @rule(home=PICK)
    def add_adult(self, home: int) -> None:
        self.hear(membership.add_adult(SYSTEM, self.home(home), "Bob", "Martin"))

    @rule(home=PICK, who=PICK)
    def leave(self, home: int, who: int) -> None:
        picked = self.home(home)
        self.hear(membership.leave(SYSTEM, picked, self.adult(picked, who)))

    @rule(home=PICK)
    def end(self, home: int) -> None:
        self.hear(membership.end_household(SYSTEM, self.home(home)))

    @rule(home=PICK, into=PICK)
    def merge(self, home: int, into: int) -> None:
        one, other = self.home(home), self.home(into)
        self.unite(membership.merge(SYSTEM, one, other), one, other)

    @rule(home=PICK, who=PICK, into=PICK)
    def move(self, home: int, who: int, into: int) -> None:
        one, other = self.home(home), self.home(into)
        self.unite(membership.move(SYSTEM, self.adult(one, who), one, other), one, other)

    def unite(self, act: Any, one: int, other: int) -> None:
        """Where the first one ends, no paid day is lost, and today is had once (M5)."""
        before = self.ahead(one), self.ahead(other)
        if not self.hear(act):
            return
        ended = self.fetch("SELECT ended_at FROM household WHERE id = $1", one)[0][0] is not None
        days = before[0]["days"] if ended else 0
        both = ended and before[0]["today"] and before[1]["days"] > 0
        assert self.ahead(other)["days"] == before[1]["days"] + days - both

    def ahead(self, home: int) -> Any:
        return self.fetch(AHEAD, home, clock.today())[0]

    @rule(home=PICK, who=PICK)
    def split(self, home: int, who: int) -> None:
        """Paid days stay with those who stay."""
        picked = self.home(home)
        before = self.ahead(picked)
        self.hear(
            membership.split(SYSTEM, picked, [self.adult(picked, who)], elsewhere(Category.TENANT))
        )
        assert self.ahead(picked) == before

    @rule(pick=PICK)
    def come_back(self, pick: int) -> None:
        """With the days that the household they were the last of had paid, and no others (M5)."""
        rows = self.fetch(
            "SELECT p.id, p.public_id FROM person p WHERE NOT EXISTS (SELECT 1 FROM household_member m"
            " WHERE m.person = p.id AND m.left_on IS NULL) AND EXISTS (SELECT 1"
            "  FROM household_member m WHERE m.person = p.id) ORDER BY p.id"
        )
        if rows:
            wish = elsewhere(Category.NEIGHBOUR)
            who = rows[pick % len(rows)]
            days = self.stage.run(former.days_ahead(who["id"]))
            if self.hear(membership.come_back(SYSTEM, who["public_id"], wish, None)):
                newest = self.fetch("SELECT max(id) FROM household")[0][0]
                assert self.ahead(newest)["days"] == days

    @rule(pick=PICK)
    def erase(self, pick: int) -> None:
        """Somebody wants to be forgotten (D1); what runs holds it."""
        rows = self.fetch(
            "SELECT m.person FROM household_member m JOIN person p ON p.id = m.person"
            " WHERE p.erased_at IS NULL ORDER BY m.id"
        )
        if rows and pick % 3 == 0:
            who = rows[pick % len(rows)]["person"]
            self.hear(erasing.erase(SYSTEM, who, ErasureWay.DESK))

    # What they pay

    @rule(home=PICK, category=st.sampled_from([Category.TENANT, Category.NEIGHBOUR]))
    def rehouse(self, home: int, category: Category) -> None:
        self.hear(membership.rehouse(SYSTEM, self.home(home), elsewhere(category)))

    @rule(home=PICK, category=st.sampled_from(list(Category)))
    def change_category(self, home: int, category: Category) -> None:
        self.hear(membership.set_category(SYSTEM, self.home(home), category))

    @rule(cents=st.sampled_from([100, 150]))
    def change_price(self, cents: int) -> None:
        self.hear(membership.set_price(SYSTEM, Category.TENANT, cents, clock.today()))

    @rule(home=PICK, months=st.sampled_from([1, 12]))
    def grant(self, home: int, months: int) -> None:
        """Some months later than a category became free: first make it so."""
        picked = self.home(home)
        if self.hear(membership.set_category(SYSTEM, picked, Category.FREE)):
            key = f"g{self.stage.acts}"
            self.hear(membership.grant_months(SYSTEM, picked, months, key=key))


def elsewhere(category: Category) -> HomeWish:
    return HomeWish(category=category, street="8 rue Neuve", postcode="80000", town="Amiens")
