"""Whether a message is Stripe's, and the four things of it that we keep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
import stripe

from backend.billing.errors import SignatureWrong
from backend.billing.gateway import Incoming
from backend.billing.stripe.values import instant

TOLERANCE = timedelta(seconds=300)


def check(body: bytes, signature: str, secrets: Sequence[str], at: datetime) -> Incoming:
    """Our own clock judges its age: the SDK's cannot be moved with the rest of a demo.

    Raises SignatureWrong (B3).
    """
    if not any(_signed(body, signature, secret, at) for secret in secrets):
        raise SignatureWrong
    try:
        return msgspec.json.decode(body, type=_Event).incoming()
    except msgspec.DecodeError:
        raise SignatureWrong from None


class _Object(msgspec.Struct):
    id: str


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    """The four things of an event we keep; its body holds personal data and is not stored."""

    id: str
    type: str
    created: int
    data: _Data

    def incoming(self) -> Incoming:
        return Incoming(self.id, self.type, self.data.object.id, instant(self.created))


def _signed(body: bytes, header: str, secret: str, at: datetime) -> bool:
    try:
        stripe.WebhookSignature.verify_header(body.decode(), header, secret)
        said = next(part for part in header.split(",") if part.strip().startswith("t="))
        return abs(at - instant(int(said.strip()[2:]))) <= TOLERANCE
    except (stripe.SignatureVerificationError, ValueError, OverflowError, OSError):
        return False
