"""What the story of the demo club is told in, before it becomes rows."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from backend.billing.rules import PaymentKind, PayWay
from backend.kit.clock import PARIS
from backend.membership.rules import CancelReason, Category, Proof, Span
from backend.people.rules import Address


class Home(NamedTuple):
    """A dwelling of a list, or for a neighbour an address of no list (`dwelling_id` None)."""

    dwelling_id: int | None
    landlord_id: int | None
    contract: str | None
    street: str
    postcode: str
    town: str
    priority_district: bool


@dataclass
class Human:
    given_name: str
    family_name: str
    born_on: date
    adult: bool
    address: Address | None = None
    id: int = 0


@dataclass
class Paid:
    """One payment for dues and the days it bought. `undone`: given back, or taken back by a bank."""

    at: datetime
    span: Span
    months: int
    amount_cents: int
    fee_cents: int = 0
    external_id: str | None = None
    undone: PaymentKind | None = None
    undone_at: datetime | None = None

    @property
    def cancel_reason(self) -> CancelReason | None:
        words = {
            PaymentKind.REFUND: CancelReason.REFUNDED,
            PaymentKind.DISPUTE: CancelReason.DISPUTED,
        }
        return None if self.undone is None else words[self.undone]


@dataclass
class Family:
    """A household and its year."""

    public_id: str
    category: Category
    proof: Proof
    home: Home
    people: list[Human]
    way: PayWay
    joined_at: datetime
    site_id: int
    busy: bool = False
    subscription: str | None = None
    paid: list[Paid] = field(default_factory=list)
    id: int = 0
    payer_id: int = 0

    @property
    def head(self) -> Human:
        return self.people[0]

    @property
    def adults(self) -> list[Human]:
        return [human for human in self.people if human.adult]

    def span_on(self, day: date) -> Span | None:
        """The paid days that `day` is one of."""
        spans = (paid.span for paid in self.paid if paid.undone is None)
        return next((span for span in spans if span.covers(day)), None)


def instant(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour on the wall in Paris."""
    return datetime.combine(day, time(hour, minute), tzinfo=PARIS).astimezone(UTC)
