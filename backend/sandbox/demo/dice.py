"""Numbers that look drawn and are the same on each machine: the demo club is told, not drawn."""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """One sequence for each name: a household's story does not change with its neighbour's."""

    def __init__(self, *name: object) -> None:
        self._name = "/".join(map(str, name)).encode()
        self._rolls = 0

    def below(self, count: int) -> int:
        self._rolls += 1
        rolled = hashlib.blake2b(self._name, digest_size=8, salt=self._rolls.to_bytes(16, "big"))
        return int.from_bytes(rolled.digest(), "big") % count

    def between(self, low: int, high: int) -> int:
        """Both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        return self.below(100) < percent

    def pick(self, some: Sequence[T]) -> T:
        return some[self.below(len(some))]

    def weighted(self, *shares: tuple[T, int]) -> T:
        """One of the first, as often as the second says."""
        left = self.below(sum(share for _, share in shares))
        for each, share in shares:
            left -= share
            if left < 0:
                return each
        raise AssertionError("shares add up")
