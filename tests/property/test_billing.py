"""Entries of the journal over any movements."""

from hypothesis import given
from hypothesis import strategies as st

from backend.billing import rules
from backend.billing.rules import PaymentKind, PayWay

CENTS = st.integers(1, 10_000_000)


@given(
    st.sampled_from(sorted(rules.KINDS)),
    st.sampled_from(PaymentKind),
    st.sampled_from(PayWay),
    CENTS,
    st.integers(0, 5_000),
)
def test_every_entry_is_zero(kind, moved, way, amount, fee):
    """B8: debit and credit of any movement are equal, and each line has one side."""
    lines = rules.entry_lines(kind, moved, rules.MONEY[way], amount, fee)
    assert sum(line.debit_cents for line in lines) == sum(line.credit_cents for line in lines)
    assert all((line.debit_cents > 0) != (line.credit_cents > 0) for line in lines)


@given(st.sampled_from(PayWay), CENTS)
def test_a_refund_reverses_its_payment(way, amount):
    """B8: what was paid and given back leaves nothing on any account."""
    balance: dict[str, int] = {}
    for moved in (PaymentKind.PAYMENT, PaymentKind.REFUND):
        for line in rules.entry_lines("dues", moved, rules.MONEY[way], amount, 0):
            said = line.debit_cents - line.credit_cents
            balance[line.account] = balance.get(line.account, 0) + said
    assert set(balance.values()) == {0}


@given(st.text(min_size=1), st.integers(1, 12))
def test_a_call_keeps_its_key_over_its_first_tries(order, attempts):
    """B4: the key comes from the order, and is another only after four takes."""
    assert rules.attempt_key(order, attempts) == f"{order}-{1 + (attempts - 1) // 4}"
    assert rules.attempt_key(order, 1) == rules.attempt_key(order, 4)
