"""Bytes in PostgreSQL by SHA-256: nodes, backup and restore need nothing else.

Reached only through the capability that owns a file; there is no route from a hash to its bytes.
"""

import asyncio
import hashlib
import warnings
from io import BytesIO

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_one, fetch_value, within
from backend.kit.errors import N_, Invalid

MOST_BYTES = 5 * 1024 * 1024
MOST_STORED = 10 * 1024 * 1024  # the table's own limit
# Of all frames together: no browser that shows it unpacks more than 200 MB.
MOST_PIXELS = 50_000_000
# A JPEG is unpacked in small; the others whole, at four bytes a pixel.
MOST_UNPACKED = 16_000_000
WIDEST = 1000  # pixels either way: sharp on a phone, light on its network
QUALITY = 75
# MPO is the JPEG of phones that keep a second picture behind the first.
PICTURES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}


class FileRefused(Invalid):
    slug = "file_refused"
    sentence = N_("Ce fichier ne convient pas.")
    next = N_("Choisissez une photo JPEG, PNG ou WebP de moins de 5 Mo.")


class File(msgspec.Struct, frozen=True):
    content: bytes
    media_type: str


async def keep_picture(content: bytes) -> int:
    """Stores a picture once, drawn anew: upright, no larger than a page shows it, and without what a
    camera wrote beside it, such as where it was taken. The type is read from its bytes, never from
    its name. Raises FileRefused.
    """
    within()
    if len(content) > MOST_BYTES:
        raise FileRefused
    drawn, media_type = await asyncio.to_thread(_draw_anew, content, _kind_of(content))
    return await keep(drawn, media_type)


async def keep(content: bytes, media_type: str) -> int:
    """Stores bytes we made ourselves, once by content; gives the row's id."""
    within()
    row: int = await fetch_value(
        "INSERT INTO stored_file (sha256, content, media_type, size, created_at)"
        " VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT stored_file_sha256_key"
        " DO UPDATE SET media_type = stored_file.media_type RETURNING id",
        hashlib.sha256(content).digest(),
        content,
        media_type,
        len(content),
        clock.now(),
    )
    return row


async def get(file_id: int) -> File | None:
    row = await fetch_one("SELECT content, media_type FROM stored_file WHERE id = $1", file_id)
    return None if row is None else File(**row)


async def throw(file_id: int) -> None:
    """Deletes the bytes; a row that still points to them refuses it."""
    within()
    await fetch_one("DELETE FROM stored_file WHERE id = $1", file_id)


async def release(file_id: int) -> None:
    """Deletes the bytes unless a row still points to them: who stored the same bytes shares them."""
    within()
    await fetch_one(
        f"DO $$ BEGIN DELETE FROM stored_file WHERE id = {file_id:d};"  # noqa: S608 - a number
        " EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN NULL; END $$"
    )


def _kind_of(content: bytes) -> str:
    """The media type, as a decoder reads the header: its pixels are counted and never unpacked."""
    from PIL import Image  # 8 MB that a process without uploads does not carry

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", Image.DecompressionBombWarning
        )  # the limit is ours, and lower
        try:
            with Image.open(BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as picture:
                pixels = picture.width * picture.height * getattr(picture, "n_frames", 1)
                kind = PICTURES[picture.format or ""]
                picture.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            raise FileRefused from None
    if pixels > (MOST_PIXELS if kind == "image/jpeg" else MOST_UNPACKED):
        raise FileRefused
    return kind


def _draw_anew(content: bytes, media_type: str) -> tuple[bytes, str]:
    from PIL import Image, ImageOps

    held = BytesIO()
    try:
        with Image.open(BytesIO(content)) as picture:
            picture.draft("RGB", (WIDEST, WIDEST))
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((WIDEST, WIDEST))
            plain = upright.convert("RGB" if media_type == "image/jpeg" else "RGBA")
            plain.info.clear()
            plain.save(held, media_type.removeprefix("image/"), quality=QUALITY, optimize=True)
    except (OSError, SyntaxError, ValueError):
        raise FileRefused from None
    return held.getvalue(), media_type
