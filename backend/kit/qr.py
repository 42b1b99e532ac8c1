"""Codes to scan, drawn as small SVG.

The mask is fixed: choosing the best of eight takes most of the time of making a code, and scanners
read all eight alike. Level M, because more gains little under glare and makes the modules smaller.
"""

import math
import re
from functools import lru_cache
from typing import Any, Final, cast

from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import (
    BIT_LIMIT_TABLE,
    MODE_8BIT_BYTE,
    MODE_ALPHA_NUM,
    MODE_NUMBER,
    QRData,
    length_in_bits,
)

# White modules all around, in the picture: on a dark page a code without them is not read.
QUIET: Final = 4
_MASK: Final = 3
_LARGEST: Final = 40
_DARK_OR_LIGHT: Final = re.compile(rb"\x01+|\x00+")
_BITS_A_SIGN: Final = {MODE_NUMBER: 10 / 3, MODE_ALPHA_NUM: 5.5, MODE_8BIT_BYTE: 8.0}


@lru_cache(maxsize=512)
def qr_svg(payload: str) -> str:
    """The code as an <svg>, safe to mark so; its size comes from its place, one unit is one module.

    Runs of dark modules are strokes along the middle of their row: about 2 kB where squares take 9.
    The page's style keeps `.qr svg` crisp and never mirrored.
    """
    matrix = qr_matrix(payload)
    side = len(matrix) + 2 * QUIET
    return (
        f'<svg class="qr-code" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{side}v{side}H0z"/>'
        f'<path stroke="#000" d="{_runs(matrix)}"/></svg>'
    )


def qr_matrix(payload: str) -> list[list[bool]]:
    """Rows of modules without the quiet zone, dark is True; the densest mode that holds the payload."""
    data = QRData(payload)
    code: QRCode[Any] = QRCode(
        version=_smallest_version(data),
        error_correction=ERROR_CORRECT_M,
        border=0,
        mask_pattern=_MASK,
    )
    code.add_data(data)
    code.make(fit=False)
    return cast("list[list[bool]]", code.modules)


def _smallest_version(data: QRData) -> int:
    """The library finds it by writing all bits twice; a division says the same."""
    needed = math.ceil(len(data) * _BITS_A_SIGN[data.mode])
    for version in range(1, _LARGEST + 1):
        header = 4 + length_in_bits(data.mode, version)
        if header + needed <= BIT_LIMIT_TABLE[ERROR_CORRECT_M][version]:
            return version
    raise ValueError(f"{len(data)} signs do not fit in a code")


def _runs(matrix: list[list[bool]]) -> str:
    return "".join(f"M{QUIET} {y}.5{_row(row)}" for y, row in enumerate(matrix, QUIET))


def _row(row: list[bool]) -> str:
    """`h` along each dark run, `m` over the light ones between; the light at the end needs no step."""
    return "".join(
        f"h{len(run)}" if run[0] else f"m{len(run)} 0"
        for run in _DARK_OR_LIGHT.findall(bytes(row).rstrip(b"\0"))
    )
