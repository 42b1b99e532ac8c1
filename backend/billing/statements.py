"""A bank's statement as CSV: lines of a day, an amount and words, whatever the bank calls them.

Pure: bytes in, lines or a refusal out.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from hashlib import sha256

import msgspec

from backend.billing.errors import StatementTooLarge, StatementUnreadable
from backend.kit import text
from backend.kit.money import MOST_CENTS

MOST_BYTES, MOST_LINES, LONGEST = 2_000_000, 5_000, 300
MINUS = dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-")
# A letter or a bracket between digits; a currency stands before or behind them.
UNREADABLE = re.compile(r"[0-9][^0-9]*[A-Za-z()][^0-9]*[0-9]|[()]")
DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d/%m/%y", "%d.%m.%Y", "%Y%m%d")


class Columns(msgspec.Struct, frozen=True):
    """What the bank calls its columns; "" is guessed."""

    on: str = ""
    amount: str = ""
    credit: str = ""
    debit: str = ""
    label: str = ""
    name: str = ""


class Entry(msgspec.Struct, frozen=True):
    """A line of the statement; `amount_cents` below zero has left the account."""

    on: date
    amount_cents: int
    label: str
    name: str = ""


class Found(msgspec.Struct, frozen=True):
    entries: list[Entry]
    unread: list[int]  # numbers of lines that say no day or no amount


GUESSES = {
    "on": ("date operation", "date de l operation", "date comptable", "date", "jour"),
    "amount": ("montant", "montant eur", "montant euros", "amount"),
    "credit": ("credit", "credit euros", "montant credit", "recettes"),
    "debit": ("debit", "debit euros", "montant debit", "depenses"),
    "label": ("libelle", "libelle operation", "libelle simplifie", "description", "motif"),
    "name": ("nom", "tiers", "emetteur", "contrepartie", "donneur d ordre", "name"),
}


def read(content: bytes, columns: Columns, today: date) -> Found:
    """A line of an unlikely day is one that cannot be read. Raises StatementUnreadable, StatementTooLarge."""
    if len(content) > MOST_BYTES:
        raise StatementTooLarge().at("statement")
    rows = _rows(content)
    head = next((at for at, row in enumerate(rows[:30]) if _places(row, columns)), None)
    if head is None:
        raise StatementUnreadable().at("statement")
    places = _places(rows[head], columns)
    read_ = [
        (at, _entry(row, places, today))
        for at, row in enumerate(rows[head + 1 :], head + 2)
        if any(row)
    ]
    entries = [entry for _, entry in read_ if entry is not None]
    if not entries:
        raise StatementUnreadable().at("statement")
    return Found(entries, [at for at, entry in read_ if entry is None])


def is_likely(on: date, today: date) -> bool:
    """No money came tomorrow, and a year typed wrong would buy days of another time."""
    return date(today.year - 1, 1, 1) <= on <= today


def fingerprints(entries: Sequence[Entry]) -> list[bytes]:
    """One each: two lines that say the same on one day are told apart by their order."""
    seen: Counter[Entry] = Counter()
    made = []
    for entry in entries:
        plain = msgspec.structs.replace(
            entry, label=_squeezed(entry.label), name=_squeezed(entry.name)
        )
        seen[plain] += 1
        made.append(sha256(msgspec.json.encode([plain, seen[plain]])).digest())
    return made


def _squeezed(words: str) -> str:
    return "".join(each for each in text.fold(words) if each.isalnum())


def _rows(content: bytes) -> list[list[str]]:
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        said = content.decode("cp1252", errors="replace")
    said = said.replace("\x00", "")
    first = "\n".join(said.splitlines()[:30])
    separator = max(";,\t", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(said, newline=""), delimiter=separator))
    except csv.Error as error:
        raise StatementUnreadable().at("statement") from error
    if len(rows) > MOST_LINES:
        raise StatementTooLarge().at("statement")
    return [[cell.strip()[:LONGEST] for cell in row] for row in rows]


def _places(row: Sequence[str], columns: Columns) -> dict[str, int]:
    """Where each column stands in this heading; empty where it is none."""
    folded = {
        " ".join(text.fold(cell).replace("'", " ").split()): at
        for at, cell in reversed(list(enumerate(row)))
    }
    found = {}
    for name, guesses in GUESSES.items():
        wanted = getattr(columns, name)
        names = (" ".join(text.fold(wanted).replace("'", " ").split()),) if wanted else guesses
        at = next((folded[each] for each in names if each in folded), None)
        if at is not None:
            found[name] = at
    money = "amount" in found or "credit" in found
    return found if "on" in found and money else {}


def _entry(row: Sequence[str], places: dict[str, int], today: date) -> Entry | None:
    cells = {name: row[at] if at < len(row) else "" for name, at in places.items()}
    on = day_of(cells["on"])
    amount = _cents(cells.get("amount", ""))
    if amount is None:
        came, went = _cents(cells.get("credit", "")), _cents(cells.get("debit", ""))
        amount = None if came is None and went is None else (came or 0) - abs(went or 0)
    if on is None or not is_likely(on, today) or not amount or abs(amount) > MOST_CENTS:
        return None
    return Entry(on, amount, cells.get("label", ""), cells.get("name", ""))


def day_of(said: str) -> date | None:
    """A day as a bank or a person writes it; None for anything else."""
    for shape in DATES:
        try:
            return datetime.strptime(said, shape).date()  # noqa: DTZ007 - a day, without an hour
        except ValueError:
            continue
    return None


def _cents(said: str) -> int | None:
    """As -123456 for "-1 234,56 €"; a point and a comma both: the last one is the decimal sign.

    A typographer's minus and an accountant's brackets mean the same: money that left is never read
    as money that came. Letters among the digits are no amount.
    """
    said = "".join(MINUS.get(each, each) for each in said)
    if said.startswith("(") and said.endswith(")"):
        said = f"-{said[1:-1]}"
    if UNREADABLE.search(said):
        return None
    plain = "".join(each for each in said if each in "0123456789,.-+")
    sign = -1 if plain.startswith("-") else 1
    digits = plain.lstrip("+-")
    at = max(digits.rfind(","), digits.rfind("."))
    whole, part = (digits, "") if at < 0 else (digits[:at], digits[at + 1 :])
    whole = whole.replace(",", "").replace(".", "")
    if len(part) > 2 or not (whole + part).isdigit() or len(whole) > 9:
        return None
    return sign * (int(whole or "0") * 100 + int(part.ljust(2, "0") or "0"))
