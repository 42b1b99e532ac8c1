"""Services at the counter in the year: ordered, paid each way, handed over, called off, given back."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.audit import service as audit
from backend.billing.rules import PayWay
from backend.kit import clock
from backend.membership import service as membership
from backend.orders.catalogue import Service
from backend.orders.rules import Channel, PayAt
from backend.orders.service import handing, ordering, paying
from backend.orders.service.ordering import OrderWish, Wanted
from backend.orders.service.paying import Till
from tests import lending, orders
from tests.property.year.banks import Banks
from tests.property.year.counter import Counter
from tests.property.year.stage import HOW, PAGE, PICK, How

PRICES = {"Chemise": 350, "Veste": 900}


class Services(Banks, Counter):
    pressing: tuple[int, Service] | None = None

    def opened(self) -> tuple[int, Service]:
        """Made for the first order: some runs have none."""
        if self.pressing is None:
            place = self.stage.run(orders.counter_of(self.stage.run(lending.add_shelf())))
            service = self.stage.run(place.service(items=PRICES, pay_at=PayAt.EITHER))
            self.pressing = place.site_id, service
        return self.pressing

    @rule(home=PICK, who=PICK, vest=st.booleans(), first=st.booleans(), how=HOW)
    def order_service(self, home: int, who: int, vest: bool, first: bool, how: How) -> None:
        """Some pay before it stands, the others when they fetch it; some at once."""
        site_id, service = self.opened()
        picked = self.member(home)
        person = self.adult(picked, who)
        wish = OrderWish(
            service=service.slug,
            site_id=site_id,
            household_id=picked,
            person_id=person,
            wanted=(Wanted(service.items[vest].public_id, 1),),
            pay_now=first,
        )
        key = f"o{self.stage.acts}"
        if self.hear(ordering.order(audit.person(person), wish, Channel.ONLINE, key=key)):
            self.pay_tickets(self.tickets()[-1:], how)

    @rule(pick=PICK, every=st.booleans(), how=HOW, out=st.booleans())
    def pay_services(self, pick: int, every: bool, how: How, out: bool) -> None:
        """One of a household's orders, or all of them with one receipt; what is ready goes with it."""
        rows = self.tickets()
        if rows:
            one = rows[pick % len(rows)]
            home = one["household"]
            some = [row for row in rows if row is one or (every and row["household"] == home)]
            self.pay_tickets(some, how, out=out)

    def pay_tickets(self, some: list[Any], how: How, *, out: bool = False) -> None:
        home, named = some[0]["household"], [row["public_id"] for row in some]
        if isinstance(how, int):
            by = audit.person(some[0]["person"])
            self.ask_page(paying.order_payment(home, named[0], by, **PAGE), how)
        elif how is not None:
            due = sum(row["amount_cents"] - row["paid_cents"] for row in some)
            till = Till(cents=due, way=how, site_id=None, hand_over=out)
            key = f"s{self.stage.acts}"
            if self.hear(paying.take_payment(self.clerk, home, named, till, key=key)):
                self.move_coins(self.said.amount_cents, how)

    @rule(pick=PICK, verb=st.sampled_from(["ready", "out", "cancel", "cash", "transfer"]))
    def go_on(self, pick: int, verb: str) -> None:
        """What becomes of an order; its money goes back in notes or by the bank."""
        rows = self.tickets()
        if not rows:
            return
        name, paid = (rows[pick % len(rows)][column] for column in ("public_id", "paid_cents"))
        match verb:
            case "ready":
                self.hear(handing.make_ready(self.clerk, [name], "B1"))
            case "out":
                self.hear(handing.make_ready(self.clerk, [name], "B1"))
                self.hear(handing.hand_over(self.clerk, name))
            case "cancel":
                self.hear(handing.cancel(self.clerk, name, reason="Machine en panne"))
            case _:
                way = PayWay(verb)
                till, key = Till(cents=paid, way=way, site_id=None), f"b{self.stage.acts}"
                if self.hear(paying.give_back(self.clerk, name, till, key=key)):
                    self.move_coins(-self.said.amount_cents, way)

    def member(self, pick: int) -> int:
        """Who may order; where nobody may, somebody pays their year first."""
        rows = self.fetch(
            "SELECT DISTINCT household FROM period WHERE cancelled_at IS NULL AND during @> $1::date"
            " ORDER BY household",
            clock.today(),
        )
        if rows:
            return int(rows[pick % len(rows)]["household"])
        home, key = self.home(pick), f"y{self.stage.acts}"
        self.hear(membership.take_dues(self.clerk, home, 12, PayWay.CHEQUE, None, key=key))
        return home

    def tickets(self) -> list[Any]:
        """Whatever became of them; those of a household that was forgotten are nobody's."""
        return self.fetch(
            "SELECT public_id, household, person, paid_cents, amount_cents FROM order_ticket"
            " WHERE household IS NOT NULL AND person IS NOT NULL ORDER BY id"
        )
