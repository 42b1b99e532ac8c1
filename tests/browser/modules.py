"""Reads a QR code off a screenshot, module by module: what a scanner sees, without its forgiveness."""

import asyncio
from collections.abc import Awaitable, Callable
from io import BytesIO

from PIL import Image
from playwright.async_api import Locator

QUIET = 4
BLACK, WHITE = (0, 0, 0), (255, 255, 255)


async def shown_modules(code: Locator, size: int) -> list[list[bool]]:
    """The modules of a code of `size`, its margin left out; fails where something is neither
    black nor white, or where the four modules around are not white.
    """
    picture = Image.open(BytesIO(await code.screenshot())).convert("RGB")
    module = picture.width / (size + 2 * QUIET)
    seen = [
        [_pixel(picture, (x + 0.5) * module, (y + 0.5) * module) for x in range(size + 2 * QUIET)]
        for y in range(size + 2 * QUIET)
    ]
    margin = {pixel for row in seen for pixel in (*row[:QUIET], *row[-QUIET:])}
    margin |= {pixel for row in (*seen[:QUIET], *seen[-QUIET:]) for pixel in row}
    assert margin == {WHITE}
    inside = [row[QUIET:-QUIET] for row in seen[QUIET:-QUIET]]
    assert {pixel for row in inside for pixel in row} == {BLACK, WHITE}
    return [[pixel == BLACK for pixel in row] for row in inside]


def _pixel(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    found = picture.getpixel((int(x), int(y)))
    assert isinstance(found, tuple)
    return found


async def until(asked: Callable[[], Awaitable[bool]]) -> None:
    """Asks again and again what the page does in its own time."""
    for _ in range(1200):
        if await asked():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came true")
