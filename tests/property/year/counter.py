"""The counter and the treasurer: coins, cheques, transfers, a drawer that is never quite right."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from backend.billing import books, cheques, costs, drawers, lines
from backend.billing.costs import CostWish
from backend.billing.rules import Account, PayWay
from backend.billing.statements import Entry
from backend.kit import clock
from backend.membership import service as membership
from tests.property.year.stage import PICK, Play

DESK = "cash cheque transfer"


class Counter(Play):
    coins = 0  # what really lies in the drawer

    @initialize()
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
        before = self.told(way)
        self.hear(
            membership.take_dues(
                self.clerk,
                self.home(home),
                months,
                way,
                None,
                key=f"t{self.stage.acts}",
                confirmed=confirmed,
            )
        )
        self.coins += self.told(way) - before if way is PayWay.CASH else 0

    @rule(pick=PICK)
    def undo(self, pick: int) -> None:
        if order := self.order(pick, DESK):
            before = self.told(PayWay.CASH)
            self.hear(
                membership.undo_dues(
                    self.clerk, order["household"], order["public_id"], None, "Erreur"
                )
            )
            self.coins += self.told(PayWay.CASH) - before

    @rule(
        pick=PICK,
        cents=st.sampled_from([50, 100, 1200]),
        way=st.sampled_from([PayWay.CASH, PayWay.TRANSFER]),
    )
    def repay(self, pick: int, cents: int, way: PayWay) -> None:
        """Money of Stripe that goes back beside it."""
        if order := self.order(pick):
            before, public_id, key = (
                self.told(PayWay.CASH),
                order["public_id"],
                f"r{self.stage.acts}",
            )
            self.hear(
                membership.repay_dues(self.clerk, public_id, cents, "Revenu", way, None, key=key)
            )
            self.coins += self.told(PayWay.CASH) - before

    def told(self, way: PayWay) -> int:
        """Cents that this way has brought, what went back taken off."""
        rows = self.fetch(
            "SELECT coalesce(sum(CASE kind WHEN 'payment' THEN amount_cents ELSE -amount_cents END),"
            " 0)::int FROM payment WHERE way = $1",
            way.value,
        )
        return int(rows[0][0])

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
    def remit(self, most: int) -> None:
        some = self.stage.run(cheques.waiting())[:most]
        self.hear(cheques.deposit(self.clerk, [each.payment for each in some]))

    @rule(pick=PICK)
    def bounce(self, pick: int) -> None:
        if order := self.order(pick, "cheque"):
            self.hear(membership.bounce_cheque(self.clerk, order["public_id"], "Sans provision"))

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
            self.hear(books.reverse(self.clerk, rows[pick % len(rows)]["id"], "Erreur"))
