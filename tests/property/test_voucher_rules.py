"""Rules of offers and vouchers, tried with whatever values there are; no database."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit.errors import DomainError
from backend.membership.rules import Status
from backend.offers import rules as offers
from backend.offers.errors import OfferIncomplete
from backend.offers.rules import Delivery, LimitPeriod, OfferKind, OfferState, Target, Terms
from backend.vouchers import rules
from backend.vouchers.errors import (
    AlreadyRedeemed,
    AlreadyReversed,
    Cancelled,
    Expired,
    HeldElsewhere,
    JustValidated,
    MembershipGrace,
    MembershipInactive,
    NotYetValid,
    OfferPaused,
    PartnerInactive,
    Revoked,
    SheetReplaced,
    ShownInShop,
    UndoElsewhere,
    UndoTooLate,
    VoucherSpent,
    WrongShop,
)
from backend.vouchers.rules import FirstUse, Life, Shown, UseChannel, VoucherState

NOW = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
TODAY = NOW.date()
TILL = 7

cents = st.integers(1, 999_999)
days = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@st.composite
def terms(draw: st.DrawFn) -> Terms:
    """Terms that are whole, of any kind."""
    kind = draw(st.sampled_from(OfferKind))
    price = draw(st.integers(0, 999_998))
    return Terms(
        title="x",
        summary="",
        conditions="",
        kind=kind,
        delivery=Delivery.VOUCHER,
        percent=draw(st.integers(1, 100)),
        amount_cents=draw(cents),
        price_cents=price,
        public_price_cents=draw(st.integers(price + 1, 999_999)),
        typical_cents=draw(cents),
    )


@given(terms(), st.none() | st.integers(0, 999_999))
def test_saving_adds_up_whatever_the_price(offered: Terms, full: int | None) -> None:
    """Never negative, never more than the price, and price less saving is what is paid."""
    offers.check_terms(offered)
    saved = offers.saving(offered, full)
    assert saved.saving_cents >= 0
    if saved.full_cents is None or saved.paid_cents is None:
        return
    assert saved.paid_cents >= 0
    if offered.kind is not OfferKind.GIFT:
        assert saved.full_cents == saved.paid_cents + saved.saving_cents


@given(terms(), st.integers(0, 999_998))
def test_percent_grows_with_the_price(offered: Terms, full: int) -> None:
    """V3: half a cent goes to the member, and one cent more is never a smaller saving."""
    if offered.kind is OfferKind.PERCENT:
        less, more = offers.saving(offered, full), offers.saving(offered, full + 1)
        assert 0 <= more.saving_cents - less.saving_cents <= 1
        assert abs(less.saving_cents * 100 - full * (offered.percent or 0)) <= 50


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        (OfferKind.PERCENT, "percent"),
        (OfferKind.PERCENT, "typical_cents"),
        (OfferKind.AMOUNT, "amount_cents"),
        (OfferKind.FIXED, "price_cents"),
        (OfferKind.FIXED, "public_price_cents"),
        (OfferKind.GIFT, "public_price_cents"),
    ],
)
def test_terms_are_refused_when_an_amount_is_missing(kind: OfferKind, field: str) -> None:
    whole: dict[str, Any] = {
        "percent": 10,
        "typical_cents": 1000,
        "amount_cents": 500,
        "price_cents": 800,
        "public_price_cents": 900,
    }
    said: dict[str, Any] = {
        "title": "x",
        "summary": "",
        "conditions": "",
        "delivery": Delivery.VOUCHER,
    }
    offers.check_terms(Terms(kind=kind, **said, **whole))
    with pytest.raises(OfferIncomplete) as refusal:
        offers.check_terms(Terms(kind=kind, **said, **{**whole, field: None}))
    assert field in refusal.value.fields


def test_label_is_short_and_french() -> None:
    said: dict[str, Any] = {
        "title": "x",
        "summary": "",
        "conditions": "",
        "delivery": Delivery.VOUCHER,
    }
    assert offers.in_words(Terms(kind=OfferKind.PERCENT, percent=10, **said)) == "−10\u00a0%"
    assert offers.in_words(Terms(kind=OfferKind.AMOUNT, amount_cents=500, **said)).startswith(
        "−5,00"
    )
    assert offers.in_words(Terms(kind=OfferKind.FIXED, price_cents=1200, **said)).startswith(
        "12,00"
    )
    assert offers.in_words(Terms(kind=OfferKind.GIFT, **said)) == "Offert"


@given(days, days, st.sampled_from(LimitPeriod))
def test_days_share_a_key_when_they_share_a_period(a: date, b: date, period: LimitPeriod) -> None:
    """V11: the unique key and the start of a period draw the same line."""
    same = offers.period_key(period, a) == offers.period_key(period, b)
    assert same == (offers.period_start(period, a) == offers.period_start(period, b))
    assert offers.period_start(period, a) <= a


def test_week_at_new_year_has_one_key() -> None:
    """ISO weeks: Thursday 31 December 2026 and Friday 1 January 2027 are in one week."""
    week = offers.period_key(LimitPeriod.WEEK, date(2026, 12, 31))
    assert week == offers.period_key(LimitPeriod.WEEK, date(2027, 1, 1)) == "2026-W53"


@given(
    st.sets(st.integers(1, 3)),
    st.sets(st.integers(1, 3)),
    st.booleans(),
    st.none() | st.integers(1, 3),
    st.none() | st.integers(1, 3),
    st.booleans(),
)
def test_offer_is_for_those_it_names(
    sites: set[int],
    landlords: set[int],
    priority: bool,
    site: int | None,
    landlord: int | None,
    district: bool,
) -> None:
    target = Target(sites, landlords, priority)
    wanted = (
        (not sites or site in sites)
        and (not landlords or landlord in landlords)
        and (not priority or district)
    )
    assert offers.is_for(target, site, landlord, priority_district=district) == wanted


@given(
    st.sampled_from(VoucherState),
    st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    st.none() | st.timedeltas(timedelta(minutes=-5), timedelta(minutes=5)),
)
def test_voucher_is_one_thing_at_any_instant(
    state: VoucherState, left: timedelta, held: timedelta | None
) -> None:
    """V1: held and expired follow from dates; what is stored otherwise stays as it is."""
    held_until = None if held is None else NOW + held
    life = rules.life(state, NOW + left, held_until, NOW)
    if state is not VoucherState.ISSUED:
        assert life.value == state.value
    elif held_until is not None and held_until > NOW:
        assert life is Life.HELD
    else:
        assert life is (Life.ISSUED if left > timedelta(0) else Life.EXPIRED)


@given(
    st.lists(
        st.tuples(st.timedeltas(timedelta(0), timedelta(minutes=3)), st.booleans()), max_size=12
    )
)
def test_hold_is_extended_once(looks: list[tuple[timedelta, bool]]) -> None:
    """V13: 2 minutes, two more at the second look, and no look in a row makes it longer."""
    now, until, extended, began = NOW, None, False, NOW
    for wait, mine in looks:
        now += wait
        running = until is not None and now < until
        if running and not mine:
            continue  # another till is refused before it could hold
        if not running:
            began = now
        hold = rules.hold(until, now, mine=mine, extended=extended)
        until, extended = hold.until, hold.extended
        assert now < until <= began + 2 * rules.HOLD_FOR


@given(days, st.integers(1, 366), st.none() | days, days)
def test_voucher_never_outlives_what_was_paid(
    today: date, for_days: int, offer_until: date | None, member_until: date
) -> None:
    """V20: validity never outlives paid-through plus grace, nor the offer."""
    last = rules.last_day(today, for_days, offer_until, member_until)
    assert last <= member_until
    assert last <= today + timedelta(days=for_days)
    assert offer_until is None or last <= offer_until


@given(st.timedeltas(timedelta(days=-30), timedelta(days=30)))
def test_undone_voucher_comes_back_for_two_days_when_it_ended(left: timedelta) -> None:
    """V32: a voucher undone after expiry comes back for 48 hours, another keeps its day."""
    back = rules.back_until(NOW + left, NOW)
    assert back == (NOW + left if left > timedelta(0) else NOW + timedelta(hours=48))


def shown(**change: Any) -> Shown:
    """A voucher that can be used, but for what the test changes."""
    usable: dict[str, Any] = {
        "state": VoucherState.ISSUED,
        "valid_from": TODAY,
        "valid_until": NOW + timedelta(days=1),
        "held_until": None,
        "held_by": None,
        "generation": 2,
        "generation_shown": 2,
        "offer_state": OfferState.PUBLISHED,
        "partner_closed": False,
        "membership": Status.CURRENT,
        "first_use": None,
        "right_shop": None,
        "who": {"member": "Alice M."},
    }
    return Shown(**{**usable, **change})


def first_use(till_id: int, ago: timedelta) -> FirstUse:
    return FirstUse("abc", NOW - ago, "Boulangerie", UseChannel.SCAN, till_id)


# In the order the cashier should hear them: each case is refused first of all that follow.
FAULTS: list[tuple[type[DomainError], dict[str, Any]]] = [
    (
        AlreadyRedeemed,
        {"state": VoucherState.REDEEMED, "first_use": first_use(TILL, timedelta(hours=1))},
    ),
    (Cancelled, {"state": VoucherState.CANCELLED}),
    (SheetReplaced, {"generation_shown": 1}),
    (NotYetValid, {"valid_from": TODAY + timedelta(days=1)}),
    (Expired, {"valid_until": NOW}),
    (WrongShop, {"right_shop": {"shop": "ailleurs"}}),
    (PartnerInactive, {"partner_closed": True}),
    (OfferPaused, {"offer_state": OfferState.PAUSED}),
    (MembershipInactive, {"membership": Status.LAPSED}),
    (HeldElsewhere, {"held_until": NOW + timedelta(minutes=1), "held_by": TILL + 1}),
]


def test_voucher_is_taken_when_nothing_is_wrong() -> None:
    rules.check_redeemable(shown(), TILL, NOW, TODAY)
    rules.check_redeemable(shown(generation_shown=None), TILL, NOW, TODAY)
    rules.check_redeemable(shown(offer_state=OfferState.ENDED), TILL, NOW, TODAY)
    rules.check_redeemable(
        shown(held_until=NOW + timedelta(minutes=1), held_by=TILL), TILL, NOW, TODAY
    )


@given(st.sets(st.integers(0, len(FAULTS) - 1), min_size=1))
def test_cashier_hears_the_first_reason_when_several_hold(chosen: set[int]) -> None:
    """V14: one reason, always the same one, whatever else is wrong."""
    change: dict[str, Any] = {}
    for index in sorted(chosen, reverse=True):
        change |= FAULTS[index][1]  # the earlier one wins where two set the same field
    if HELD in chosen and EXPIRED in chosen:
        chosen = chosen - {EXPIRED}  # a hold carries it over its last minute
    with pytest.raises(FAULTS[min(chosen)][0]) as refusal:
        rules.check_redeemable(shown(**change), TILL, NOW, TODAY)
    assert refusal.value.facts["member"] == "Alice M."


EXPIRED, HELD = 4, 9


def test_revoked_is_told_apart_from_cancelled() -> None:
    with pytest.raises(Revoked):
        rules.check_redeemable(shown(state=VoucherState.REVOKED), TILL, NOW, TODAY)


def test_cashier_hears_that_it_was_just_done_when_the_same_till_scans_again() -> None:
    """A decoder reports a code many times: the second is not an alarm."""
    mine = shown(state=VoucherState.REDEEMED, first_use=first_use(TILL, timedelta(minutes=1)))
    with pytest.raises(JustValidated) as refusal:
        rules.check_redeemable(mine, TILL, NOW, TODAY)
    assert refusal.value.slug == "already_redeemed"
    assert refusal.value.facts["by_you"] is True
    with pytest.raises(AlreadyRedeemed) as other:
        rules.check_redeemable(mine, TILL + 1, NOW, TODAY)
    assert type(other.value) is AlreadyRedeemed
    assert other.value.facts["redemption"] is None


@pytest.mark.parametrize("status", Status)
def test_grace_honours_what_was_taken_and_gives_nothing_new(status: Status) -> None:
    """V14: in grace vouchers are honoured, membership_grace refuses only new claims."""
    usable = status in {Status.CURRENT, Status.PROVISIONAL, Status.GRACE}
    claimable = status in {Status.CURRENT, Status.PROVISIONAL}
    assert passes(rules.check_membership, status, {}) == usable
    assert passes(rules.check_claimer, status) == claimable
    if status is Status.GRACE:
        with pytest.raises(MembershipGrace):
            rules.check_claimer(status)


@given(st.timedeltas(timedelta(0), timedelta(days=2)), st.booleans(), st.booleans())
def test_undo_is_for_the_shop_within_fifteen_minutes(
    ago: timedelta,
    here: bool,
    late: bool,
) -> None:
    """V32: the validating shop within 15 minutes, afterwards only a manager."""
    soon = ago < timedelta(minutes=15)
    elsewhere = None if here else "Fleurs, 3 rue A"
    at = NOW - ago
    if late or (here and soon):
        rules.check_undo(at, NOW, undone=False, elsewhere=elsewhere, late=late)
    else:
        with pytest.raises(UndoElsewhere if soon else UndoTooLate):
            rules.check_undo(at, NOW, undone=False, elsewhere=elsewhere, late=late)
    with pytest.raises(AlreadyReversed):
        rules.check_undo(at, NOW, undone=True, elsewhere=elsewhere, late=late)


@given(st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_voucher_is_not_cancelled_while_a_shop_looks_at_it(ago: timedelta | None) -> None:
    """Not within ten minutes of being held or shown at a shop."""
    shown_at = None if ago is None else NOW - ago
    if ago is not None and ago < timedelta(minutes=10):
        with pytest.raises(ShownInShop):
            rules.check_cancellable(shown_at, NOW)
    else:
        rules.check_cancellable(shown_at, NOW)


@pytest.mark.parametrize("before", VoucherState)
@pytest.mark.parametrize("after", VoucherState)
def test_move_is_refused_when_it_is_not_in_the_table(
    before: VoucherState, after: VoucherState
) -> None:
    """V1: four moves, nothing else."""
    if (before, after) in rules.MOVES:
        rules.check_move(before, after)
    else:
        with pytest.raises(VoucherSpent):
            rules.check_move(before, after)


def passes(check: Any, *args: Any) -> bool:
    try:
        check(*args)
    except DomainError:
        return False
    return True
