"""Where the double gets its time and its chance: from the kit, in Stripe's own forms."""

from typing import Any

from backend.kit import clock, codes

Obj = dict[str, Any]


def now() -> int:
    """Seconds since 1970, as Stripe writes every instant."""
    return int(clock.now().timestamp())


def token(length: int) -> str:
    letters = ""
    while len(letters) < length:
        letters += codes.random_id()
    return letters[-length:]


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_{token(length)}"
