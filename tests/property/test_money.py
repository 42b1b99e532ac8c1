from contextlib import suppress
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from backend.kit import money
from backend.kit.errors import Invalid

cents = st.integers(0, money.MOST_CENTS)


@given(cents)
def test_an_amount_comes_back_when_it_is_shown_and_read(amount: int) -> None:
    assert money.parse(money.show(amount)) == amount


@given(st.text())
def test_an_amount_is_read_or_refused_when_anything_is_typed(text: str) -> None:
    with suppress(Invalid):
        assert 0 <= money.parse(text) <= money.MOST_CENTS


@given(cents, st.decimals(0, 100, places=2))
def test_the_saving_is_within_half_a_cent_when_a_percentage_is_taken(
    price: int, percent: Decimal
) -> None:
    saving = money.discount(price, percent)
    exact = price * percent / 100
    assert 0 <= saving <= price
    assert -Decimal("0.5") < saving - exact <= Decimal("0.5")


@given(cents)
def test_an_amount_comes_back_when_it_stands_in_a_field(amount: int) -> None:
    assert money.parse(money.plain(amount)) == amount
