"""The code people type: 11 letters of chance (55 bits) and one that checks them (V18).

The alphabet is Crockford's: of letters that look alike one is used (0 not O, 1 not I or L, V not U)
and the other is read as it, except U, which nobody writes for V. All are in the alphanumeric mode
of QR codes.

A letter is an element of GF(32) = GF(2)[x] / (x^5 + x^2 + 1), and a code is right when the sum of
letter times weight is zero. The weights are powers of x, all different and none zero: so no single
wrong letter and no swap of two, neighbours or not, gives another right code.
"""

import os
import re

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LETTERS = 12
GROUP = 4

_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_LOOK_ALIKE = str.maketrans("OIL", "011")
_BETWEEN = re.compile(r"[\s\u00a0\u2000-\u200b\u202f._\u2010-\u2015\u2212-]+")
_FIELD, _MODULUS = 32, 0b100101


def draw_code() -> str:
    number = int.from_bytes(os.urandom(7)) >> 1
    drawn = "".join(ALPHABET[number >> 5 * place & 31] for place in range(LETTERS - 1))
    return drawn + check_symbol(drawn)


def grouped(code: str) -> str:
    """As printed: "7KQ2-M0XD-WB5S"."""
    return "-".join(code[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def bare(typed: str) -> str:
    """What was typed without spaces, dashes and points, in capitals, look-alikes made one."""
    return _BETWEEN.sub("", typed).upper().translate(_LOOK_ALIKE)


def looks_typed(code: str) -> bool:
    return len(code) == LETTERS and all(letter in _VALUES for letter in code)


def is_right(code: str) -> bool:
    return looks_typed(code) and _sum(code) == 0


def check_symbol(drawn: str) -> str:
    # The last weight is 1 and in GF(2^n) a number is its own opposite.
    return ALPHABET[_sum(drawn)]


def _sum(code: str) -> int:
    total = 0
    for letter, weight in zip(code, _WEIGHTS, strict=False):
        total ^= _times(_VALUES[letter], weight)
    return total


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        product ^= a if b & 1 else 0
        a <<= 1
        a ^= _MODULUS if a & _FIELD else 0
        b >>= 1
    return product


def _powers_of_x() -> list[int]:
    powers = [1]
    while len(powers) < LETTERS:
        powers.append(_times(powers[-1], 2))
    return powers[::-1]


_WEIGHTS = _powers_of_x()
