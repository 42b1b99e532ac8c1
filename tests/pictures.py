"""Real pictures for uploads, small, and some that only look like one."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image


def picture(kind: str, size: tuple[int, int] = (4, 3), **how: Any) -> bytes:
    """A picture of that format: "PNG", "JPEG", "WEBP", or one that the club does not take."""
    held = BytesIO()
    Image.new("RGB", size, "teal").save(held, kind, **how)
    return held.getvalue()


def size(content: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(content)) as shown:
        return shown.size


def huge_png(side: int) -> bytes:
    """A few bytes that say they are `side` by `side`."""
    small = picture("PNG")
    said = small[12:16] + struct.pack(">II", side, side) + small[24:29]
    return small[:12] + said + struct.pack(">I", zlib.crc32(said)) + small[33:]


def huge_jpeg(side: int) -> bytes:
    small = picture("JPEG")
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", side, side) + small[at + 4 :]


def broken_png() -> bytes:
    """One bit of its pixels turned over."""
    good = bytearray(picture("PNG"))
    good[good.index(b"IDAT") + 6] ^= 1
    return bytes(good)


def many_frames() -> bytes:
    frames = [Image.new("RGB", (1000, 1000), (each, each, each)) for each in range(51)]
    held = BytesIO()
    frames[0].save(held, "PNG", save_all=True, append_images=frames[1:])
    return held.getvalue()
