"""Built files under hashed names: kept by the browser for a year, sent compressed where it can."""

import mimetypes
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from backend.http.callers import public
from backend.kit.errors import Missing

FOREVER = "public, max-age=31536000, immutable"
TYPES = {".woff2": "font/woff2", ".wasm": "application/wasm", ".js": "text/javascript"}


class Built(msgspec.Struct, frozen=True):
    """One file in its three weights."""

    media_type: str
    plain: bytes
    gzip: bytes | None
    brotli: bytes | None


class Assets:
    """All built files, held in memory: a few hundred kB."""

    def __init__(self, folder: Path) -> None:
        manifest = folder / "manifest.json"
        if not manifest.is_file():
            raise RuntimeError(f"{manifest} is missing: run `make build`")
        self.names: dict[str, str] = msgspec.json.decode(manifest.read_bytes())
        self.files = {name: _load(folder / name) for name in self.names.values()}

    def address(self, name: str) -> str:
        """The address of a file by its logical name; KeyError for a name nobody built."""
        return f"/static/{self.names[name]}"


@get("/static/{name:str}", guards=[public])
async def show(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    return send(request, name, FOREVER)


def send(request: Request[Any, Any, Any], name: str, cache: str) -> Response[bytes]:
    """A built file under its hashed name, in the lightest weight the browser takes."""
    assets: Assets = request.app.state.assets
    found = assets.files.get(name)
    if found is None:
        raise Missing
    accepted = request.headers.get("accept-encoding", "")
    headers = {"cache-control": cache, "vary": "accept-encoding"}
    if found.brotli is not None and "br" in accepted:
        headers["content-encoding"] = "br"
        return Response(found.brotli, media_type=found.media_type, headers=headers)
    if found.gzip is not None and "gzip" in accepted:
        headers["content-encoding"] = "gzip"
        return Response(found.gzip, media_type=found.media_type, headers=headers)
    return Response(found.plain, media_type=found.media_type, headers=headers)


def _load(path: Path) -> Built:
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return Built(
        media_type=kind or "application/octet-stream",
        plain=path.read_bytes(),
        gzip=_sibling(path, ".gz"),
        brotli=_sibling(path, ".br"),
    )


def _sibling(path: Path, ending: str) -> bytes | None:
    beside = path.with_name(path.name + ending)
    return beside.read_bytes() if beside.is_file() else None
