"""What moved and what was booked, by day of Paris, summed as it is written (PERF6, B10).

A year of payments is too long to be added up for each look at the treasury. Triggers (revision 0005)
add a row to its day in the transaction that writes a payment or a line of the journal: the sums cannot
be forgotten, nor seen before their source, and nobody waits. `settle` holds them nightly against the
payments and the journal, which alone say what is true.
"""

from datetime import date

import msgspec

from backend.kit import locks
from backend.kit.database import fetch, fetch_as, within


class Gap(msgspec.Struct, frozen=True):
    """A day whose sums were not those of its rows; `of` says which."""

    on: date
    of: str
    claimed: str
    counted: str


async def settle() -> list[Gap]:
    """Contribution: makes the sums say what their rows say, tells where they did not, and folds.

    What lacks or is too much is added as a row: what is written meanwhile changes both sides alike.
    """
    within()
    await locks.alone("sums")
    gaps = [*await fetch_as(Gap, _MONEY), *await fetch_as(Gap, _BOOK)]
    await fetch(_FOLD_MONEY)
    await fetch(_FOLD_BOOK)
    return gaps


_MONEY = """
WITH gap AS (
  SELECT moved_on, order_kind, way,
    coalesce(t.payments, 0) - coalesce(s.payments, 0) AS payments,
    coalesce(t.paid, 0) - coalesce(s.paid, 0) AS paid_cents,
    coalesce(t.net, 0) - coalesce(s.net, 0) AS net_cents,
    coalesce(t.fee, 0) - coalesce(s.fee, 0) AS fee_cents, s.net AS said, t.net AS booked
  FROM (SELECT moved_on, order_kind, way, sum(payments) AS payments, sum(paid_cents) AS paid,
          sum(net_cents) AS net, sum(fee_cents) AS fee FROM daily_money GROUP BY 1, 2, 3) s
  FULL JOIN (SELECT (p.received_at AT TIME ZONE 'Europe/Paris')::date AS moved_on,
      o.kind AS order_kind, p.way, count(*) FILTER (WHERE p.kind = 'payment') AS payments,
      coalesce(sum(p.amount_cents) FILTER (WHERE p.kind = 'payment'), 0) AS paid,
      sum(CASE WHEN p.kind IN ('payment', 'reinstated', 'returned') THEN p.amount_cents
        ELSE -p.amount_cents END) AS net, sum(p.fee_cents + coalesce(late.cents, 0)) AS fee
    FROM payment p JOIN pay_order o ON o.id = p.pay_order
    LEFT JOIN (SELECT e.payment, sum(l.debit_cents - l.credit_cents) AS cents
      FROM journal_entry e JOIN payment f ON f.id = e.payment AND e.key = 'fee:' || f.public_id
      JOIN journal_line l ON l.entry = e.id AND l.account = '627' GROUP BY 1) late ON late.payment = p.id
    GROUP BY 1, 2, 3) t USING (moved_on, order_kind, way)
), mended AS (
  INSERT INTO daily_money (moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents)
  SELECT moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents FROM gap
  WHERE (payments, paid_cents, net_cents, fee_cents) <> (0, 0, 0, 0)
)
SELECT moved_on AS "on", order_kind || ' ' || way AS of, coalesce(said, 0)::text AS claimed,
  coalesce(booked, 0)::text AS counted
FROM gap WHERE (payments, paid_cents, net_cents, fee_cents) <> (0, 0, 0, 0) ORDER BY 1, 2
"""
# Whose entry a line is, as the sums name it.
SOURCE = (
    "CASE WHEN e.payment IS NOT NULL AND e.key LIKE 'payment:%' THEN 'payment:' || p.way"
    " WHEN e.key LIKE 'payout%' THEN 'payout' ELSE split_part(e.key, ':', 1) END"
)
_BOOK = f"""
WITH gap AS (
  SELECT booked_on, account, source, coalesce(s.cents, 0) AS said, coalesce(t.cents, 0) AS booked
  FROM (SELECT booked_on, account, source, sum(net_cents) AS cents FROM daily_book GROUP BY 1, 2, 3) s
  FULL JOIN (SELECT e.booked_on, l.account, {SOURCE} AS source,
      sum(l.debit_cents - l.credit_cents) AS cents
    FROM journal_line l JOIN journal_entry e ON e.id = l.entry LEFT JOIN payment p ON p.id = e.payment
    GROUP BY 1, 2, 3) t USING (booked_on, account, source)
), mended AS (
  INSERT INTO daily_book (booked_on, account, source, net_cents)
  SELECT booked_on, account, source, booked - said FROM gap WHERE booked <> said
)
SELECT booked_on AS "on", account || ' ' || source AS of, said::text AS claimed, booked::text AS counted
FROM gap WHERE booked <> said ORDER BY 1, 2
"""  # noqa: S608 - our own words
_FOLD_MONEY = """
WITH many AS (SELECT moved_on, order_kind, way FROM daily_money GROUP BY 1, 2, 3 HAVING count(*) > 1),
gone AS (
  DELETE FROM daily_money d USING many m
  WHERE (d.moved_on, d.order_kind, d.way) = (m.moved_on, m.order_kind, m.way) RETURNING d.*
)
INSERT INTO daily_money (moved_on, order_kind, way, payments, paid_cents, net_cents, fee_cents)
SELECT moved_on, order_kind, way, sum(payments), sum(paid_cents), sum(net_cents), sum(fee_cents)
FROM gone GROUP BY 1, 2, 3
"""
_FOLD_BOOK = """
WITH many AS (SELECT booked_on, account, source FROM daily_book GROUP BY 1, 2, 3 HAVING count(*) > 1),
gone AS (
  DELETE FROM daily_book d USING many m
  WHERE (d.booked_on, d.account, d.source) = (m.booked_on, m.account, m.source) RETURNING d.*
)
INSERT INTO daily_book (booked_on, account, source, net_cents)
SELECT booked_on, account, source, sum(net_cents) FROM gone GROUP BY 1, 2, 3
"""
