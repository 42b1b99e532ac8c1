"""The counter and the treasurer: coins, cheques, transfers, a drawer that is never quite right."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from backend.activities.service import paying as seats
from backend.billing import cheques, costs, drawers, journal, lines
from backend.billing.costs import CostWish
from backend.billing.refunds import Repayment
from backend.billing.rules import Account, PayWay
from backend.billing.statements import Entry
from backend.kit import clock
from backend.membership import service as membership
from backend.membership.service import sold
from backend.orders.service import paying as services
from tests.property.year.stage import PICK, Play

DESK = "cash cheque transfer"
SOLD = {"service": services.SOLD, "activity": seats.SOLD}
BOUNCE: dict[str, Callable[..., Awaitable[Any]]] = {
    "dues": membership.bounce_cheque,
    **{kind: partial(sold.bounce_cheque, sold=each) for kind, each in SOLD.items()},
}
UNDO: dict[str, Callable[..., Awaitable[Any]]] = {
    "dues": membership.undo_dues,
    **{kind: partial(sold.undo_payment, sold=each) for kind, each in SOLD.items()},
}
REPAY: dict[str, Callable[..., Awaitable[Any]]] = {
    "dues": membership.repay_dues,
    **{kind: partial(sold.repay, sold=each) for kind, each in SOLD.items()},
}


class Counter(Play):
    coins = 0  # what really lies in the drawer

    def begin_the_day(self) -> None:
        self.coins = 5000
        self.hear(drawers.open_drawer(self.clerk, None, self.coins, from_bank=True))

    @rule(
        home=PICK,
        way=st.sampled_from([PayWay.CASH, PayWay.CHEQUE, PayWay.TRANSFER]),
        months=st.sampled_from([1, 2, 12]),
        confirmed=st.booleans(),
    )
    def pay_here(self, home: int, way: PayWay, months: int, confirmed: bool) -> None:
        key = f"t{self.stage.acts}"
        taken = membership.take_dues(
            self.clerk, self.home(home), months, way, None, key=key, confirmed=confirmed
        )
        if self.hear(taken):
            self.move_coins(self.said.amount_cents, way)

    def move_coins(self, cents: int, way: PayWay) -> None:
        """As a hand does, by what it was told: the count finds whatever was booked otherwise."""
        self.coins += cents if way is PayWay.CASH else 0

    @rule(pick=PICK)
    def undo(self, pick: int) -> None:
        if order := self.order(pick, DESK):
            home, public_id = order["household"], order["public_id"]
            if not order["amount_cents"]:
                self.hear(membership.undo_months(self.clerk, home, public_id, "Erreur"))
                return
            if self.hear(UNDO[order["kind"]](self.clerk, home, public_id, None, "Erreur")):
                self.move_coins(-self.said, PayWay(order["way"]))

    @rule(
        pick=PICK,
        cents=st.sampled_from([50, 100, 350, 500, 1200]),
        way=st.sampled_from([PayWay.CASH, PayWay.TRANSFER]),
    )
    def repay(self, pick: int, cents: int, way: PayWay) -> None:
        """Money of Stripe that goes back beside it."""
        if order := self.order(pick):
            wish = Repayment(order["public_id"], cents, "Revenu", way)
            key = f"r{self.stage.acts}"
            if self.hear(REPAY[order["kind"]](self.clerk, wish, key=key)):
                self.move_coins(-cents, way)

    # The drawer

    @rule(lacks=st.sampled_from([0, 0, 5, 100, -20]), banked=st.sampled_from([0, 0.5, 1]))
    def count(self, lacks: int, banked: float) -> None:
        """Somebody takes or loses coins; the count finds exactly that."""
        drawer = self.stage.run(drawers.find_open(None))
        if drawer is None:
            return
        lacks = min(lacks, self.coins)
        self.coins -= lacks
        out = int(self.coins * banked)
        difference = self.stage.run(
            drawers.close_drawer(self.clerk, drawer.public_id, self.coins, banked_cents=out)
        )
        assert difference == -lacks
        self.coins -= out

    @rule(brought=st.sampled_from([0, 300]), odd=st.sampled_from([0, 0, 7]))
    def open(self, brought: int, odd: int) -> None:
        """With a float from the bank, or with coins that nobody knows of."""
        wanted = self.coins + (brought or odd)
        if self.hear(drawers.open_drawer(self.clerk, None, wanted, from_bank=brought > 0)):
            self.coins = wanted

    @rule(cents=st.sampled_from([100, 2500, 10_000]))
    def carry_to_the_bank(self, cents: int) -> None:
        drawer = self.stage.run(drawers.find_open(None))
        if drawer is not None and self.hear(drawers.deposit(self.clerk, drawer.public_id, cents)):
            self.coins -= cents

    # Cheques and transfers

    @rule(most=st.integers(1, 3))
    def some_go(self, most: int) -> None:
        self.remit(most)

    def remit(self, most: int) -> None:
        some = self.stage.run(cheques.waiting())[:most]
        self.hear(cheques.deposit(self.clerk, [each.payment for each in some]))

    @rule(pick=PICK, remitted=st.booleans())
    def bounce(self, pick: int, remitted: bool) -> None:
        """Mostly what lies at the bank."""
        if remitted:
            self.remit(9)
        if order := self.order(pick, "cheque"):
            bounced = BOUNCE[order["kind"]](self.clerk, order["public_id"], "Sans provision")
            self.hear(bounced)

    @rule(home=PICK, months=st.sampled_from([1, 12]))
    def order_transfer(self, home: int, months: int) -> None:
        self.hear(membership.order_transfer(self.clerk, self.home(home), months))

    @rule(pick=PICK, days=st.sampled_from([0, 3]), odd=st.sampled_from([0, 0, 1]))
    def wire(self, pick: int, days: int, odd: int) -> None:
        """The bank brings it; what fits no order goes back."""
        order = self.order(pick, "transfer")
        if order is None:
            return
        on = clock.today() - timedelta(days=days)
        said = Entry(on, order["amount_cents"] + odd, f"VIR {self.stage.acts}")
        self.stage.run(lines.add_lines(self.clerk, [said], "x"))
        line = self.stage.run(lines.waiting())[-1].public_id
        if not self.hear(membership.match_transfer(self.clerk, line, order["public_id"])):
            self.stage.run(lines.give_back(self.clerk, line))

    # The treasurer

    @rule(cents=st.integers(1, 900), twice=st.booleans())
    def spend(self, cents: int, twice: bool) -> None:
        wish = CostWish(
            on=clock.today(),
            label="Papier",
            account=Account.PURCHASES,
            amount_cents=cents,
            key=f"c{self.stage.acts}",
        )
        for _ in range(1 + twice):
            self.stage.run(costs.enter(self.clerk, wish))

    @rule(pick=st.integers(0, 5))
    def reverse(self, pick: int) -> None:
        """One of the last entries; those with a paper of their own refuse."""
        rows = self.fetch("SELECT id FROM journal_entry ORDER BY id DESC LIMIT 6")
        if rows:
            self.hear(journal.reverse(self.clerk, rows[pick % len(rows)]["id"], "Erreur"))
