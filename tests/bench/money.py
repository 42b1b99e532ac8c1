"""A year of dues, written by SQL: each household's payment, its entry, its receipt and where it went."""

import asyncpg

from tests.bench.stage import Stage

CHUNK = 10_000  # each statement within a time-out
# A drawer a day, open while its payments came: the trigger that looks at that is told to look away.
PAID = (
    (
        "INSERT INTO drawer_session (public_id, opened_at, opened_by, left_cents, brought_cents,"
        " float_cents, closed_at, closed_by, expected_cents, counted_cents, kept_cents)"
        " SELECT 'bench ' || n, d, p.id, 0, 0, 0, d + interval '23 hours', p.id, 0, 0, 0"
        " FROM generate_series(1, 367) n, (SELECT min(id) AS id FROM person) p,"
        " LATERAL (SELECT current_date - 367 + n + interval '1 hour') t (d)"
    ),
    (
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at)"
        " SELECT 'bench ' || h.id, h.payer, 'dues', (ARRAY['online', 'online', 'online', 'monthly',"
        "  'cash', 'cash', 'cheque', 'transfer'])[1 + h.id % 8], 'Adhésion, 12 mois', 1200, '{}',"
        " lower(p.during) FROM household h JOIN period p ON p.household = h.id"
        " WHERE h.public_id LIKE 'BEN-%'"
    ),
    (
        "INSERT INTO payment (public_id, pay_order, kind, way, amount_cents, fee_cents, received_at,"
        " drawer) SELECT o.public_id, o.id, 'payment', o.way, 1200,"
        " CASE WHEN o.way = 'online' THEN 43 ELSE 0 END, o.created_at + interval '9 hours',"
        " CASE WHEN o.way = 'cash' THEN d.id END FROM pay_order o"
        " LEFT JOIN drawer_session d ON d.opened_at::date = o.created_at::date"
        " AND d.public_id LIKE 'bench %' WHERE o.public_id LIKE 'bench %'"
    ),
)
BOOKED = """
WITH entry AS (
  INSERT INTO journal_entry (key, booked_on, booked_at, label, payment, written_at)
  SELECT 'payment:' || p.public_id, p.received_at::date, p.received_at, 'Adhésion, 12 mois', p.id,
    p.received_at FROM payment p WHERE p.public_id LIKE 'bench %' AND p.id > $1 AND p.id <= $2
  RETURNING id, payment
), paid AS (
  SELECT e.id AS entry, p.amount_cents, p.fee_cents, CASE p.way WHEN 'cash' THEN '530'
    WHEN 'cheque' THEN '5112' WHEN 'transfer' THEN '512' ELSE '5125' END AS account
  FROM entry e JOIN payment p ON p.id = e.payment
)
INSERT INTO journal_line (entry, account, debit_cents, credit_cents)
SELECT entry, account, amount_cents - fee_cents, 0 FROM paid
UNION ALL SELECT entry, '627', fee_cents, 0 FROM paid WHERE fee_cents > 0
UNION ALL SELECT entry, '756', 0, amount_cents FROM paid
"""
PAPERS = (
    (
        "INSERT INTO receipt (public_id, series, year, number, payment, printed, issued_at)"
        " SELECT p.public_id, 'C', extract(year FROM p.received_at), 100000 + p.id, p.id,"
        " jsonb_build_object('payer', jsonb_build_object('name', 'Alice Nom' || p.id % 500)),"
        " p.received_at FROM payment p WHERE p.public_id LIKE 'bench %'"
    ),
    (
        "INSERT INTO cheque_deposit (public_id, year, number, amount_cents, at, by)"
        " SELECT 'bench ' || n, 2000, n, 1, now(), p.id FROM generate_series(1, 52) n,"
        " (SELECT min(id) AS id FROM person) p"
    ),
    (
        "INSERT INTO deposited_cheque (payment, deposit) SELECT p.id, d.id FROM payment p"
        " JOIN cheque_deposit d ON d.number = 1 + p.id % 52 WHERE p.way = 'cheque'"
    ),
    (
        'INSERT INTO bank_line (public_id, fingerprint, "on", amount_cents, label, name, source,'
        " seen_at, seen_by, state, entry, settled_at, settled_by) SELECT 'bench ' || p.id,"
        " p.public_id::bytea, p.received_at::date, p.amount_cents, 'VIR', 'Alice', 'file',"
        " p.received_at, m.id, 'matched', e.id, p.received_at, m.id FROM payment p"
        " JOIN journal_entry e ON e.payment = p.id, (SELECT min(id) AS id FROM person) m"
        " WHERE p.way = 'transfer'"
    ),
)


async def pay(club: Stage) -> None:
    """After `crowd.gather`: what each household's period cost, in eight ways of paying."""
    connection = await asyncpg.connect(club.owner_url)
    try:
        await connection.execute("ALTER TABLE payment DISABLE TRIGGER payment_into_open_drawer")
        for statement in PAID:
            await connection.execute(statement)
        await connection.execute("ALTER TABLE payment ENABLE TRIGGER payment_into_open_drawer")
        last = await connection.fetchval("SELECT max(id) FROM payment")
        for first in range(0, last, CHUNK):
            await connection.execute(BOOKED, first, first + CHUNK)
        for statement in PAPERS:
            await connection.execute(statement)
    finally:
        await connection.close()
