"""A page or a fragment, from one Jinja environment over every surface's templates."""

import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import msgspec
from litestar import Request, Response
from litestar.enums import MediaType

from backend.http import csrf
from backend.http.labels import labelled
from backend.http.scope import around
from backend.http.sessions import set_csrf
from backend.kit import clock, formats, tile
from backend.kit.errors import DomainError
from backend.kit.translations import FRENCH, options, translated

Nav = Callable[[Request[Any, Any, Any]], Mapping[str, Any]]
AnyRequest = Request[Any, Any, Any]


class PageInfo(msgspec.Struct, frozen=True):
    """What layouts read of a page."""

    title: str
    space: str
    lang: str = "fr"
    dir: str = "ltr"
    theme: str = ""


CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class Pages:
    """The environment and what each space adds (its menu). `web.app` makes one."""

    def __init__(
        self,
        folders: list[Path],
        asset: Callable[[str], str],
        spaces: Mapping[str, Nav],
        face: Callable[[], Awaitable[Any]],
        said: Mapping[str, tuple[str, str]],
    ) -> None:
        self.environment = _environment(folders, asset)
        self.spaces = spaces
        self.face = face
        self.said = said
        self.club: Any = {"name": "Palier", "logo": "", "opening": ""}  # as last read

    async def render(self, request: AnyRequest, template: str, context: Mapping[str, Any]) -> str:
        self.club = await self.face()
        found = self.environment.get_template(template)
        return found.render({**self._common(request), **context})

    def render_bare(
        self, request: AnyRequest, template: str, refusal: DomainError, **context: Any
    ) -> str:
        """A page that asks the database for nothing: it may be what is broken."""
        info = PageInfo(title=translated(refusal.title), space="error")
        found = self.environment.get_template(template)
        return found.render({**self._common(request), "page": info, "refusal": refusal, **context})

    def _common(self, request: AnyRequest) -> dict[str, Any]:
        about = around(request)
        return {
            "club": self.club,
            "url": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            "nav": [],
            "me": None,
            "csrf_token": csrf.Token(request),
            "csp_nonce": about.nonce,
            "demo": not about.settings.production,
            "flash": self._flash(request),
            "form": None,
        }

    def _flash(self, request: AnyRequest) -> list[dict[str, str]]:
        """What was just done, by a closed set of words: a link can never put its own text here."""
        kind, sentence = self.said.get(request.query_params.get("fait", ""), ("", ""))
        return [{"kind": kind, "text": sentence}] if sentence else []


async def page(
    request: AnyRequest, template: str, *, title: str, space: str, status: int = 200, **context: Any
) -> Response[str]:
    """A whole page of a space. The caller's theme is a preference cookie."""
    pages: Pages = request.app.state.pages
    theme = request.cookies.get("theme", "")
    info = PageInfo(title=title, space=space, theme=theme if theme in {"light", "dark"} else "")
    extra = pages.spaces[space](request)
    body = await pages.render(request, template, {"page": info, **extra, **context})
    return html(request, body, status)


async def fragment(
    request: AnyRequest, template: str, *, status: int = 200, **context: Any
) -> Response[str]:
    """A part of a page for HTMX; the same template a page includes."""
    pages: Pages = request.app.state.pages
    return html(request, await pages.render(request, template, context), status)


def html(request: AnyRequest, body: str, status: int) -> Response[str]:
    response = Response(body, status_code=status, media_type=MediaType.HTML)
    response.headers["cache-control"] = "no-store"
    response.headers["vary"] = "HX-Request, Cookie"
    set_csrf(response, around(request))
    return response


def redirect(request: AnyRequest, to: str, said: str = "") -> Response[None]:
    """After a POST: 303, or HTMX's own redirect. `said` names one of the known sentences.

    What a caller typed may stand in `to`: no line of it becomes a header of its own.
    """
    target = f"{to}{'&' if '?' in to else '?'}fait={said}" if said else to
    target = CONTROLS.sub("", target)
    response: Response[None]
    if request.headers.get("hx-request"):
        response = Response(None, status_code=204, headers={"hx-redirect": target})
    else:
        response = Response(None, status_code=303, headers={"location": target})
    set_csrf(response, around(request))
    return response


def wants_fragment(request: AnyRequest) -> bool:
    return bool(request.headers.get("hx-request")) and not request.headers.get("hx-boosted")


def _environment(folders: list[Path], asset: Callable[[str], str]) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    environment.install_gettext_translations(FRENCH, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["translated"] = translated
    environment.filters["options"] = options
    environment.globals.update(
        asset=asset,
        tile_svg=tile.tile_svg,
        tile_name=tile.tile_name,
        tile_symbol=tile.tile_symbol,
        tile_use=tile.tile_use,
        tile_frieze=tile.tile_frieze,
        tile_band=tile.tile_band,
    )
    environment.filters.update(
        euros=formats.euros,
        number=formats.number,
        day=formats.day,
        hour=formats.hour,
        moment=formats.moment,
        planned=lambda instant: formats.planned(instant, clock.today()),
        month=formats.month,
        weekday=lambda day: formats.weekday(day, clock.today()),
        wall=formats.wall,
        labelled=labelled,
    )
    return environment
