"""The key that makes a repeated POST one act (V8)."""

from typing import Annotated

from litestar.params import HeaderParameter

Key = Annotated[
    str,
    HeaderParameter(
        name="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[\x21-\x7e]+$",
        description="Drawn by the caller for each act, sent again unchanged on a retry.",
    ),
]
