"""Money that Stripe sends to the club's bank, booked when it leaves Stripe's balance (5125)."""

from backend.billing import rules
from backend.billing.gateway import PayoutFacts
from backend.billing.journal import post
from backend.billing.rules import Account
from backend.kit import clock
from backend.kit.database import fetch_value, transaction, within


async def settle_payout(facts: PayoutFacts) -> bool:
    """The same facts again change nothing; whether they were new."""
    async with transaction():
        new = await _keep(facts)
        gone = await _book_once(facts)
        back = facts.returned_at is not None and await _reverse_once(facts)
    return new or gone or back


async def _keep(facts: PayoutFacts) -> bool:
    within()
    changed = await fetch_value(
        "INSERT INTO payout (stripe_id, amount_cents, arrives_on, status, made_at, seen_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT payout_stripe_id_key"
        " DO UPDATE SET status = EXCLUDED.status, arrives_on = EXCLUDED.arrives_on,"
        " seen_at = EXCLUDED.seen_at WHERE payout.status <> EXCLUDED.status RETURNING id",
        facts.payout_id,
        facts.amount_cents,
        facts.arrives_on,
        facts.status.value,
        facts.made_at,
        clock.now(),
    )
    return changed is not None


async def _book_once(facts: PayoutFacts) -> bool:
    """The row above is locked by whoever writes it: two at once book once."""
    key = f"payout:{facts.payout_id}"
    if await _entry(key) is not None:
        return False
    lines = rules.transfer_lines(Account.BANK, Account.STRIPE, facts.amount_cents)
    lines += rules.fee_lines(Account.STRIPE, facts.fee_cents)
    await post(key, "Virement de Stripe", lines, at=facts.made_at)
    return True


async def _reverse_once(facts: PayoutFacts) -> bool:
    """The bank sent it back: the money is with Stripe again."""
    key = f"payout_returned:{facts.payout_id}"
    if await _entry(key) is not None:
        return False
    assert facts.returned_at is not None
    lines = rules.transfer_lines(Account.STRIPE, Account.BANK, facts.amount_cents)
    made = await _entry(f"payout:{facts.payout_id}")
    await post(key, "Virement de Stripe refusé", lines, at=facts.returned_at, reverses=made)
    return True


async def _entry(key: str) -> int | None:
    found: int | None = await fetch_value("SELECT id FROM journal_entry WHERE key = $1", key)
    return found
