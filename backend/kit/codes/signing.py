"""Vouchers' signatures: the first key signs, all of them verify, and the key's id says which.

A key is 32 bytes of chance. Its id is one byte of a hash of its public half, so that nothing but
the list in PALIER_SIGNING_KEYS has to be kept; two keys may share an id, then both are tried.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.kit.codes.chance import SECRET_BYTES, draw_secret
from backend.kit.codes.payloads import SIGNATURE_BYTES, Voucher, text_of

# The number of points of P-256 (FIPS 186-5): a private key is one of 1 to that less one.
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_HALF = SIGNATURE_BYTES // 2
# The same voucher has the same code each time it is shown (RFC 6979).
_SIGN = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_VERIFY = ec.ECDSA(hashes.SHA256())


def generate_signing_key() -> str:
    """A line for PALIER_SIGNING_KEYS."""
    return base64.b64encode(draw_secret()).decode()


def seal(voucher: Voucher, keys: "SigningKeys") -> str:
    """The signed text of a voucher's QR code."""
    marked = msgspec.structs.replace(voucher, key_id=keys.newest.id)
    signature = keys.newest.sign(_message(marked))
    return text_of(msgspec.structs.replace(marked, signature=signature))


def is_genuine(voucher: Voucher, keys: "SigningKeys") -> bool:
    """Whether one of our keys signed exactly this voucher."""
    message = _message(voucher)
    return any(key.signed(message, voucher.signature) for key in keys.named(voucher.key_id))


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The keys of the settings, newest first."""

    keys: "tuple[_Key, ...]"

    @classmethod
    def load(cls, raw: Sequence[bytes]) -> Self:
        if not raw:
            raise ValueError("a club signs with one key at least")
        return cls(tuple(_Key.load(each) for each in raw))

    @property
    def newest(self) -> "_Key":
        return self.keys[0]

    def named(self, key_id: int) -> "list[_Key]":
        return [key for key in self.keys if key.id == key_id]


@dataclass(frozen=True, slots=True)
class _Key:
    id: int
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @classmethod
    def load(cls, raw: bytes) -> Self:
        if len(raw) != SECRET_BYTES:
            raise ValueError(f"a signing key has {SECRET_BYTES} bytes, not {len(raw)}")
        private = ec.derive_private_key(int.from_bytes(raw) % (_ORDER - 1) + 1, ec.SECP256R1())
        public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return cls(hashlib.sha256(public).digest()[0], private)

    def sign(self, message: bytes) -> bytes:
        r, s = decode_dss_signature(self.private.sign(message, _SIGN))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    def signed(self, message: bytes, signature: bytes) -> bool:
        if len(signature) != SIGNATURE_BYTES:
            return False
        r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
        try:
            self.private.public_key().verify(encode_dss_signature(r, s), message, _VERIFY)
        except InvalidSignature:
            return False
        return True


def _message(voucher: Voucher) -> bytes:
    return voucher.prefix.encode() + voucher.body()
