"""Codes are read by cameras: what is drawn is the matrix, with its white border, small and in one pass."""

import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import QRCode
from qrcode.util import MODE_ALPHA_NUM, QRData

from backend.kit import qr

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
SIGNED = (ALPHANUMERIC.replace(" ", "") * 4)[:139]  # as long as a voucher's signed payload


def drawn(svg: str) -> list[list[bool]]:
    """The modules as the path paints them, quiet zone included."""
    side = int(re.findall(r'viewBox="0 0 (\d+) \1"', svg)[0])
    modules = [[False] * side for _ in range(side)]
    for x, y, steps in re.findall(r"M(\d+) (\d+)\.5((?:h\d+|m\d+ 0)*)", svg):
        at = int(x)
        for dark, light in re.findall(r"h(\d+)|m(\d+) 0", steps):
            if dark:
                modules[int(y)][at : at + int(dark)] = [True] * int(dark)
            at += int(dark or light)
    return modules


def theirs(payload: str) -> list[list[bool]]:
    """The library left to itself, but for the mask: it finds the version on its own."""
    code = QRCode(error_correction=ERROR_CORRECT_M, border=qr.QUIET, mask_pattern=3)
    code.add_data(payload, optimize=0)
    code.make(fit=True)
    return [[bool(module) for module in row] for row in code.get_matrix()]


@pytest.mark.parametrize(
    "payload", ["CL1:K7MP3WQX9TRA", SIGNED, "7" * 40, "https://club.test/é", "A" * 2000]
)
def test_path_paints_the_matrix_when_a_code_is_drawn(payload: str) -> None:
    assert drawn(qr.qr_svg(payload)) == theirs(payload)


@given(st.text(ALPHANUMERIC, min_size=1, max_size=400))
def test_code_is_as_small_as_can_be_when_its_version_is_computed(payload: str) -> None:
    assert drawn(qr.qr_svg(payload)) == theirs(payload)


def test_quiet_zone_is_in_the_picture_when_a_page_is_dark() -> None:
    """UX4: the code has a 4-module quiet zone and a white background of its own."""
    svg = qr.qr_svg(SIGNED)
    modules = drawn(svg)
    assert not any(any(row) for row in modules[:4] + modules[-4:])
    assert not any(module for row in modules for module in row[:4] + row[-4:])
    assert f'<path fill="#fff" d="M0 0h{len(modules)}v{len(modules)}H0z"/>' in svg


def test_signed_payload_fits_in_three_kilobytes_when_it_is_compressed() -> None:
    """PERF5: voucher image <= 3 kB compressed."""
    svg = qr.qr_svg(SIGNED)
    assert len(gzip.compress(svg.encode())) <= 3000
    assert QRData(SIGNED).mode == MODE_ALPHA_NUM
    assert len(qr.qr_matrix(SIGNED)) == 41


def test_code_is_served_from_cache_when_it_was_drawn_before() -> None:
    """PERF5: QR generation served from cache."""
    assert qr.qr_svg("CL1:K7MP3WQX9TRA") is qr.qr_svg("CL1:K7MP3WQX9TRA")


def test_payload_is_refused_when_no_code_can_hold_it() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        qr.qr_svg("é" * 2000)
