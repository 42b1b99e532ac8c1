from decimal import Decimal

import pytest

from backend.kit import money


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12,50", 1250),
        ("12.5", 1250),
        ("12,50 €", 1250),
        ("12,50\u00a0€", 1250),
        (" 12 euros ", 1200),
        ("1 EUR", 100),
        ("0,05", 5),
        ("0", 0),
        ("1 234,50", 123450),
        ("1\u202f234\u202f567,89 €", 123456789),
        ("007", 700),
    ],
)
def test_an_amount_is_read_when_written_the_french_way(text: str, cents: int) -> None:
    assert money.parse(text) == cents


@pytest.mark.parametrize(
    "text",
    [
        "",
        "€",
        "abc",
        "-3",
        "12,",
        ",50",
        "12,505",
        "1.234",
        "1,234.50",
        "12 34",
        "1 2,50",
        "١٢",
        "1e3",
        "12\x00",
        "12 $",
    ],
)
def test_an_amount_is_refused_when_it_could_mean_something_else(text: str) -> None:
    with pytest.raises(money.AmountUnreadable):
        money.parse(text)


def test_an_amount_is_refused_when_the_column_could_not_hold_it() -> None:
    assert money.parse("9 999 999,99") == money.MOST_CENTS
    with pytest.raises(money.AmountTooLarge):
        money.parse("10000000")


def test_an_amount_never_wraps_when_shown() -> None:
    assert money.show(1250) == "12,50\u00a0€"
    assert money.show(123450) == "1\u202f234,50\u00a0€"
    assert money.show(-5) == "-0,05\u00a0€"


@pytest.mark.parametrize(
    ("price", "percent", "saving"),
    [
        (1000, 10, 100),
        (5, 10, 1),
        (15, 10, 2),
        (14, 10, 1),
        (999, Decimal("12.5"), 125),
        (1, 0, 0),
        (333, 100, 333),
    ],
)
def test_half_a_cent_goes_to_the_customer_when_a_percentage_is_taken(
    price: int, percent: Decimal | int, saving: int
) -> None:
    assert money.discount(price, percent) == saving


@pytest.mark.parametrize(("price", "percent"), [(-1, 10), (100, -1), (100, 101)])
def test_there_is_no_discount_when_it_makes_no_sense(price: int, percent: int) -> None:
    with pytest.raises(ValueError, match="no discount"):
        money.discount(price, percent)


@pytest.mark.parametrize(
    ("cents", "said"), [(1250, "12,50"), (5, "0,05"), (0, "0,00"), (-50, "-0,50")]
)
def test_an_amount_is_digits_and_a_comma_when_a_file_holds_it(cents: int, said: str) -> None:
    assert money.plain(cents) == said
