"""Secrets at rest: sealed so that a stolen database opens nothing, and salted digests of short codes.

Keys come newest first: the newest seals, all open, so that they can be changed without a cut. Each use
has a key of its own, drawn from the secret.
"""

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kit import codes

VERSION = b"\x01"
NONCE_BYTES = 12


class SealBroken(Exception):
    """None of the keys opens it: it was changed, moved to another row, or its key is gone."""


class Seals:
    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._sealing = [AESGCM(_derived(key, b"palier seal")) for key in keys]
        self._digesting = [_derived(key, b"palier digest") for key in keys]

    def seal(self, secret: bytes, place: str) -> bytes:
        """AES-256-GCM; `place` names the row it belongs to, elsewhere it does not open."""
        nonce = codes.draw_long_id()
        return VERSION + nonce + self._sealing[0].encrypt(nonce, secret, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        if sealed[:1] != VERSION or len(sealed) <= 1 + NONCE_BYTES:
            raise SealBroken
        nonce, locked = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        for key in self._sealing:
            try:
                return key.decrypt(nonce, locked, place.encode())
            except InvalidTag:
                continue
        raise SealBroken

    def digest(self, salt: bytes, code: str) -> bytes:
        """What is stored of a short code: without our key not even its millions can be tried."""
        return self.digests(salt, code)[0]

    def digests(self, salt: bytes, code: str) -> list[bytes]:
        """The digest under each key, for looking one up."""
        said = len(salt).to_bytes(1) + salt + code.encode()
        return [hmac.digest(key, said, "sha256") for key in self._digesting]

    def matches(self, salt: bytes, code: str, kept: bytes) -> bool:
        return any(hmac.compare_digest(one, kept) for one in self.digests(salt, code))


def _derived(key: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=use).derive(key)
