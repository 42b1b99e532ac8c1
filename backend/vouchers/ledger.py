"""What is written once and never changed: uses, undone uses, refused tries (V2)."""

from datetime import datetime

import msgspec

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.codes import TypedCode
from backend.kit.database import fetch, fetch_one, fetch_value, within
from backend.merchants.queries import TillCaller
from backend.offers import rules as offer_rules
from backend.offers.rules import Saving
from backend.vouchers import rules, savings
from backend.vouchers.errors import AlreadyRedeemed, AlreadyReversed, Heard, RedemptionUnknown
from backend.vouchers.rules import UseChannel, UseMode
from backend.vouchers.scans import Reading, Scan
from backend.vouchers.shown import first_use
from backend.vouchers.values import Use, Verdict


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """A use as it is found again to be undone."""

    id: int
    voucher_id: int | None
    round: int | None
    person_id: int
    partner_id: int
    shop_id: int
    shop_name: str
    title: str
    at: datetime
    undone: bool


async def record(use: Use, scan: Scan, channel: UseChannel) -> Verdict:
    """The row that says it was used: the constraint on voucher and round is the last guard (V6)."""
    within()
    now = clock.now()
    saved = offer_rules.saving(use.terms, scan.price_cents)
    public_id = codes.random_id()
    if not await _insert_use(public_id, use, scan, channel, saved, now):
        raise await _used_meanwhile(use)
    return Verdict(
        redemption=public_id,
        at=now,
        undo_until=now + rules.UNDO_WITHIN,
        offer=use.offer_public_id,
        title=use.terms.title,
        label=offer_rules.in_words(use.terms),
        member=use.member,
        household=use.household,
        shop=scan.till.shop_name,
        channel=channel,
        full_cents=saved.full_cents,
        paid_cents=saved.paid_cents,
        saving_cents=saved.saving_cents,
    )


async def _insert_use(
    public_id: str, use: Use, scan: Scan, channel: UseChannel, saved: Saving, now: datetime
) -> bool:
    row = await fetch_value(
        _USE,
        public_id,
        use.voucher_id,
        use.round,
        use.offer_id,
        use.offer_version,
        use.household_id,
        use.person_id,
        scan.till.partner_id,
        scan.till.shop_id,
        scan.till.till_id,
        scan.cashier,
        channel.value,
        UseMode.ONLINE.value,
        scan.device_at,
        now,
        scan.receipt_ref,
        saved.full_cents,
        saved.paid_cents,
        saved.saving_cents,
        scan.identity_checked,
    )
    return row is not None


async def _used_meanwhile(use: Use) -> AlreadyRedeemed:
    """The row lock makes it impossible; the unique key says so where it is ever forgotten."""
    first = None if use.voucher_id is None else await first_use(use.voucher_id)
    if first is None:
        raise RuntimeError("a use was refused by its key, and there is no other use")
    return AlreadyRedeemed(at=first.at, shop=first.shop, channel=first.channel, by_you=False)


async def record_refusal(scan: Scan, reading: Reading, verb: str, refusal: Heard) -> None:
    """Which voucher, if it is one of theirs; never the code, never the member."""
    within()
    parsed = reading.parsed
    await fetch(
        "INSERT INTO refused_attempt (at, till, shop, voucher, reason, channel, facts)"
        " VALUES ($1, $2, $3, (SELECT id FROM voucher WHERE (code = $4 OR long_id = $5)"
        " AND partner = $6), $7, $8, $9)",
        clock.now(),
        scan.till.till_id,
        scan.till.shop_id,
        parsed.code if isinstance(parsed, TypedCode) else None,
        parsed.long_id if isinstance(parsed, codes.Voucher) else None,
        scan.till.partner_id,
        refusal.slug,
        reading.channel.value,
        msgspec.json.encode({"verb": verb, "cashier": scan.cashier}).decode(),
    )


async def get_use(redemption: str, partner_id: int | None) -> Recorded:
    """One of the partner's own uses, or any for the club (None). Raises RedemptionUnknown."""
    row = await fetch_one(
        "SELECT r.id, r.voucher AS voucher_id, r.round, r.person AS person_id,"
        " r.partner AS partner_id, r.shop AS shop_id, s.name AS shop_name, r.at,"
        " t.terms->>'title' AS title,"
        " EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id) AS undone"
        " FROM redemption r JOIN shop s ON s.id = r.shop JOIN offer_version t"
        "  ON t.offer = r.offer AND t.version = r.offer_version"
        " WHERE r.public_id = $1 AND ($2::bigint IS NULL OR r.partner = $2)",
        redemption,
        partner_id,
    )
    if row is None:
        raise RedemptionUnknown
    return Recorded(**row)


async def record_reversal(
    use: Recorded, reason: str, by: By, till: TillCaller | None, now: datetime
) -> None:
    """The unique key on the use decides between two who undo it at once (V2)."""
    within()
    written = await fetch_value(
        _UNDO,
        codes.random_id(),
        use.id,
        now,
        reason,
        None if till is None else till.till_id,
        by.id if by.actor is Actor.PERSON else None,
    )
    if written is None:
        raise AlreadyReversed


# The row and its place in the sums of its day are one statement.
_USE = f"""
WITH made AS (
  INSERT INTO redemption (public_id, voucher, round, offer, offer_version, household, person,
    partner, shop, till, cashier, channel, mode, device_at, at, receipt_ref, full_cents, paid_cents,
    saving_cents, identity_checked)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
  ON CONFLICT ON CONSTRAINT redemption_once DO NOTHING RETURNING *
), said AS (
  SELECT (r.at AT TIME ZONE 'Europe/Paris')::date AS used_on, r.partner, false AS undone,
         coalesce(r.paid_cents, 0) AS paid_cents, r.saving_cents AS saved_cents,
         {savings.GUESSED} AS guessed_cents
  FROM made r JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
), {savings.SUMMED}
SELECT id FROM made
"""  # noqa: S608 - constants
_UNDO = f"""
WITH made AS (
  INSERT INTO reversal (public_id, redemption, at, reason, till, staff)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT ON CONSTRAINT reversal_once DO NOTHING RETURNING id, redemption
), said AS (
  SELECT (r.at AT TIME ZONE 'Europe/Paris')::date AS used_on, r.partner, true AS undone,
         coalesce(r.paid_cents, 0) AS paid_cents, r.saving_cents AS saved_cents,
         {savings.GUESSED} AS guessed_cents
  FROM made JOIN redemption r ON r.id = made.redemption
  JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
), {savings.SUMMED}
SELECT id FROM made
"""  # noqa: S608 - constants
