"""What was used and saved, by partner and day of Paris, summed as it is written (PERF6).

A year of uses is too long to be added up for each visitor. Every use, and every undone one, adds
itself to a row of its day in the very statement that writes it: the sums cannot be forgotten or
counted twice. No till waits for another: it takes a row of the day that nobody holds at this
instant, or begins one. `settle` compares them nightly with the uses themselves (V5).
"""

from datetime import date

import msgspec

from backend.kit import locks
from backend.kit.database import fetch, fetch_one_as, within
from backend.vouchers.redemptions import STANDS


class Brought(msgspec.Struct, frozen=True):
    """Uses that stand, what was paid and what was given off, in cents.

    `guessed_cents`: where nobody typed the price, what people usually pay there (see GUESSED).
    """

    uses: int
    paid_cents: int
    saved_cents: int
    guessed_cents: int = 0

    @property
    def sales_cents(self) -> int:
        return self.paid_cents + self.guessed_cents


class Gap(msgspec.Struct, frozen=True):
    """A day of a partner whose sums were not those of its uses."""

    used_on: date
    partner: int
    claimed: Brought
    counted: Brought


async def together(since: date) -> Brought:
    """What the whole club brought from this day on, undone uses left out."""
    found = await fetch_one_as(Brought, f"{_NET} WHERE used_on >= $1", since)
    return found or Brought(0, 0, 0)


async def settle() -> list[Gap]:
    """Contribution: makes the sums say what the uses say, and tells where they did not.

    What lacks or is too much is added as a row, so that nobody who redeems meanwhile waits: what
    they write changes both sides alike. Two who settle at once wait for each other.
    """
    within()
    await locks.alone("savings")
    return [
        Gap(
            row["used_on"],
            row["partner"],
            Brought(row["said_uses"], row["said_paid"], row["said_saved"]),
            Brought(row["true_uses"], row["true_paid"], row["true_saved"]),
        )
        for row in await fetch(_SETTLE)
    ]


def net(column: str) -> str:
    """SQL: the sum of a column without what was undone."""
    return f"sum(CASE WHEN undone THEN -{column} ELSE {column} END)"


_NET = (
    f"SELECT coalesce({net('uses')}, 0)::bigint AS uses,"  # noqa: S608 - constants of this file
    f" coalesce({net('paid_cents')}, 0)::bigint AS paid_cents,"
    f" coalesce({net('saved_cents')}, 0)::bigint AS saved_cents,"
    f" coalesce({net('guessed_cents')}, 0)::bigint AS guessed_cents FROM daily_savings"
)
# What a use `r` of the terms `t` brought, where no price was typed: what people usually spend there.
# Terms that name no usual price tell nothing, and nothing is made up.
GUESSED = (
    "CASE WHEN r.paid_cents IS NULL AND t.terms ->> 'kind' = 'percent'"
    " THEN greatest((t.terms ->> 'typical_cents')::bigint - r.saving_cents, 0) ELSE 0 END"
)
# After a CTE `said` (used_on, partner, undone, paid_cents, saved_cents, guessed_cents) of one use
# or of none.
SUMMED = """
free AS (
  SELECT d.id FROM daily_savings d JOIN said USING (used_on, partner, undone)
  LIMIT 1 FOR NO KEY UPDATE OF d SKIP LOCKED
), added AS (
  UPDATE daily_savings d SET uses = d.uses + 1, paid_cents = d.paid_cents + said.paid_cents,
         saved_cents = d.saved_cents + said.saved_cents,
         guessed_cents = d.guessed_cents + said.guessed_cents
  FROM free, said WHERE d.id = free.id RETURNING d.id
), begun AS (
  INSERT INTO daily_savings (used_on, partner, undone, uses, paid_cents, saved_cents, guessed_cents)
  SELECT used_on, partner, undone, 1, paid_cents, saved_cents, guessed_cents FROM said
  WHERE NOT EXISTS (SELECT FROM added)
)
"""
_SETTLE = f"""
WITH gap AS (
  SELECT used_on, partner,
         coalesce(s.uses, 0)::bigint AS said_uses, coalesce(s.paid, 0)::bigint AS said_paid,
         coalesce(s.saved, 0)::bigint AS said_saved, coalesce(t.uses, 0)::bigint AS true_uses,
         coalesce(t.paid, 0)::bigint AS true_paid, coalesce(t.saved, 0)::bigint AS true_saved,
         coalesce(s.guessed, 0)::bigint AS said_guessed,
         coalesce(t.guessed, 0)::bigint AS true_guessed
  FROM (SELECT used_on, partner, {net("uses")} AS uses, {net("paid_cents")} AS paid,
               {net("saved_cents")} AS saved, {net("guessed_cents")} AS guessed
        FROM daily_savings GROUP BY 1, 2) s
  FULL JOIN (SELECT (r.at AT TIME ZONE 'Europe/Paris')::date AS used_on, r.partner,
                    count(*) AS uses, sum(r.paid_cents) AS paid, sum(r.saving_cents) AS saved,
                    sum({GUESSED}) AS guessed
             FROM redemption r
             JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
             WHERE {STANDS} GROUP BY 1, 2) t USING (used_on, partner)
), mended AS (
  INSERT INTO daily_savings (used_on, partner, undone, uses, paid_cents, saved_cents, guessed_cents)
  SELECT used_on, partner, undone, greatest(sign * (true_uses - said_uses), 0),
         greatest(sign * (true_paid - said_paid), 0), greatest(sign * (true_saved - said_saved), 0),
         greatest(sign * (true_guessed - said_guessed), 0)
  FROM gap, (VALUES (false, 1), (true, -1)) way (undone, sign)
  WHERE greatest(sign * (true_uses - said_uses), sign * (true_paid - said_paid),
                 sign * (true_saved - said_saved), sign * (true_guessed - said_guessed)) > 0
)
-- A guess that lacks is written by the first night after it was thought of: no alarm.
SELECT * FROM gap WHERE (said_uses, said_paid, said_saved) <> (true_uses, true_paid, true_saved)
ORDER BY used_on, partner
"""  # noqa: S608 - constants of this file
