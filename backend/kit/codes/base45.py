"""Base45 (RFC 9285): bytes in the letters of a QR code's alphanumeric mode.

Decoding is strict, so that one payload has one text: a group that no bytes give is a ValueError.
"""

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VALUES = {letter: value for value, letter in enumerate(LETTERS)}
_PAIR, _GROUP = 2, 3
_WORTH = (1, 45, 45 * 45)


def encode(data: bytes) -> str:
    return "".join(_letters(data[at : at + _PAIR]) for at in range(0, len(data), _PAIR))


def decode(text: str) -> bytes:
    return b"".join(_bytes(text[at : at + _GROUP]) for at in range(0, len(text), _GROUP))


def _letters(pair: bytes) -> str:
    number, letters = int.from_bytes(pair), ""
    for _ in range(len(pair) + 1):
        number, value = divmod(number, len(LETTERS))
        letters += LETTERS[value]
    return letters


def _bytes(group: str) -> bytes:
    if len(group) == 1:
        raise ValueError("a lone letter at the end")
    try:
        number = sum(_VALUES[letter] * _WORTH[place] for place, letter in enumerate(group))
        return number.to_bytes(len(group) - 1)
    except (KeyError, OverflowError):
        raise ValueError(f"{group!r} stands for no bytes") from None
