"""The code of a card on a phone: new each minute, made from a seed without any network (V23).

The phone makes the same text from the same seed. Its bytes: version (1), card id (16), minute (4,
big-endian), the first 14 bytes of HMAC-SHA256(seed, "PL1C" + what precedes), then as a checksum the
first 2 bytes of SHA-256("PL1C" + what precedes). tests/vectors/codes.json has examples.
"""

import hmac
from datetime import datetime
from enum import StrEnum

from backend.kit.codes.payloads import MAC_BYTES, PhoneCard, text_of

STEP_SECONDS = 60
STEP_BYTES = 4
TOLERANCE = 1


class Freshness(StrEnum):
    FRESH = "fresh"
    STALE = (
        "stale"  # ours, of another minute: staff look at an identity, the refusal is never silent
    )
    FORGED = "forged"


def show_card(card: str, seed: bytes, at: datetime) -> str:
    """The text of the QR code of this minute; `card` is the card's public id."""
    blank = PhoneCard(card, _step(at))
    return text_of(PhoneCard(blank.card, blank.step, _mac(blank, seed)))


def card_head(card: str) -> bytes:
    """How all texts of a card begin, before the minute: a phone goes on from here by itself."""
    return PhoneCard(card, 0).body()[:-STEP_BYTES]


def seconds_left(at: datetime) -> int:
    """Until the next code, 1 to 60."""
    return STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS


def freshness(card: PhoneCard, seed: bytes, at: datetime) -> Freshness:
    if not hmac.compare_digest(card.mac, _mac(card, seed)):
        return Freshness.FORGED
    near = abs(card.step - _step(at)) <= TOLERANCE
    return Freshness.FRESH if near else Freshness.STALE


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _mac(card: PhoneCard, seed: bytes) -> bytes:
    return hmac.digest(seed, card.prefix.encode() + card.body(), "sha256")[:MAC_BYTES]
