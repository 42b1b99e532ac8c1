"""Web Push as its standards write it: words that one browser alone can read (RFC 8291, in the coding of
RFC 8188), and who sends them (RFC 8292).

Written here on `cryptography`, which seals and codes stand on already: `pywebpush` brings two HTTP
clients along, and `http-ece` exists only as source whose installation fetches what no lock file
names. What is left of both is this page, held to the standard's own example by a test.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backend.kit import codes

CURVE = ec.SECP256R1()
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of its points
RECORD = 4096
LAST = b"\x02"  # of one record: nothing follows
TOKEN_FOR = timedelta(hours=12)  # 24 h at most (RFC 8292, 2)


class Vapid:
    """The club as a push service knows it: one key for each of its secrets, the newest first.

    A browser that subscribed with one of them takes messages under that one alone; drawn from the
    secrets, they need no place of their own and change with them.
    """

    def __init__(self, secrets: Sequence[bytes], subject: str) -> None:
        """`subject` is where the service finds us: an https address, or mailto:."""
        self.subject = subject
        self._keys = {point(key.public_key()): key for key in map(_drawn, secrets)}

    @property
    def public(self) -> bytes:
        """What a browser subscribes with now."""
        return next(iter(self._keys))

    def knows(self, public: bytes) -> bool:
        return public in self._keys

    def authorization(self, public: bytes, origin: str, moment: datetime) -> str:
        """The header: signed for one service, for some hours."""
        claims = {
            "aud": origin,
            "exp": int((moment + TOKEN_FOR).timestamp()),
            "sub": self.subject,
        }
        said = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
        signature = self._keys[public].sign(said.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signature)
        token = f"{said}.{written(r.to_bytes(32) + s.to_bytes(32))}"
        return f"vapid t={token}, k={written(public)}"


def encrypt(words: bytes, theirs: bytes, auth: bytes) -> bytes:
    """For the browser whose point and secret these are; another key and salt each time."""
    return sealed(words, theirs, auth, ec.generate_private_key(CURVE), codes.draw_secret()[:16])


def sealed(
    words: bytes, theirs: bytes, auth: bytes, once: ec.EllipticCurvePrivateKey, salt: bytes
) -> bytes:
    """The whole body; `once` and `salt` are never used again (RFC 8291, 3.4)."""
    ours = point(once.public_key())
    shared = once.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    material = _hkdf(auth, b"WebPush: info\0" + theirs + ours, 32, shared)
    key = _hkdf(salt, b"Content-Encoding: aes128gcm\0", 16, material)
    nonce = _hkdf(salt, b"Content-Encoding: nonce\0", 12, material)
    head = salt + RECORD.to_bytes(4) + len(ours).to_bytes(1) + ours
    return head + AESGCM(key).encrypt(nonce, words + LAST, None)


def topic(key: str) -> str:
    """Of one message: the same again takes the place of the one that waits (RFC 8030, 5.4)."""
    return written(hashlib.sha256(key.encode()).digest()[:24])


def is_point(raw: bytes) -> bool:
    """Whether a browser could have this key: uncompressed, and on the curve."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)
    except ValueError:
        return False
    return len(raw) == 65


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Uncompressed, as every party of Web Push writes it."""
    return key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str) -> bytes:
    """Empty where it is no base64url."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _part(values: dict[str, object]) -> str:
    return written(msgspec.json.encode(values))


def _drawn(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """One of the curve's keys, as evenly as 128 bits too many make it (FIPS 186-5, A.2.1)."""
    number = int.from_bytes(_hkdf(None, b"palier web push", 48, secret))
    return ec.derive_private_key(number % (ORDER - 1) + 1, CURVE)


def _hkdf(salt: bytes | None, use: bytes, length: int, material: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=use).derive(material)
