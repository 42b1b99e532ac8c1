"""Seats with a price in the year: taken, waited for, paid each way, given up in time or late, called off."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.activities import money
from backend.activities import service as activities
from backend.activities.rules import Scope
from backend.activities.service import paying
from backend.audit import service as audit
from backend.billing.counter import Till
from backend.billing.rules import PayWay
from backend.kit import clock
from tests.activities import session
from tests.property.year.banks import Banks
from tests.property.year.counter import Counter
from tests.property.year.stage import HOW, PAGE, PICK, How

# Few seats: somebody waits for one.
CAPACITY, CENTS = 2, 500


class Seats(Banks, Counter):
    def evening(self) -> str:
        """The one to come; made for the first seat, and again when it is over or called off."""
        rows = self.fetch(
            "SELECT public_id FROM activity_session WHERE starts_at > $1 AND cancelled_at IS NULL"
            " ORDER BY id DESC LIMIT 1",
            clock.now(),
        )
        if rows:
            return str(rows[0]["public_id"])
        day = clock.today() + timedelta(days=20)
        made = self.stage.run(session(day, capacity=CAPACITY, price_cents=CENTS, cancel_hours=240))
        return made.public_id

    @rule(home=PICK, who=PICK, how=HOW)
    def take_seat(self, home: int, who: int, how: How) -> None:
        """A seat, or a place in line; some pay at once."""
        picked = self.home(home)
        row = self.fetch(
            "SELECT h.public_id AS home, p.public_id AS person FROM household h, person p"
            " WHERE h.id = $1 AND p.id = $2",
            picked,
            self.adult(picked, who),
        )[0]
        people, key = [row["person"]], f"a{self.stage.acts}"
        if self.hear(activities.register(self.clerk, row["home"], self.evening(), people, key)):
            self.pay_seat(self.seats()[-1], how)

    @rule(pick=PICK, how=HOW)
    def pay_seats(self, pick: int, how: How) -> None:
        rows = self.seats()
        if rows:
            self.pay_seat(rows[pick % len(rows)], how)

    def pay_seat(self, seat: Any, how: How) -> None:
        """And the others of its household in that session."""
        home, evening = seat["household"], seat["session"]
        if isinstance(how, int):
            by = audit.person(seat["person"])
            self.ask_page(paying.order_payment(home, evening, by, **PAGE), how)
        elif how is not None:
            due = self.stage.run(money.owed_in(home, evening))
            till, key = Till(cents=due, way=how, site_id=None), f"e{self.stage.acts}"
            if self.hear(paying.take_payment(self.clerk, home, evening, till, key=key)):
                self.move_coins(self.said.amount_cents, how)

    @rule(pick=PICK, verb=st.sampled_from(["leave", "leave", "off", "cash", "transfer"]))
    def give_up(self, pick: int, verb: str) -> None:
        """A seat, or the whole evening; what the counter took for it goes back."""
        rows = self.seats()
        if not rows:
            return
        seat = rows[pick % len(rows)]
        match verb:
            case "leave":
                self.hear(activities.leave_for(self.clerk, seat["public_id"]))
            case "off":
                self.hear(activities.cancel(self.clerk, seat["session"], Scope.THIS, "Four cassé"))
            case _:
                self.give_seat_money(seat["household"], PayWay(verb))

    def give_seat_money(self, home: int, way: PayWay) -> None:
        for rest in self.stage.run(money.rests(home)):
            till, key = Till(cents=rest.cents, way=way, site_id=None), f"{rest.order}{way}"
            if self.hear(paying.give_back(self.clerk, rest.order, till, key=key)):
                self.move_coins(-self.said.amount_cents, way)

    def seats(self) -> list[Any]:
        """Whatever became of them; those of a household that was forgotten are nobody's."""
        return self.fetch(
            "SELECT s.public_id, s.household, s.person, a.public_id AS session FROM seat s"
            " JOIN activity_session a ON a.id = s.session"
            " WHERE s.household IS NOT NULL AND s.person IS NOT NULL ORDER BY s.id"
        )
