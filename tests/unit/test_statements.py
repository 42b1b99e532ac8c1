"""A bank's words for money: what left is never read as what came."""

from datetime import date

import pytest

from backend.billing import statements
from backend.billing.statements import Columns

TODAY = date(2026, 11, 22)
HEAD = "Date;Libellé;Montant\r\n"


def read(amount: str) -> list[int]:
    content = f"{HEAD}21/11/2026;VIR;{amount}\r\n22/11/2026;VIR;1,00\r\n".encode()
    return [entry.amount_cents for entry in statements.read(content, Columns(), TODAY).entries[:-1]]


@pytest.mark.parametrize(
    ("said", "cents"),
    [
        ("12,00", 1200),
        ("+12,00 €", 1200),
        ("EUR 1 234,56", 123456),
        ("1.234,56 EUR", 123456),
        ("-12,00", -1200),
        ("\u221212,00", -1200),  # a typographer's minus
        ("\u201312,00", -1200),
        ("(12,00)", -1200),  # an accountant's
    ],
)
def test_amount_is_read_with_its_sign_when_a_bank_writes_it_so(said: str, cents: int) -> None:
    """B10."""
    assert read(said) == [cents]


@pytest.mark.parametrize("said", ["1E3", "12,00 (5,00)", "12,00-", "1.234", "douze", "(12,00", "0"])
def test_line_is_left_for_somebody_to_look_at_when_its_amount_is_not_sure(said: str) -> None:
    """B10."""
    assert read(said) == []


@pytest.mark.parametrize("day", ["23/11/2026", "21/11/2062", "31/12/2024", "01/01/0001"])
def test_line_is_left_for_somebody_to_look_at_when_its_day_is_not_likely(day: str) -> None:
    """B8, M1: a year typed wrong would buy days of another time, and be booked there."""
    content = f"{HEAD}{day};VIR;12,00\r\n22/11/2026;VIR;1,00\r\n".encode()
    found = statements.read(content, Columns(), TODAY)
    assert ([entry.amount_cents for entry in found.entries], found.unread) == ([100], [2])
