"""The cash drawers of the demo club: opened and counted each day that somebody paid in cash.

A drawer takes cash only while it is open, as the tables hold it: so day by day, in the order of time.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from backend.billing import rules
from backend.billing.rules import Account, Line, PayWay
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.dice import Dice

OPENS, CLOSES = timedelta(hours=9, minutes=30), timedelta(hours=18, minutes=40)
FLOAT, ENOUGH = 5000, 20000  # cents: what a drawer begins with, and what is too much for one
MISCOUNTS = (-100, -50, 200)
REASONS = ("Rendu de monnaie trop vite.", "Une pièce tombée.", "Erreur de rendu.")


class Booked(NamedTuple):
    """An entry of the journal that is no payment."""

    at: datetime
    key: str
    label: str
    lines: list[Line]


class Day(NamedTuple):
    """One drawer's day: who counted, what it began with, and whether the money came from the bank."""

    site: int | None
    on: date
    clerk: int
    left: int
    first: bool

    @property
    def today(self) -> bool:
        return self.on == clock.today()


async def take(rows: Sequence[dict[str, Any]], clerk: int) -> tuple[list[int], list[Booked]]:
    """Payments written, cash in its drawers: their keys, and what counting them wrote in the books."""
    other = [row for row in rows if row["way"] != PayWay.CASH.value]
    keys = dict(
        zip(
            (row["public_id"] for row in other),
            await copy_named("payment", [{**row, "drawer": None} for row in other], "public_id"),
            strict=True,
        )
    )
    booked: list[Booked] = []
    left: dict[int | None, int] = {}
    for (site, on), cash in sorted(_days(rows).items(), key=lambda day: day[0][1]):
        day = Day(site, on, clerk, left.get(site, FLOAT), first=site not in left)
        found, left[site] = await _lived(day, cash, booked)
        keys |= found
    return [keys[row["public_id"]] for row in rows], booked


def _days(rows: Sequence[dict[str, Any]]) -> dict[tuple[int | None, date], list[dict[str, Any]]]:
    """Cash by site and day; each site has a day today, so that its counter can take cash."""
    days: dict[tuple[int | None, date], list[dict[str, Any]]] = {}
    for row in rows:
        if row["way"] == PayWay.CASH.value:
            days.setdefault((row["site"], clock.paris(row["received_at"]).date()), []).append(row)
    for site in {site for site, _ in days}:
        days.setdefault((site, clock.today()), [])
    return days


async def _lived(
    day: Day, cash: list[dict[str, Any]], booked: list[Booked]
) -> tuple[dict[str, int], int]:
    opened = min(
        clock.start_of_day(day.on) + OPENS,
        clock.now(),
        *(row["received_at"] - timedelta(minutes=5) for row in cash),
    )
    public_id = codes.random_id()
    drawer: int = await fetch_value(
        "INSERT INTO drawer_session (public_id, site, opened_at, opened_by, left_cents,"
        " brought_cents, float_cents) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        public_id,
        day.site,
        opened,
        day.clerk,
        0 if day.first else day.left,
        day.left if day.first else 0,
        day.left,
    )
    if day.first:
        lines = rules.transfer_lines(Account.CASH, Account.BANK, day.left)
        booked.append(Booked(opened, f"drawer:{public_id}:float", "Fonds de caisse", lines))
    made = await copy_named("payment", [{**row, "drawer": drawer} for row in cash], "public_id")
    keys = dict(zip((row["public_id"] for row in cash), made, strict=True))
    if day.today:
        return keys, day.left
    expected = day.left + sum(row["amount_cents"] for row in cash)
    closed = max(clock.start_of_day(day.on) + CLOSES, *(row["received_at"] for row in cash))
    return keys, await _close(day, (drawer, public_id), expected, closed, booked)


async def _close(
    day: Day, drawer: tuple[int, str], expected: int, at: datetime, booked: list[Booked]
) -> int:
    """Counted, now and then wrongly; too much goes to the bank. Gives what stays."""
    dice = Dice("drawer", str(day.site), day.on.isoformat())
    wrong = dice.pick(MISCOUNTS) if dice.chance(5) else 0
    counted = expected + wrong
    kept = FLOAT if counted >= ENOUGH else counted
    row, public_id = drawer
    if kept < counted:
        deposit = codes.random_id()
        await copy(
            "drawer_deposit",
            [
                {
                    "public_id": deposit,
                    "drawer": row,
                    "amount_cents": counted - kept,
                    "at": at,
                    "by": day.clerk,
                }
            ],
        )
        lines = rules.transfer_lines(Account.BANK, Account.CASH, counted - kept)
        booked.append(Booked(at, f"drawer_deposit:{deposit}", "Espèces portées à la banque", lines))
    if wrong:
        lines = rules.difference_lines(wrong)
        booked.append(Booked(at, f"drawer:{public_id}:closed", "Écart de caisse", lines))
    await fetch(
        "UPDATE drawer_session SET closed_at = $2, closed_by = $3, expected_cents = $4,"
        " counted_cents = $5, kept_cents = $6, reason = $7 WHERE id = $1",
        row,
        at,
        day.clerk,
        expected,
        counted,
        kept,
        dice.pick(REASONS) if wrong else None,
    )
    return kept


async def remit(rows: Sequence[dict[str, Any]], keys: Sequence[int], clerk: int) -> list[Booked]:
    """Cheques went to the bank once a month; the newest still wait."""
    months: dict[date, list[tuple[int, int]]] = {}
    for row, key in zip(rows, keys, strict=True):
        if (row["way"], row["kind"]) == (PayWay.CHEQUE.value, "payment"):
            first = clock.paris(row["received_at"]).date().replace(day=1)
            months.setdefault(first, []).append((key, row["amount_cents"]))
    booked: list[Booked] = []
    last: dict[int, int] = {}
    for first, some in sorted(months.items()):
        at = clock.start_of_day(first + REMITTED) + OPENS
        if at > clock.now():
            continue
        year = clock.paris(at).year
        last[year] = last.get(year, 0) + 1
        booked.append(await _remitted(some, at, (year, last[year]), clerk))
    await copy(
        "receipt_counter",
        [{"series": "B", "year": year, "last": number} for year, number in last.items()],
    )
    return booked


REMITTED = timedelta(days=35)  # after the first of the month: early in the next one


async def _remitted(
    some: Sequence[tuple[int, int]], at: datetime, number: tuple[int, int], clerk: int
) -> Booked:
    public_id, amount = codes.random_id(), sum(cents for _, cents in some)
    deposit: int = await fetch_value(
        "INSERT INTO cheque_deposit (public_id, year, number, amount_cents, at, by)"
        " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        public_id,
        *number,
        amount,
        at,
        clerk,
    )
    await copy("deposited_cheque", [{"payment": key, "deposit": deposit} for key, _ in some])
    lines = rules.transfer_lines(Account.BANK, Account.CHEQUES, amount)
    return Booked(at, f"cheque_deposit:{public_id}", "Remise de chèques", lines)


async def state_lines(clerk: int) -> None:
    """The bank's statement up to last week: transfers that were matched, and two lines that wait."""
    until = clock.now() - timedelta(days=8)
    paid = await fetch(
        "SELECT e.id, e.booked_on, p.amount_cents, y.name, p.received_at FROM journal_entry e"
        " JOIN payment p ON p.id = e.payment JOIN pay_order o ON o.id = p.pay_order"
        " JOIN payer y ON y.id = o.payer WHERE p.way = 'transfer' AND p.received_at < $1 ORDER BY e.id",
        until,
    )
    sent = await fetch(
        "SELECT e.id, (e.booked_on + 2) AS on, l.debit_cents FROM journal_entry e JOIN journal_line l"
        " ON l.entry = e.id AND l.account = '512' WHERE e.key LIKE 'payout:%' AND e.booked_at < $1"
        " ORDER BY e.id",
        until - timedelta(days=2),
    )
    said = [(row["id"], row["on"], row["debit_cents"], "VIR STRIPE PAYMENTS") for row in sent]
    said += [
        (row["id"], row["booked_on"], row["amount_cents"], f"VIR {row['name'].upper()}")
        for row in paid
    ]
    seen = {"source": "releve.csv", "seen_at": until, "seen_by": clerk, "name": ""}
    await copy(
        "bank_line",
        [
            {
                **_line(on, amount_cents, label),
                **seen,
                "state": "matched",
                "entry": entry,
                "settled_at": until,
                "settled_by": clerk,
            }
            for entry, on, amount_cents, label in said
        ],
    )
    on = until.date()
    waiting = (
        _line(on, 1200, "VIR INST COTISATION CLUB"),
        _line(on, -320, "FRAIS TENUE DE COMPTE"),
    )
    await copy("bank_line", [{**line, **seen, "state": "waiting"} for line in waiting])


def _line(on: date, amount_cents: int, label: str) -> dict[str, Any]:
    return {
        "public_id": codes.random_id(),
        "fingerprint": codes.draw_secret(),
        "on": on,
        "amount_cents": amount_cents,
        "label": label,
    }
