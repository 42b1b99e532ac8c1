"""What an order's form says: how many of each item, at which price its page showed it."""

from collections.abc import Mapping, Sequence

from backend.kit.text import read_number
from backend.orders.service.ordering import Wanted

COUNT, WORDS, PRICE = "n_", "m_", "p_"


def wanted(typed: Mapping[str, str]) -> tuple[Wanted, ...]:
    """The counts that were typed beside each item; an empty one is none.

    Also of what is offered no more: that is refused, never left out without a word.
    """
    return tuple(
        Wanted(item, count, typed.get(f"{WORDS}{item}", ""))
        for name in typed
        if name.startswith(COUNT) and (count := read_number(typed[name]) or 0)
        for item in [name.removeprefix(COUNT)]
    )


def shown_cents(typed: Mapping[str, str], asked: Sequence[Wanted]) -> int | None:
    """What the page said that all of it costs; None where it named no price."""
    prices = [read_number(typed.get(f"{PRICE}{each.item}", "")) for each in asked]
    said = [price for price in prices if price is not None]
    if len(said) < len(asked):
        return None
    return sum(each.count * price for each, price in zip(asked, said, strict=True))
