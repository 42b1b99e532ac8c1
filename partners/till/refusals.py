"""Every refusal a cashier hears, as the whole screen: colour, sign, words, and what to do (V14)."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import msgspec
from litestar import MediaType, Request, Response

from backend.http import failures, forms
from backend.http.respond import Pages, wants_fragment
from backend.http.scope import around
from backend.http.sessions import set_csrf
from backend.kit.errors import N_, Busy, DomainError, Unavailable
from backend.places import queries as places
from backend.vouchers.errors import REASONS, Heard, JustValidated, Showing, Tone
from partners.till.screens import Screen, moment, show

AnyRequest = Request[Any, Any, Any]
Handler = Callable[..., Awaitable[Response[Any]]]
CLOSED_DOOR = {"unauthenticated", "device_revoked"}


class Way(msgspec.Struct, frozen=True):
    """The same request once more: where to, and with which values."""

    action: str
    fields: dict[str, str]


def heard(handler: Handler) -> Handler:
    """Shows what a use case refuses, keeping what was scanned, so that going on is one tap."""

    @wraps(handler)
    async def run(**kwargs: Any) -> Response[Any]:
        try:
            return await handler(**kwargs)
        except DomainError as refusal:
            request: AnyRequest = kwargs["request"]
            club = await places.find_club()
            return await show(
                request,
                screen(refusal),
                status=refusal.status,
                refusal=refusal,
                phone=club.phone if club else "",
                **_context(request, refusal, await forms.typed_values(request)),
            )

    return run


def outside(request: AnyRequest, refusal: DomainError) -> Response[Any]:
    """What guards and the form token refuse, before any handler; litestar asks for it without await."""
    if (
        refusal.slug == "unauthenticated"
        and request.method == "GET"
        and not wants_fragment(request)
    ):
        return failures.refused(request, refusal)
    pages: Pages = request.app.state.pages
    template = "till/_refusal.html" if wants_fragment(request) else "till/answer.html"
    context = _context(request, refusal, {})
    body = pages.render_bare(
        request, template, refusal, screen=screen(refusal), phone="", **context
    )
    response = Response(body, status_code=refusal.status, media_type=MediaType.HTML)
    response.headers["cache-control"] = "no-store"
    set_csrf(response, around(request))
    return response


def screen(refusal: DomainError) -> Screen:
    showing = showing_of(refusal)
    return Screen(
        part="till/_refusal.html",
        title=showing.headline,
        body=f"verdict {showing.tone}",
        signal=showing.sound,
        slug=refusal.slug,
    )


def showing_of(refusal: DomainError) -> Showing:
    """How this refusal looks. What no till hears from a use case is a matter of the page itself."""
    if isinstance(refusal, JustValidated):
        return Showing(409, False, Tone.MIND, "circle-check", "mind", N_("Déjà validé"))
    known = REASONS.get(refusal.slug)
    return known or Showing(refusal.status, True, Tone.MIND, "clock", "mind", N_("Recommencez"))


def _context(request: AnyRequest, refusal: DomainError, typed: dict[str, str]) -> dict[str, Any]:
    facts = refusal.facts
    return {
        "showing": showing_of(refusal),
        "facts": facts,
        "moment": moment(facts["at"]) if "at" in facts else "",
        "typed": typed,
        "again": _again(request, refusal, typed),
        "closed": refusal.slug in CLOSED_DOOR,
        "mend": refusal.slug == "invalid_request" and "code" in typed,
        "just_validated": isinstance(refusal, JustValidated),
    }


def _again(request: AnyRequest, refusal: DomainError, typed: dict[str, str]) -> Way | None:
    """Busy and Unavailable are never kept, so the same key may ask again; any other answer is."""
    if not refusal.retryable or "code" not in typed:
        return None
    if isinstance(refusal, Busy | Unavailable) and not isinstance(refusal, Heard):
        same = {name: value for name, value in typed.items() if name != "csrf_token"}
        return Way(request.url.path, same)
    return Way("/caisse", {"code": typed["code"]})
