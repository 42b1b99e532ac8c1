"""The two hosted pages, payment and portal: plain French forms, no script, one style sheet."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from litestar import MediaType, Response, get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from backend.kit import formats
from backend.sandbox.stripe import hosted, portal, subscriptions
from backend.sandbox.stripe.hosted import Verdict
from backend.sandbox.stripe.objects.instruments import Decline
from backend.sandbox.stripe.sources import Obj
from backend.sandbox.stripe.wording import REFUSALS, each, french_day
from backend.sandbox.stripe.world import World

HERE = Path(__file__).parent
_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters |= {"euros": formats.euros, "day": french_day, "each": each}

Form = URLEncodedBody[dict[str, str]]


@get("/c/pay/{session_id:str}")
async def payment_page(
    state: State, session_id: FromPath[str], refus: FromQuery[str] = ""
) -> Response[str]:
    session = _session(state.world, session_id)
    if session["status"] != "open":
        return _page("closed.html", session, status=200 if session["status"] == "complete" else 410)
    known = _known(state.world, session)
    return _page("pay.html", session, refusal=REFUSALS.get(refus), **known)


@post("/c/pay/{session_id:str}", status_code=303)
async def pay(state: State, session_id: FromPath[str], data: Form) -> Redirect:
    world: World = state.world
    session = _session(world, session_id)
    who = {"email": data.get("email", "")[:200], "name": data.get("name", "")[:200]}
    if data.get("method") == "sepa_debit":
        result = hosted.pay_by_debit(world, session, data.get("iban", ""), **who)
    else:
        result = hosted.pay_by_card(world, session, data.get("number", ""), **who)
    return _after(session, *result)


@get("/c/pay/{session_id:str}/confirmation")
async def challenge_page(state: State, session_id: FromPath[str]) -> Response[str]:
    session = _session(state.world, session_id)
    if "challenge" not in state.world.store.behind[session_id]:
        return await payment_page.fn(state, session_id)  # type: ignore[no-any-return]
    return _page("challenge.html", session)


@post("/c/pay/{session_id:str}/confirmation", status_code=303)
async def answer_challenge(state: State, session_id: FromPath[str], data: Form) -> Redirect:
    session = _session(state.world, session_id)
    accepted = data.get("answer") == "yes"
    return _after(session, *hosted.answer_challenge(state.world, session, accepted=accepted))


@get("/p/session/{secret:str}")
async def portal_page(
    state: State, secret: FromPath[str], arret: FromQuery[str] = "", carte: FromQuery[str] = ""
) -> Response[str]:
    world: World = state.world
    opened = _portal(world, secret)
    mine = [
        one
        for one in world.store.where("subscription", customer=opened["customer"])
        if one["status"] != "canceled"
    ]
    asked = (opened["flow"] or {}).get("subscription_cancel") or {}
    wanted = arret or asked.get("subscription")
    stopping = next(
        (one for one in mine if one["id"] == wanted and not one["cancel_at_period_end"]), None
    )
    return _page("portal.html", opened, subscriptions=mine, stopping=stopping, refused=bool(carte))


@post("/p/session/{secret:str}", status_code=303)
async def change_subscription(state: State, secret: FromPath[str], data: Form) -> Redirect:
    """Stop at the end of the paid period, or take that back."""
    world: World = state.world
    opened = _portal(world, secret)
    subscription = world.store.get("subscription", data.get("subscription", ""))
    if subscription["customer"] != opened["customer"] or subscription["status"] == "canceled":
        raise NotFoundException
    at_end = data.get("wish") != "keep"
    if subscription["cancel_at_period_end"] != at_end:
        subscriptions.set_end(world, subscription, at_end)
    after = (opened["flow"] or {}).get("after_completion", {}).get("redirect")
    return _go(after["return_url"] if after else opened["url"])


@post("/p/session/{secret:str}/carte", status_code=303)
async def change_card(state: State, secret: FromPath[str], data: Form) -> Redirect:
    """The card that pays from now on."""
    world: World = state.world
    opened = _portal(world, secret)
    number = re.sub(r"\D", "", data.get("number", ""))
    if not portal.change_card(world, opened["customer"], number):
        return _go(f"{opened['url']}?carte=refusee")
    after = (opened["flow"] or {}).get("after_completion", {}).get("redirect")
    return _go(after["return_url"] if after else opened["url"])


def _after(session: Obj, verdict: Verdict, decline: Decline | None) -> Redirect:
    here = f"/c/pay/{session['id']}"
    if verdict == "challenge":
        return _go(f"{here}/confirmation")
    if verdict == "refused" and decline:
        return _go(f"{here}?refus={decline.decline_code or decline.code}")
    return _go(hosted.success_url(session) if session["status"] == "complete" else here)


def _session(world: World, session_id: str) -> Obj:
    session = world.store.objects.get("checkout.session", {}).get(session_id)
    if session is None:
        raise NotFoundException
    return session


def _portal(world: World, secret: str) -> Obj:
    for opened in world.store.newest("billing_portal.session"):
        if opened["url"].endswith(f"/{secret}"):
            return opened
    raise NotFoundException


def _known(world: World, session: Obj) -> Obj:
    """What the page can fill in or leave out."""
    customer: Obj = world.store.find(session["customer"] or "") or {}
    return {
        "lines": world.store.behind[session["id"]]["line_items"],
        "email": session["customer_email"] or customer.get("email") or "",
        "name": customer.get("name") or "",
    }


def _page(template: str, about: Obj, *, status: int = 200, **context: Any) -> Response[str]:
    back = about.get("success_url") or about.get("return_url") or ""
    words = _templates.get_template(template).render(
        about=about,
        success=hosted.success_url(about) if about.get("success_url") else "",
        **context,
    )
    return Response(
        words, status_code=status, media_type=MediaType.HTML, headers=_headers(about, back)
    )


def _headers(about: Obj, *addresses: str) -> dict[str, str]:
    """Chromium applies form-action to the redirect after a form too: the caller's origin joins."""
    flow_end = (((about.get("flow") or {}).get("after_completion") or {}).get("redirect")) or {}
    urls = [*addresses, flow_end.get("return_url", "")]
    origins = " ".join(f"{urlsplit(u).scheme}://{urlsplit(u).netloc}" for u in urls if u)
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            "frame-ancestors 'none'; "
            f"form-action 'self' {origins}"
        ).strip(),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _go(url: str) -> Redirect:
    return Redirect(url, status_code=303, headers={"Cache-Control": "no-store"})
