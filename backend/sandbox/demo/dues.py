"""What each household paid and when: the same rules of months and terms as the club's own."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

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
OPEN_DAYS = range(1, 6)
OPEN_HOURS = (10, 11, 14, 15, 16, 17)
DESK = (PayWay.CASH, PayWay.CHEQUE)


def collect(families: Sequence[Family]) -> None:
    """Fills in what was paid, and gives back a few payments."""
    for family in families:
        family.paid = list(_payments(family))
        if family.way is PayWay.MONTHLY and family.paid:
            family.subscription = f"sub_demo{family.public_id.replace('-', '')}"
    _undo_some(families)


def _payments(family: Family) -> Iterator[Paid]:
    dice = Dice("dues", family.public_id)
    if _never_paid(family, dice):
        return
    day = _first_day(family)
    end: date | None = None
    while (at := _moment(family, day, dice)) < clock.now():
        months = _months(family, dice)
        start = rules.first_day(end, GRACE_DAYS, day)
        end = rules.last_day(start, months)
        yield _paid(family, at, Span(start, end), months)
        if not _goes_on(family, dice):
            return
        late = dice.between(-18, 14)
        day = _open_day(family, end + timedelta(days=1 if family.way is PayWay.MONTHLY else late))


def _first_day(family: Family) -> date:
    """The day they joined, or the next when the counter was closed by then."""
    joined = clock.paris(family.joined_at)
    late = family.way in DESK and joined.hour not in OPEN_HOURS
    return _open_day(family, joined.date() + timedelta(days=late))


def _open_day(family: Family, day: date) -> date:
    """The counter is open from Tuesday to Saturday; who pays there comes when it is."""
    days = (day + timedelta(days=later) for later in range(3))
    return next(each for each in days if family.way not in DESK or each.weekday() in OPEN_DAYS)


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


def _moment(family: Family, day: date, dice: Dice) -> datetime:
    """Minutes after they joined; else at the counter while it is open, online at any hour."""
    if clock.paris(family.joined_at).date() == day:
        return family.joined_at + timedelta(minutes=3)
    hour = dice.between(14, 17) if family.way in DESK else dice.between(7, 22)
    return instant(day, hour, dice.below(60))


def _paid(family: Family, at: datetime, span: Span, months: int) -> Paid:
    amount = FIRST_PRICES[family.category] * months
    online = family.way in {PayWay.ONLINE, PayWay.MONTHLY}
    return Paid(
        at=at,
        span=span,
        months=months,
        amount_cents=amount,
        # A European card at Stripe: 1.5 % and 25 cents.
        fee_cents=25 + -(-amount * 15 // 1000) if online else 0,
        external_id=f"pi_demo{family.public_id.replace('-', '')}{at:%Y%m%d}" if online else None,
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
