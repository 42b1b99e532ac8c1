"""What may be stored as a picture: what a decoder knows, of a size a browser can show."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import ExifTags, Image

from backend.kit import files
from backend.kit.database import fetch_value, transaction
from backend.kit.files import FileRefused
from tests.conftest import Database
from tests.pictures import broken_png, huge_jpeg, huge_png, many_frames, picture

LOOKS_LIKE: dict[str, Callable[[], bytes]] = {
    "a sound file": lambda: b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\x00" * 40,
    "a beginning of WebP": lambda: b"RIFF\x24\x00\x00\x00WEBP" + b"\x00" * 40,
    "a beginning of PNG": lambda: picture("PNG")[:8] + b"<script>" * 9,
    "a beginning of JPEG": lambda: b"\xff\xd8\xff" + b"\x00" * 60,
    "a PNG with a turned bit": broken_png,
    "a GIF": lambda: picture("GIF"),
    "a TIFF": lambda: picture("TIFF"),
    "a PDF": lambda: picture("PDF"),
    "an SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "nothing": lambda: b"",
    "a PNG of 3,600 million pixels": lambda: huge_png(60_000),
    "a PNG of 64 million pixels": lambda: huge_png(8_000),
    "a JPEG of 4,290 million pixels": lambda: huge_jpeg(65_500),
    "51 frames of a million pixels": many_frames,
    "6 MB": lambda: picture("PNG") + b"\x00" * 6_000_000,
}


@pytest.mark.parametrize("made", LOOKS_LIKE.values(), ids=LOOKS_LIKE)
async def test_bytes_are_refused_when_they_only_look_like_a_picture(
    db: Database, made: Callable[[], bytes]
) -> None:
    """UX5: one sentence says which files do."""
    with pytest.raises(FileRefused, match="ne convient pas"):
        async with transaction():
            await files.keep_picture(made())
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_picture_is_served_as_what_it_is_when_it_is_one(db: Database, kind: str) -> None:
    kept = await stored(picture(kind))
    assert kept.media_type == f"image/{kind.lower()}"
    with Image.open(BytesIO(kept.content)) as shown:
        assert (shown.format, shown.size) == (kind, (4, 3))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_where_a_photo_was_taken_is_not_kept(db: Database, kind: str) -> None:
    """Upright and small enough, without what the camera wrote beside it."""
    said = Image.Exif()
    said[ExifTags.Base.Orientation] = 6  # turned by a quarter
    said[ExifTags.Base.Model] = "Secret camera"
    said.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (49.0, 53.0, 40.0)
    kept = await stored(picture(kind, (3000, 1500), exif=said))
    assert b"Secret" not in kept.content
    with Image.open(BytesIO(kept.content)) as shown:
        assert not shown.getexif()
        assert shown.size == (files.WIDEST // 2, files.WIDEST)


async def stored(content: bytes) -> files.File:
    async with transaction():
        number = await files.keep_picture(content)
    kept = await files.get(number)
    assert kept is not None
    return kept
