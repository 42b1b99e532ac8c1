"""What each household paid and when: the same rules of months and terms as the club's own."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from backend.billing.rules import PaymentKind, PayWay
from backend.kit import clock
from backend.membership import rules
from backend.membership.rules import FIRST_PRICES, Proof, Span
from backend.sandbox.demo.cast import STARS
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.model import Family, Paid, instant

GRACE_DAYS = 30
FAITHFUL = 87  # of a hundred go on after a year
STAYING = 97  # of a hundred go on after a month
UNDONE = {PaymentKind.REFUND: 2, PaymentKind.DISPUTE: 1}
STOPPED = {star.household for star in STARS if star.stops}
STARRED = {star.household for star in STARS}
DESK = (PayWay.CASH, PayWay.CHEQUE)


def collect(families: Sequence[Family]) -> None:
    """Fills in what was paid, and gives back a few payments."""
    for family in families:
        family.paid = list(_payments(family))
        if family.way is PayWay.MONTHLY and family.paid:
            family.subscription = f"sub_demo{family.public_id.replace('-', '')}"
    _undo_some(families)


def _payments(family: Family) -> Iterator[Paid]:
    dice, today = Dice("dues", family.public_id), clock.today()
    if _never_paid(family, dice):
        return
    day = clock.paris(family.joined_at).date()
    end: date | None = None
    while day <= today:
        months = _months(family, dice)
        start = rules.first_day(end, GRACE_DAYS, day)
        end = rules.last_day(start, months)
        yield _paid(family, _opening(family, day, dice), Span(start, end), months)
        if not _goes_on(family, dice):
            return
        late = dice.between(-18, 14)
        day = end + timedelta(days=1 if family.way is PayWay.MONTHLY else late)


def _never_paid(family: Family, dice: Dice) -> bool:
    """They joined and have not paid yet; or staff has still to look at them."""
    fresh = (clock.now() - family.joined_at).days < 25 and family.public_id not in STARRED
    return fresh and dice.chance(80 if family.proof is Proof.TO_CHECK else 25)


def _goes_on(family: Family, dice: Dice) -> bool:
    if family.public_id in STARRED:
        return family.public_id not in STOPPED
    return dice.chance(STAYING if family.way is PayWay.MONTHLY else FAITHFUL)


def _months(family: Family, dice: Dice) -> int:
    if family.way is PayWay.MONTHLY:
        return 1
    if family.way in DESK and family.public_id not in STARRED and dice.chance(25):
        return dice.pick((3, 6))
    return 12


def _opening(family: Family, day: date, dice: Dice) -> tuple[date, int, int]:
    """At the desk only while it is open: Tuesday to Saturday; online at any hour."""
    joined = clock.paris(family.joined_at)
    first = joined.date() == day
    if family.way not in DESK:
        return day, joined.hour if first else dice.between(7, 22), min(59, joined.minute + 1)
    return day, max(joined.hour, 14) if first else dice.between(14, 17), dice.below(60)


def _paid(family: Family, when: tuple[date, int, int], span: Span, months: int) -> Paid:
    day, hour, minute = when
    amount = FIRST_PRICES[family.category] * months
    online = family.way in {PayWay.ONLINE, PayWay.MONTHLY}
    at = max(instant(day, hour, minute), family.joined_at + timedelta(minutes=2))
    return Paid(
        at=min(at, clock.now()),
        span=span,
        months=months,
        amount_cents=amount,
        # A European card at Stripe: 1.5 % and 25 cents.
        fee_cents=25 + -(-amount * 15 // 1000) if online else 0,
        external_id=f"pi_demo{family.public_id.replace('-', '')}{day:%Y%m%d}" if online else None,
    )


def _undo_some(families: Sequence[Family]) -> None:
    """Two asked for their money back within 14 days; one bank took it back."""
    online = [
        family.paid[0]
        for family in families
        if family.way is PayWay.ONLINE
        and len(family.paid) == 1
        and family.public_id not in STARRED
        and family.paid[0].at < clock.now() - timedelta(days=60)
    ]
    for kind, count in UNDONE.items():
        for _ in range(count):
            paid = online.pop(len(online) // 2)
            paid.undone = kind
            paid.undone_at = paid.at + timedelta(days=9 if kind is PaymentKind.REFUND else 40)
