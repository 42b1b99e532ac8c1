"""Codes to scan, drawn as small SVG.

The mask is fixed: choosing the best of eight takes most of the time of making a code, and scanners
read all eight alike. Level M, because more gains little under glare and makes the modules smaller.
"""

import math
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, Final, cast

from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import (
    BIT_LIMIT_TABLE,
    MODE_8BIT_BYTE,
    MODE_ALPHA_NUM,
    MODE_NUMBER,
    PAD0,
    PAD1,
    QRData,
    create_bytes,
    length_in_bits,
)

# White modules all around, in the picture: on a dark page a code without them is not read.
QUIET: Final = 4
_MASK: Final = 3
_LARGEST: Final = 40
_PADDING: Final = bytes((PAD0, PAD1))
_DARK_OR_LIGHT: Final = re.compile(rb"1+|0+")
_BITS_A_SIGN: Final = {MODE_NUMBER: 10 / 3, MODE_ALPHA_NUM: 5.5, MODE_8BIT_BYTE: 8.0}
# `h` along a dark run, `m` over a light one.
_STEPS: Final = {
    run: step
    for length in range(1, 4 * _LARGEST + 18)
    for run, step in ((b"1" * length, f"h{length}"), (b"0" * length, f"m{length} 0"))
}


@lru_cache(maxsize=512)
def qr_svg(payload: str) -> str:
    """The code as an <svg>, safe to mark so; its size comes from its place, one unit is one module.

    Runs of dark modules are strokes along the middle of their row: about 2 kB where squares take 9.
    The page's style keeps `.qr svg` crisp and never mirrored.
    """
    rows = _rows(payload)
    side = len(rows) + 2 * QUIET
    return (
        f'<svg class="qr-code" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path stroke="#000" d="{_runs(rows)}"/></svg>'
    )


def qr_matrix(payload: str) -> list[list[bool]]:
    """Rows of modules without the quiet zone, dark is True; the densest mode that holds the payload."""
    return [[module == ord("1") for module in row] for row in _rows(payload)]


def _rows(payload: str) -> list[bytes]:
    """The modules row by row, each b"1" where it is dark and b"0" where it is light."""
    data = QRData(payload)
    version = _smallest_version(data)
    words = bytes(_words(data, version))
    places, blank = _layout(version)
    bits = f"0{int.from_bytes(words):0{8 * len(words)}b}".encode()
    side = 4 * version + 17
    drawn = (int.from_bytes(bytes(places(bits))) ^ blank).to_bytes(side * side)
    return [drawn[start : start + side] for start in range(0, side * side, side)]


def _smallest_version(data: QRData) -> int:
    """The library finds it by writing all bits twice; a division says the same."""
    needed = math.ceil(len(data) * _BITS_A_SIGN[data.mode])
    for version in range(1, _LARGEST + 1):
        header = 4 + length_in_bits(data.mode, version)
        if header + needed <= BIT_LIMIT_TABLE[ERROR_CORRECT_M][version]:
            return version
    raise ValueError(f"{len(data)} signs do not fit in a code")


class _Bits:
    """In place of the library's buffer, which takes bit by bit: a number takes them all at once."""

    def __init__(self) -> None:
        self.number = self.length = 0
        self.buffer: list[int] = []

    def put(self, num: int, length: int) -> None:
        self.number = self.number << length | num
        self.length += length


def _words(data: QRData, version: int) -> list[int]:
    """The payload with its end and padding, and the library's correction words."""
    bits, limit = _Bits(), BIT_LIMIT_TABLE[ERROR_CORRECT_M][version]
    bits.put(data.mode, 4)
    bits.put(len(data), length_in_bits(data.mode, version))
    data.write(bits)
    bits.put(0, min(limit - bits.length, 4))
    bits.put(0, -bits.length % 8)
    missing = (limit - bits.length) // 8
    bits.put(int.from_bytes((_PADDING * missing)[:missing]), 8 * missing)
    bits.buffer = list(bits.number.to_bytes(limit // 8))
    return cast("list[int]", create_bytes(bits, rs_blocks(version, ERROR_CORRECT_M)))


@lru_cache(maxsize=_LARGEST)
def _layout(version: int) -> tuple[Callable[[bytes], tuple[int, ...]], int]:
    """What picks each module's bit, counted from 1 (0 where none goes), and the code without bits.

    Learnt once a version from the library, which walks the squares for each code anew: it draws the
    numbers of the bits, one binary digit after the other.
    """
    count = 8 * sum(block.total_count for block in rs_blocks(version, ERROR_CORRECT_M))
    blank = _drawn(version, bytes(count // 8))
    numbers = [0] * len(blank)
    for digit in range(count.bit_length()):
        marks = "".join(str(number >> digit & 1) for number in range(1, count + 1))
        drawn = _drawn(version, int(marks, 2).to_bytes(count // 8))
        numbers = [n | (a ^ b) << digit for n, a, b in zip(numbers, drawn, blank, strict=True)]
    return itemgetter(*numbers), int.from_bytes(blank)


def _drawn(version: int, words: bytes) -> bytes:
    code: QRCode[Any] = QRCode(
        version=version, error_correction=ERROR_CORRECT_M, border=0, mask_pattern=_MASK
    )
    code.data_cache = list(words)
    code.make(fit=False)
    return bytes(chain.from_iterable(code.modules))


def _runs(rows: list[bytes]) -> str:
    return "".join(f"M{QUIET} {y}.5{_row(row)}" for y, row in enumerate(rows, QUIET))


def _row(row: bytes) -> str:
    """The light at the end needs no step."""
    return "".join(map(_STEPS.__getitem__, _DARK_OR_LIGHT.findall(row.rstrip(b"0"))))
