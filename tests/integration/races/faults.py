"""What must be true of the rows at any instant, whoever was killed; each query gives what is wrong."""

from typing import Any

from backend.kit.database import fetch
from backend.vouchers import queries

FAULTS = {
    "a round of a voucher used twice": (
        "SELECT voucher, round FROM redemption GROUP BY voucher, round HAVING count(*) > 1"
    ),
    "a used voucher without its use, or the other way round": (
        "SELECT v.id, r.id FROM (SELECT * FROM voucher WHERE state = 'redeemed') v"
        " FULL JOIN redemption r ON r.voucher = v.id AND r.round = v.round"
        " WHERE v.id IS NULL OR r.id IS NULL"
    ),
    "a use without its one line in the record": (
        "SELECT r.public_id FROM redemption r LEFT JOIN audit_entry a"
        " ON a.verb = 'voucher.redeem' AND a.object_id = r.public_id"
        " GROUP BY r.public_id HAVING count(a.id) <> 1"
    ),
    "a use of which the member will not be told": (
        "SELECT r.public_id FROM redemption r LEFT JOIN outbox o"
        " ON o.key = 'voucher.used:' || r.public_id WHERE o.id IS NULL"
    ),
    "a key without its answer": "SELECT scope, key FROM idempotency_key WHERE answer IS NULL",
    "an entry of the journal that is not zero": (
        "SELECT e.key FROM journal_entry e LEFT JOIN journal_line l ON l.entry = e.id GROUP BY e.key"
        " HAVING count(l.id) < 2 OR sum(l.debit_cents) <> sum(l.credit_cents)"
    ),
    "a payment without its one entry": (
        "SELECT p.id FROM payment p LEFT JOIN journal_entry e ON e.payment = p.id"
        " GROUP BY p.id HAVING count(e.id) <> 1"
    ),
    "an order paid twice": (
        "SELECT pay_order FROM payment WHERE kind = 'payment' GROUP BY pay_order"
        " HAVING count(*) > 1"
    ),
    "a payment without its one receipt": (
        "SELECT p.id FROM payment p LEFT JOIN receipt r ON r.payment = p.id"
        " WHERE p.kind = 'payment' GROUP BY p.id HAVING count(r.id) <> 1"
    ),
    "receipts with a gap": (
        "SELECT c.series, c.year, c.last FROM receipt_counter c LEFT JOIN receipt r"
        " ON r.series = c.series AND r.year = c.year GROUP BY c.series, c.year, c.last"
        " HAVING count(r.id) <> c.last OR max(r.number) IS DISTINCT FROM nullif(c.last, 0)"
    ),
    "a payment without its one period, or for another sum": (
        "SELECT p.id FROM payment p LEFT JOIN period t"
        " ON t.pay_order = p.pay_order AND t.cancelled_at IS NULL WHERE p.kind = 'payment'"
        " GROUP BY p.id HAVING count(t.id) <> 1 OR sum(t.paid_cents) <> p.amount_cents"
    ),
    "a period that nobody paid": (
        "SELECT t.id FROM period t LEFT JOIN payment p ON p.pay_order = t.pay_order"
        " WHERE p.id IS NULL AND t.provisional_until IS NULL"
    ),
    "an order with two letters that open its page": (
        "SELECT o.public_id FROM pay_order o LEFT JOIN outbox b"
        " ON b.key = 'checkout:' || o.public_id WHERE o.way = 'online'"
        " GROUP BY o.public_id HAVING count(b.id) <> 1"
    ),
}


async def faults() -> dict[str, list[Any]]:
    """Empty when all is well."""
    found = {name: await fetch(query) for name, query in FAULTS.items()}
    found["an offer whose vouchers do not add up"] = [
        balance for balance in await queries.balances() if balance.difference
    ]
    found["an offer that miscounts what was taken"] = list(await queries.counter_faults())
    return {name: rows for name, rows in found.items() if rows}
