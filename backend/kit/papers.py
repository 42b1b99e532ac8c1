"""Papers: a capability's `papers/<name>.typ` and its data become a PDF.

The faces are those inside the typst wheel: no font of the machine, so that the same paper looks the
same everywhere. Each follows PDF/UA, for who listens to it. A numbered document is stored as it was first printed and printed so for ever.
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from backend.kit import clock, files
from backend.kit.database import fetch, fetch_one, fetch_value, within

HERE = Path(__file__).resolve().parent
BACKEND = HERE.parent
PDF = "application/pdf"


async def render(capability: str, name: str, data: object) -> bytes:
    """The PDF; the template reads `json(bytes(sys.inputs.data))`. About 40 ms, in a thread."""
    return await asyncio.to_thread(_compile, BACKEND / capability / "papers" / f"{name}.typ", data)


async def issued(key: str) -> bytes | None:
    """A numbered document as it was first printed, or None."""
    row: Any = await fetch_one(
        "SELECT f.content FROM issued_paper p JOIN stored_file f ON f.id = p.file WHERE p.key = $1",
        key,
    )
    return None if row is None else bytes(row["content"])


async def issue(key: str, content: bytes) -> bytes:
    """Keeps the first print; a second at the same time gives back the first one's bytes."""
    within()
    file_id = await files.keep(content, PDF)
    await fetch(
        "INSERT INTO issued_paper (key, file, issued_at) VALUES ($1, $2, $3)"
        " ON CONFLICT ON CONSTRAINT issued_paper_key_key DO NOTHING",
        key,
        file_id,
        clock.now(),
    )
    kept: bytes = await fetch_value(
        "SELECT f.content FROM issued_paper p JOIN stored_file f ON f.id = p.file WHERE p.key = $1",
        key,
    )
    return bytes(kept)


async def can_print(picture: bytes) -> bool:
    """Whether a picture can stand on a paper: a broken one must be refused before, not on a receipt."""
    try:
        await asyncio.to_thread(_compile, HERE / "picture.typ", {"picture": list(picture)})
    except RuntimeError:
        return False
    return True


def picture(svg: str) -> str:
    """One of our drawings as a paper takes it: a file of its own, its runs wide enough to leave no seam."""
    alone = svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return alone.replace('<path stroke="#000"', '<path stroke="#000" stroke-width="1.04"')


def _compile(template: Path, data: object) -> bytes:
    inputs = {"data": msgspec.json.encode(data).decode()}
    no_fonts: list[Path] = []
    import typst  # 7 MB that a process without papers does not carry

    return typst.compile(
        template,
        font_paths=no_fonts,
        root=template.parent,
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=["ua-1"],
        timestamp=0,
    )
