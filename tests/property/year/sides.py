"""The club's word on what Stripe knows too, in one question."""

from typing import Any

from backend.kit import clock
from backend.kit.database import fetch_one
from tests.property.year.wrong import THREADS

_SIDES = f"""
SELECT
  (SELECT coalesce(sum(debit_cents - credit_cents), 0)::bigint FROM journal_line
   WHERE account = '5125') AS held,
  (SELECT count(*) FROM journal_entry WHERE key LIKE 'stripe:%' AND label = 'Frais de Stripe') AS fees,
  (SELECT coalesce(array_agg(ARRAY[t.thread, t.at_stripe::text]), '{{}}') FROM ({THREADS}) t
   WHERE t.thread IS NOT NULL) AS threads,
  ARRAY(SELECT external_id FROM period WHERE cancelled_at IS NULL AND external_id IS NOT NULL
   AND (provisional_until IS NULL OR provisional_until >= $1)) AS living,
  -- More went back than came is right to say where somebody gave it beside Stripe too.
  ARRAY(SELECT DISTINCT d.kind FROM difference d WHERE d.closed_at IS NULL AND NOT (d.kind = 'amount'
   AND d.difference_cents < 0 AND EXISTS (SELECT 1 FROM payment p WHERE p.pay_order = d.pay_order
    AND p.kind = 'refund' AND p.external_id IS NULL))) AS kinds,
  -- Subscriptions of a household that has ended, or of somebody who has left it.
  ARRAY(SELECT o.stripe_subscription FROM pay_order o WHERE o.stripe_subscription IS NOT NULL
   AND NOT EXISTS (SELECT 1 FROM household_member m WHERE m.left_on IS NULL
    AND m.household = (o.terms ->> 'household_id')::bigint
    AND m.person = (o.terms ->> 'by')::bigint)
   AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.done_at IS NULL
    AND b.key LIKE 'subscription_%:' || o.public_id || '%')) AS nobodys
"""


class Sides:
    """What we say. `threads`: cents that each payment has left; `living`: those with days that count."""

    def __init__(self, row: Any) -> None:
        self.held: int = row["held"]
        self.fees: int = row["fees"]
        self.threads = {thread: int(cents) for thread, cents in row["threads"]}
        self.living = set(row["living"])
        self.kinds = set(row["kinds"])
        self.nobodys = set(row["nobodys"])


async def ours() -> Sides:
    return Sides(await fetch_one(_SIDES, clock.today()))
