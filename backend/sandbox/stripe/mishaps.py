"""What can be made to go wrong, on command."""

from typing import Annotated, Literal

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0, le=1000)]


class Mishaps(msgspec.Struct, forbid_unknown_fields=True):
    """How events are delivered. `drop` holds event types, or "*" for all of them.

    `late_balance`: a payment succeeds before its movement on the balance and its fee are known, as
    Stripe does with automatic_async. `off_session`: what the bank says to a charge without its payer.
    """

    copies: Count = 1
    delay_ms: Annotated[int, msgspec.Meta(ge=0)] = 0
    drop: list[str] = []
    hold: bool = False
    late_balance: bool = False
    off_session: Literal["paid", "declined", "authentication"] = "paid"
    retry_ms: Annotated[int, msgspec.Meta(ge=1)] = 1000
    shuffle: bool = False

    def drops(self, type_: str) -> bool:
        return "*" in self.drop or type_ in self.drop


class Failure(msgspec.Struct, forbid_unknown_fields=True):
    """The next `times` calls of this path fail.

    refused: 500 before any effect. busy: 429 before any effect. lost: the effect happens and the
    answer is a 500. silent: the effect happens and the answer comes after `seconds`, so that the
    caller gives up first. Stripe keeps the true answer under the idempotency key in both last cases.
    """

    kind: Literal["refused", "busy", "lost", "silent"]
    path: str = "/v1/"
    method: str = "POST"
    times: Annotated[int, msgspec.Meta(ge=1)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=120)] = 30

    def meets(self, method: str, path: str) -> bool:
        return self.times > 0 and method == self.method and path.startswith(self.path)

    @property
    def before_effect(self) -> bool:
        return self.kind in {"refused", "busy"}
