"""A camera that shows a picture: the feed Chromium plays instead of a lens."""

from io import BytesIO
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT, FRAMES = 640, 480, 30


def film(picture: bytes, target: Path) -> Path:
    """Writes a .y4m of `picture` held before a grey wall, as a phone is held before a till."""
    wall = Image.new("RGB", (WIDTH, HEIGHT), (96, 92, 88))
    shown = Image.open(BytesIO(picture)).convert("RGB")
    shown.thumbnail((WIDTH - 120, HEIGHT - 40))
    wall.paste(shown, ((WIDTH - shown.width) // 2, (HEIGHT - shown.height) // 2))
    luma, blue, red = wall.convert("YCbCr").split()
    half = (WIDTH // 2, HEIGHT // 2)
    frame = luma.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    with target.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F15:1 Ip A1:1 C420\n".encode())
        for _ in range(FRAMES):
            file.write(b"FRAME\n" + frame)
    return target
