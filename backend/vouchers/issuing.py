"""A voucher is taken: who may, for how long, in which place of the period."""

from datetime import date

from backend.kit import clock, codes
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.offers import rules as offer_rules
from backend.offers.queries import OfferPage
from backend.offers.rules import Delivery, LimitPer, OfferState
from backend.vouchers import rules
from backend.vouchers.errors import (
    AdultsOnly,
    FrequencyCap,
    NotYetValid,
    OfferPaused,
    OnTheCard,
    PartnerInactive,
)


def check_claimable(member: Member, offer: OfferPage) -> None:
    if not member.adult:
        raise AdultsOnly
    if offer.terms.delivery is Delivery.CARD:
        raise OnTheCard
    if not offer.partner_active:
        raise PartnerInactive
    if offer.state is OfferState.PAUSED:
        raise OfferPaused
    if clock.today() < offer.since:
        raise NotYetValid(since=offer.since)
    rules.check_claimer(member.status())


async def issue(member: Member, offer: OfferPage) -> str | None:
    """A voucher in the first free place of this period, or None; the unique index decides (V11)."""
    today, now = clock.today(), clock.now()
    last = rules.last_day(today, offer.voucher_days, offer.until, _member_until(member, today))
    code: str | None = await fetch_value(
        _ISSUE,
        codes.draw_long_id(),
        codes.draw_code(),
        member.household_id,
        member.person_id,
        offer.id,
        offer.version,
        offer.partner_id,
        offer_rules.period_key(offer.limit_period, today),
        member.person_id if offer.limit_per is LimitPer.ADULT else 0,
        now,
        today,
        clock.end_of_day(last),
        offer.limit_count,
    )
    return code


async def open_one(member: Member, offer: OfferPage) -> str:
    """The one still open in this period; when all were used, FrequencyCap."""
    code: str | None = await fetch_value(
        "SELECT code FROM voucher WHERE household = $1 AND offer = $2 AND period = $3"
        " AND claimer = $4 AND state = 'issued' AND valid_until > $5 ORDER BY id DESC LIMIT 1",
        member.household_id,
        offer.id,
        offer_rules.period_key(offer.limit_period, clock.today()),
        member.person_id if offer.limit_per is LimitPer.ADULT else 0,
        clock.now(),
    )
    if code is None:
        raise FrequencyCap
    return code


def _member_until(member: Member, today: date) -> date:
    """Paid-through plus grace; what is not settled yet counts to its own day only (V20)."""
    standing = member.standing(today)
    if standing.status is Status.CURRENT and standing.grace_until is not None:
        return standing.grace_until
    return max(span.last_day for span in member.spans if span.covers(today))


_ISSUE = """
INSERT INTO voucher (long_id, code, household, claimant, offer, offer_version, partner, state,
                     period, slot, claimer, issued_at, valid_from, valid_until, generation,
                     hold_extended, round, changed_at)
SELECT $1, $2, $3, $4, $5, $6, $7, 'issued', $8, place, $9, $10, $11, $12, 1, false, 0, $10
FROM generate_series(0, $13::bigint - 1) place
WHERE NOT EXISTS (
  SELECT 1 FROM voucher w WHERE w.offer = $5 AND w.household = $3 AND w.claimer = $9
  AND w.period = $8 AND w.slot = place AND w.state IN ('issued', 'redeemed'))
ORDER BY place LIMIT 1
ON CONFLICT (offer, household, claimer, period, slot) WHERE state IN ('issued', 'redeemed')
DO NOTHING RETURNING code
"""
