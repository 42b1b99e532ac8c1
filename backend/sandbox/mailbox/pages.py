"""/demo/courrier: every message kept under the home of a demo. Production refuses to load it."""

import re
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from backend.http.callers import public
from backend.http.respond import page
from backend.kit.errors import Missing
from backend.notifications import folder
from backend.notifications.post import mailbox
from backend.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 50
LETTER = re.compile(r"[0-9A-Za-z]{1,64}")  # no file system takes any length
AnyRequest = Request[Any, Any, Any]


@get("/demo/courrier", guards=[public])
async def index(request: AnyRequest) -> Response[str]:
    """One address only with `?pour=`: as its owner would see it."""
    wanted = request.query_params.get("pour", "").strip().lower()
    kept = folder.kept(_place(request))
    shown = [one for one in kept if wanted in one[1].message.to.lower()]
    return await page(
        request,
        "mailbox/index.html",
        title="Courrier de démonstration",
        space="public",
        letters=shown[:SHOWN],
        wanted=wanted,
    )


@get("/demo/courrier/{name:str}", guards=[public])
async def show(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    path = _place(request) / f"{name}.json"
    if not LETTER.fullmatch(name) or not path.is_file():
        raise Missing
    letter = folder.read(path)
    return await page(
        request,
        "mailbox/show.html",
        title=letter.message.subject or "SMS",
        space="public",
        letter=letter,
        parts=letter.message.text.strip().split("\n\n"),
    )


def handlers(settings: Settings) -> list[ControllerRouterHandler]:
    """Refused in production: whoever reads it could sign in as anybody."""
    if settings.production:
        raise RuntimeError("the demo mailbox is never served in production")
    return [index, show]


def _place(request: AnyRequest) -> Path:
    settings: Settings = request.app.state.settings
    return mailbox(settings)
