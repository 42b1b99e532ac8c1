"""Everything drawn at random, from the system's generator."""

import hashlib
import os
import secrets  # noqa: TID251 - chance is drawn here

ID_BYTES = 16
LONG_ID_BYTES = 12
SECRET_BYTES = 32

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID_LETTERS = 22  # 62 ** 22 > 2 ** 128
# No vowels, so that no word is drawn; nor letters that look like others.
_PLATE_LETTERS = "BCDFGHJKMNPRSTVWXZ"


def random_id() -> str:
    """An opaque public id: 128 bits as 22 letters and digits."""
    return id_text(os.urandom(ID_BYTES))


def id_text(raw: bytes) -> str:
    number, letters = int.from_bytes(raw), ""
    for _ in range(_ID_LETTERS):
        number, digit = divmod(number, len(_DIGITS))
        letters = _DIGITS[digit] + letters
    return letters


def id_bytes(public: str) -> bytes:
    """The 16 bytes behind a `random_id`; ValueError when it is none."""
    if len(public) != _ID_LETTERS:
        raise ValueError("a public id has 22 letters and digits")
    number = 0
    for letter in public:
        number = number * len(_DIGITS) + _DIGITS.index(letter)
    if number.bit_length() > ID_BYTES * 8:
        raise ValueError("a public id has 128 bits")
    return number.to_bytes(ID_BYTES)


def random_token() -> str:
    """256 bits for an address or a cookie; only its hash is stored."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hash_token(token: bytes | str) -> bytes:
    """SHA-256: enough for what was drawn with 128 bits or more, never for a short code."""
    return hashlib.sha256(token.encode() if isinstance(token, str) else token).digest()


def login_code() -> str:
    """Six digits (SEC5)."""
    return f"{secrets.randbelow(10**6):06d}"


def public_id() -> str:
    """A household's number, said aloud and printed: "ORM-4488". Short: drawn again when taken."""
    letters = "".join(secrets.choice(_PLATE_LETTERS) for _ in range(3))
    return f"{letters}-{secrets.randbelow(10**4):04d}"


def draw_long_id() -> bytes:
    """A voucher's id in its signed code: 96 bits, so that a stolen list of hashes tells nothing."""
    return os.urandom(LONG_ID_BYTES)


def draw_secret() -> bytes:
    """32 bytes: the seed of a phone's rotating card, a salt, a key."""
    return os.urandom(SECRET_BYTES)
