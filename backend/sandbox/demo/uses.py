"""A year of vouchers and cards: who took what, where it was used, what was undone."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from backend.kit import clock
from backend.merchants.rules import Hours
from backend.offers import rules as offer_rules
from backend.offers.rules import Delivery, LimitPer, LimitPeriod, Target, Terms
from backend.sandbox.demo.dice import Dice
from backend.sandbox.demo.dues import GRACE_DAYS
from backend.sandbox.demo.model import Family, Human, instant
from backend.vouchers import rules
from backend.vouchers.rules import UseChannel, VoucherState

YEAR_DAYS = 364
WEEK_DAYS = 7
SMALL_CENTS = 1_000
GRACE = timedelta(days=GRACE_DAYS)


class Place(NamedTuple):
    """A shop with its till."""

    id: int
    partner_id: int
    name: str
    till_id: int
    cashiers: tuple[str, ...]
    hours: tuple[Hours, ...]


@dataclass(frozen=True, kw_only=True)
class Deal:
    """An offer as it is in the catalogue, with the shops where it holds."""

    id: int
    public_id: str
    version: int
    partner_id: int
    terms: Terms
    target: Target
    since: date
    until: date | None
    voucher_days: int
    stock: int | None
    limit_count: int
    limit_period: LimitPeriod
    limit_per: LimitPer
    places: tuple[Place, ...]


class Use(NamedTuple):
    """One redemption; `undone_at` when it was taken back."""

    at: datetime
    place: Place
    cashier: str
    channel: UseChannel
    full_cents: int | None
    saving_cents: int
    undone_at: datetime | None


@dataclass
class Taken:
    """A voucher, or a card's discount (`code` of no voucher: `claimed_at` None), and its uses."""

    deal: Deal
    family: Family
    person: Human
    claimed_at: datetime | None
    slot: int
    period: str
    valid_until: datetime | None
    state: VoucherState
    changed_at: datetime
    uses: tuple[Use, ...] = ()
    id: int = 0

    @property
    def claimer(self) -> int:
        return self.person.id if self.deal.limit_per is LimitPer.ADULT else 0

    @property
    def rounds(self) -> int:
        """How many uses were undone."""
        return sum(use.undone_at is not None for use in self.uses)


class Year:
    """Counts limits and stock while the year is told."""

    def __init__(self, deals: Sequence[Deal]) -> None:
        self.deals = deals
        self.shares = [(deal, _share(deal)) for deal in deals]
        self.slots: Counter[tuple[int, int, int, str]] = Counter()
        self.stock: Counter[int] = Counter()

    def told(self, families: Sequence[Family]) -> Iterator[Taken]:
        for family in families:
            dice = Dice("uses", family.public_id)
            wishes = dice.between(14, 34) if family.busy else dice.below(9)
            days = sorted(dice.below(YEAR_DAYS) for _ in range(wishes))
            for ago in reversed(days):
                taken = self._one(family, clock.today() - timedelta(days=ago), dice)
                if taken is not None:
                    yield taken

    def wanted(self, family: Family, title: str, ago: int, *, used: bool = False) -> Taken | None:
        """A voucher taken so many days ago, for somebody who must have one to show."""
        deal = next(deal for deal in self.deals if deal.terms.title == title)
        day = clock.today() - timedelta(days=ago)
        return self._voucher(deal, family, day, Dice("wanted", title), fate=int(used))

    def today(self, families: Sequence[Family], shop: str) -> Iterator[Taken]:
        """The morning of one shop, so that its till has a day to show."""
        dice = Dice("today")
        deal = next(
            deal
            for deal in self.deals
            if deal.terms.delivery is Delivery.CARD and deal.places[0].name == shop
        )
        for at in _past_hours(deal.places[0], clock.now()):
            yield self._card_use(deal, dice.pick(families), at, dice)

    def _one(self, family: Family, day: date, dice: Dice) -> Taken | None:
        if family.span_on(day) is None or day <= clock.paris(family.joined_at).date():
            return None
        deal = dice.weighted(*self.shares)
        meant = offer_rules.is_for(
            deal.target,
            family.site_id,
            family.home.landlord_id,
            priority_district=family.home.priority_district,
        )
        if not meant or day < deal.since or (deal.until is not None and day > deal.until):
            return None
        if deal.terms.delivery is Delivery.CARD:
            at = _open_moment(deal.places[0], day, dice)
            return None if at is None else self._card_use(deal, family, at, dice)
        return self._voucher(deal, family, day, dice, fate=dice.between(1, 100))

    def _card_use(self, deal: Deal, family: Family, at: datetime, dice: Dice) -> Taken:
        person = dice.pick(family.adults)
        use = _use(deal, deal.places[0], at, UseChannel.SCAN, dice)
        return Taken(deal, family, person, None, 0, "", None, VoucherState.REDEEMED, at, (use,))

    def _voucher(
        self, deal: Deal, family: Family, day: date, dice: Dice, *, fate: int
    ) -> Taken | None:
        person, claimed_at = (
            dice.pick(family.adults),
            instant(day, dice.between(7, 21), dice.below(60)),
        )
        span = family.span_on(day)
        if span is None or claimed_at > clock.now():
            return None
        taken = Taken(
            deal=deal,
            family=family,
            person=person,
            claimed_at=claimed_at,
            slot=0,
            period=offer_rules.period_key(deal.limit_period, day),
            valid_until=None,
            state=VoucherState.ISSUED,
            changed_at=claimed_at,
        )
        if not self._reserve(taken):
            return None
        last = rules.last_day(day, deal.voucher_days, deal.until, span.end + GRACE)
        taken.valid_until = clock.end_of_day(last)
        _live(taken, day, last, dice, fate)
        return taken

    def _reserve(self, taken: Taken) -> bool:
        """A place of the period and one of the stock, given back or not: nobody has two."""
        deal = taken.deal
        place = (deal.id, taken.family.id, taken.claimer, taken.period)
        if self.slots[place] >= deal.limit_count or (
            deal.stock is not None and self.stock[deal.id] >= deal.stock
        ):
            return False
        taken.slot = self.slots[place]
        self.slots[place] += 1
        self.stock[deal.id] += 1
        return True


def _share(deal: Deal) -> int:
    """People buy bread more often than a mattress."""
    if deal.terms.delivery is Delivery.CARD:
        return 6
    return 4 if offer_rules.saving(deal.terms).saving_cents < SMALL_CENTS else 1


def _live(taken: Taken, day: date, last: date, dice: Dice, fate: int) -> None:
    """Of a hundred: 70 are used, 6 given back, 1 taken back by the club; the rest wait or expire."""
    if 1 <= fate <= 70:
        _spend(taken, day + timedelta(days=dice.below(min(12, (last - day).days) + 1)), dice)
    elif 71 <= fate <= 77:
        changed = taken.changed_at + timedelta(hours=dice.between(3, 30))
        if changed < clock.now():
            taken.state = VoucherState.REVOKED if fate == 77 else VoucherState.CANCELLED
            taken.changed_at = changed


def _spend(taken: Taken, day: date, dice: Dice) -> None:
    place = dice.pick(taken.deal.places)
    at = _open_moment(place, day, dice)
    if at is None or at <= taken.changed_at or (taken.valid_until and at > taken.valid_until):
        return
    use = _use(taken.deal, place, at, _channel(taken.family, dice), dice)
    taken.uses, taken.state, taken.changed_at = (use,), VoucherState.REDEEMED, at
    if dice.chance(4):
        _undo(taken, use, again=dice.chance(60), dice=dice)


def _undo(taken: Taken, use: Use, *, again: bool, dice: Dice) -> None:
    """A mistake at the till: taken back within minutes, most often used again right after."""
    undone_at = use.at + timedelta(minutes=2, seconds=dice.below(60))
    second = use._replace(at=undone_at + timedelta(minutes=1))
    if second.at > clock.now():
        return
    taken.uses = (use._replace(undone_at=undone_at), *((second,) if again else ()))
    taken.state = VoucherState.REDEEMED if again else VoucherState.ISSUED
    taken.changed_at = second.at if again else undone_at


def _use(deal: Deal, place: Place, at: datetime, channel: UseChannel, dice: Dice) -> Use:
    """Six cashiers of ten type the price."""
    typical = (
        deal.terms.typical_cents
        or deal.terms.public_price_cents
        or 4 * (deal.terms.amount_cents or 0)
    )
    full = typical * dice.between(60, 150) // 100 // 10 * 10 if dice.chance(60) else None
    if deal.terms.price_cents is not None and full is not None:
        full = deal.terms.public_price_cents
    saved = offer_rules.saving(deal.terms, full)
    return Use(
        at, place, dice.pick(place.cashiers), channel, saved.full_cents, saved.saving_cents, None
    )


def _channel(family: Family, dice: Dice) -> UseChannel:
    if family.head.address is None:
        return dice.weighted((UseChannel.PAPER, 6), (UseChannel.TYPED, 3), (UseChannel.PHONE, 1))
    return dice.weighted((UseChannel.SCAN, 85), (UseChannel.TYPED, 15))


def _open_moment(place: Place, day: date, dice: Dice) -> datetime | None:
    """An instant while the shop is open, this day or the next it opens; None if it is to come."""
    days = (day + timedelta(days=later) for later in range(WEEK_DAYS))
    open_on = next(day for day in days if _ranges(place, day))
    hours = dice.pick(_ranges(place, open_on))
    begin, end = _minutes(hours)
    minute = dice.between(begin, end - 1)
    at = instant(open_on, minute // 60, minute % 60) + timedelta(seconds=dice.below(60))
    return at if at < clock.now() else None


def _past_hours(place: Place, now: datetime) -> Iterator[datetime]:
    """Every half hour of today in which it was open."""
    for hours in _ranges(place, clock.today()):
        begin, end = _minutes(hours)
        for minute in range(begin + 12, end, 37):
            at = instant(clock.today(), minute // 60, minute % 60)
            if at < now:
                yield at


def _ranges(place: Place, day: date) -> list[Hours]:
    return [each for each in place.hours if each.weekday == day.weekday()]


def _minutes(hours: Hours) -> tuple[int, int]:
    return hours.opens.hour * 60 + hours.opens.minute, hours.closes.hour * 60 + hours.closes.minute
