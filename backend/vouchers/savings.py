"""What was used and saved, by partner and day of Paris, summed as it is written (PERF6).

A year of uses is too long to be added up for each visitor. Every use, and every undone one, adds
itself to a row of its day in the very statement that writes it: the sums cannot be forgotten or
counted twice. No till waits for another: it takes a row of the day that nobody holds at this
instant, or begins one. `settle` compares them nightly with the uses themselves (V5).
"""

from datetime import date

import msgspec

from backend.kit.database import fetch, fetch_one_as, within
from backend.vouchers.redemptions import PARTNER_USES, STANDS, UseLine, use


class Brought(msgspec.Struct, frozen=True):
    """Uses that stand, what was paid and what was given off, in cents."""

    uses: int
    paid_cents: int
    saved_cents: int


class AtPartner(msgspec.Struct, frozen=True):
    """What the club brought a partner, and its last uses, newest first."""

    brought: Brought
    uses: list[UseLine]


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


async def at_partner(partner_id: int, since: date, limit: int) -> AtPartner:
    """The first page of a partner: what was brought from this day on, and the last uses."""
    rows = await fetch(
        f"SELECT b.*, u.* FROM ({_NET} WHERE partner = $1 AND used_on >= $3)"  # noqa: S608 - constants
        " AS b (all_uses, all_paid, all_saved)"
        f" LEFT JOIN ({PARTNER_USES}) u ON true ORDER BY u.at DESC, u.redemption",
        partner_id,
        limit,
        since,
    )
    brought = Brought(rows[0]["all_uses"], rows[0]["all_paid"], rows[0]["all_saved"])
    return AtPartner(brought, [use(row) for row in rows if row["redemption"] is not None])


async def settle() -> list[Gap]:
    """Contribution: makes the sums say what the uses say, and tells where they did not.

    What lacks or is too much is added as a row, so that nobody who redeems meanwhile waits: what
    they write changes both sides alike. Two who settle at once wait for each other.
    """
    within()
    await fetch("SELECT pg_advisory_xact_lock($1)", _ONE_SETTLES)
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


_ONE_SETTLES = 5_114_203  # a key of our own among the database's advisory locks
_NET = (
    f"SELECT coalesce({net('uses')}, 0)::bigint AS uses,"  # noqa: S608 - constants of this file
    f" coalesce({net('paid_cents')}, 0)::bigint AS paid_cents,"
    f" coalesce({net('saved_cents')}, 0)::bigint AS saved_cents FROM daily_savings"
)
# After a CTE `said` (used_on, partner, undone, paid_cents, saved_cents) of one use or of none.
SUMMED = """
free AS (
  SELECT d.id FROM daily_savings d JOIN said USING (used_on, partner, undone)
  LIMIT 1 FOR NO KEY UPDATE OF d SKIP LOCKED
), added AS (
  UPDATE daily_savings d SET uses = d.uses + 1, paid_cents = d.paid_cents + said.paid_cents,
         saved_cents = d.saved_cents + said.saved_cents
  FROM free, said WHERE d.id = free.id RETURNING d.id
), begun AS (
  INSERT INTO daily_savings (used_on, partner, undone, uses, paid_cents, saved_cents)
  SELECT used_on, partner, undone, 1, paid_cents, saved_cents FROM said
  WHERE NOT EXISTS (SELECT FROM added)
)
"""
_SETTLE = f"""
WITH gap AS (
  SELECT used_on, partner,
         coalesce(s.uses, 0)::bigint AS said_uses, coalesce(s.paid, 0)::bigint AS said_paid,
         coalesce(s.saved, 0)::bigint AS said_saved, coalesce(t.uses, 0)::bigint AS true_uses,
         coalesce(t.paid, 0)::bigint AS true_paid, coalesce(t.saved, 0)::bigint AS true_saved
  FROM (SELECT used_on, partner, {net("uses")} AS uses, {net("paid_cents")} AS paid,
               {net("saved_cents")} AS saved FROM daily_savings GROUP BY 1, 2) s
  FULL JOIN (SELECT (r.at AT TIME ZONE 'Europe/Paris')::date AS used_on, r.partner,
                    count(*) AS uses, sum(r.paid_cents) AS paid, sum(r.saving_cents) AS saved
             FROM redemption r WHERE {STANDS} GROUP BY 1, 2) t USING (used_on, partner)
), mended AS (
  INSERT INTO daily_savings (used_on, partner, undone, uses, paid_cents, saved_cents)
  SELECT used_on, partner, undone, greatest(sign * (true_uses - said_uses), 0),
         greatest(sign * (true_paid - said_paid), 0), greatest(sign * (true_saved - said_saved), 0)
  FROM gap, (VALUES (false, 1), (true, -1)) way (undone, sign)
  WHERE greatest(sign * (true_uses - said_uses), sign * (true_paid - said_paid),
                 sign * (true_saved - said_saved)) > 0
)
SELECT * FROM gap WHERE (said_uses, said_paid, said_saved) <> (true_uses, true_paid, true_saved)
ORDER BY used_on, partner
"""  # noqa: S608 - constants of this file
