"""What the codes say, as values, and their bytes.

Each kind has one length: anything shorter, longer or of another version is refused.
"""

import hashlib
import struct
from datetime import UTC, datetime
from enum import IntEnum
from typing import ClassVar, Protocol, Self

import msgspec

from backend.kit.codes import base45, human
from backend.kit.codes.chance import ID_BYTES, LONG_ID_BYTES, id_bytes, id_text

VERSION = 1
MAC_BYTES = 14
SUM_BYTES = 2
SIGNATURE_BYTES = 64


class Place(IntEnum):
    """Where a voucher is taken: in one shop, or in all shops of a partner."""

    SHOP = 0
    PARTNER = 1


class Algorithm(IntEnum):
    """How a voucher is signed: every browser's WebCrypto knows ECDSA on P-256."""

    ECDSA_P256_SHA256 = 1


class TypedCode(msgspec.Struct, frozen=True):
    """A right code of 12 letters: a voucher's, a unit's or an order's; the caller looks it up."""

    code: str


class Voucher(msgspec.Struct, frozen=True, kw_only=True):
    """The signed payload of a voucher (V20). Reading proves nothing: see `is_genuine`.

    `long_id` 12 bytes; `offer` and `place_id` numbers of our own rows; `valid_until` in whole
    seconds; `generation` 1 to 255; `key_id` names the key that signed.
    """

    prefix: ClassVar[str] = "PL1V"
    layout: ClassVar[struct.Struct] = struct.Struct(f">BBBB{LONG_ID_BYTES}sIIIB")
    size: ClassVar[int] = layout.size + SIGNATURE_BYTES

    long_id: bytes
    offer: int
    place: Place
    place_id: int
    valid_until: datetime
    generation: int
    key_id: int = 0
    signature: bytes = b""

    def body(self) -> bytes:
        """What is signed, after the prefix."""
        if len(self.long_id) != LONG_ID_BYTES:
            raise ValueError(f"a voucher's long id has {LONG_ID_BYTES} bytes")
        return self.layout.pack(
            VERSION,
            self.key_id,
            Algorithm.ECDSA_P256_SHA256,
            self.place,
            self.long_id,
            self.offer,
            self.place_id,
            int(self.valid_until.timestamp()),
            self.generation,
        )

    def packed(self) -> bytes:
        return self.body() + self.signature

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        version, key_id, algorithm, place, long_id, offer, place_id, until, generation = (
            cls.layout.unpack_from(data)
        )
        if version != VERSION:
            raise ValueError(f"unknown version {version}")
        Algorithm(algorithm)
        return cls(
            long_id=long_id,
            offer=offer,
            place=Place(place),
            place_id=place_id,
            valid_until=datetime.fromtimestamp(until, UTC),
            generation=generation,
            key_id=key_id,
            signature=data[cls.layout.size :],
        )


class PhoneCard(msgspec.Struct, frozen=True):
    """A card on a phone, as shown in one minute (V23): see `freshness`.

    `card` is the card's public id (a `random_id`), `step` the minute since 1970.
    """

    prefix: ClassVar[str] = "PL1C"
    layout: ClassVar[struct.Struct] = struct.Struct(f">B{ID_BYTES}sI")
    size: ClassVar[int] = layout.size + MAC_BYTES + SUM_BYTES

    card: str
    step: int
    mac: bytes = b""

    def body(self) -> bytes:
        return self.layout.pack(VERSION, id_bytes(self.card), self.step)

    def packed(self) -> bytes:
        return _summed(self.prefix, self.body() + self.mac)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        data = _checked(cls.prefix, data)
        version, card, step = cls.layout.unpack_from(data)
        if version != VERSION:
            raise ValueError(f"unknown version {version}")
        return cls(card=id_text(card), step=step, mac=data[cls.layout.size :])


class PaperCard(msgspec.Struct, frozen=True):
    """A card on paper: a random token, of which only the hash is stored (M6, L33)."""

    prefix: ClassVar[str] = "PL1P"
    size: ClassVar[int] = ID_BYTES + SUM_BYTES

    token: bytes

    def packed(self) -> bytes:
        return _summed(self.prefix, self.token)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        return cls(_checked(cls.prefix, data))


class Unit(msgspec.Struct, frozen=True):
    """An object that is lent: its code is printed in clear below."""

    prefix: ClassVar[str] = "PL1U"
    code: str


class Order(msgspec.Struct, frozen=True):
    """An order waiting at the desk."""

    prefix: ClassVar[str] = "PL1O"
    code: str


class _Packed(Protocol):
    prefix: ClassVar[str]

    def packed(self) -> bytes: ...


def text_of(value: _Packed | Unit | Order) -> str:
    """The text of the QR code."""
    if isinstance(value, Unit | Order):
        return value.prefix + value.code
    return value.prefix + base45.encode(value.packed())


Binary = Voucher | PhoneCard | PaperCard
BINARY: dict[str, type[Voucher] | type[PhoneCard] | type[PaperCard]] = {
    kind.prefix: kind for kind in (Voucher, PhoneCard, PaperCard)
}
PRINTED: dict[str, type[Unit] | type[Order]] = {kind.prefix: kind for kind in (Unit, Order)}


def read(text: str) -> Binary | Unit | Order:
    """A payload as it stands in the QR code; ValueError when it is none."""
    prefix, rest = text[:4], text[4:]
    if prefix in PRINTED and human.is_right(rest):
        return PRINTED[prefix](rest)
    if prefix not in BINARY:
        raise ValueError(f"no payload starts with {prefix!r}")
    kind = BINARY[prefix]
    data = base45.decode(rest)
    if len(data) != kind.size:
        raise ValueError(f"{prefix} has {kind.size} bytes, not {len(data)}")
    return kind.unpacked(data)


def _summed(prefix: str, data: bytes) -> bytes:
    """With a checksum, which guards nothing: it proves that a scanner's layout was undone (V40)."""
    return data + hashlib.sha256(prefix.encode() + data).digest()[:SUM_BYTES]


def _checked(prefix: str, summed: bytes) -> bytes:
    data = summed[:-SUM_BYTES]
    if _summed(prefix, data) != summed:
        raise ValueError("the checksum is wrong")
    return data
