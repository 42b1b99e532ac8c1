"""My member card: a door plate whose code turns each minute (V23)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import callers
from backend.http.respond import page, redirect
from backend.kit import clock, codes
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.membership import queries as membership
from backend.membership import service
from backend.membership.queries import Member, MyCard
from web.member import words

AnyRequest = Request[Any, Any, Any]


class Turning(msgspec.Struct, frozen=True):
    """The code of this minute, and what the phone needs to make the next ones by itself."""

    svg: str
    head: str
    seed: str
    seconds_left: int


@get("/carte", guards=[callers.member])
async def show(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    mine = await membership.find_my_card(member)
    standing = member.standing()
    return await page(
        request,
        "member/card/show.html",
        title=_("Ma carte"),
        space="member",
        member=member,
        mine=mine,
        turning=None if mine is None else _turning(mine),
        standing=standing,
        up_to_date=standing.status in words.UP_TO_DATE,
        dues=words.DUES,
    )


@post("/carte", guards=[callers.member])
async def create(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    """For an adult whose card was taken back, or never made."""
    await service.make_phone_card(member.person_id)
    return redirect(request, "/carte")


def _turning(card: MyCard) -> Turning:
    now = clock.now()
    return Turning(
        svg=qr_svg(codes.show_card(card.public_id, card.secret, now)),
        head=codes.card_head(card.public_id).hex(),
        seed=card.secret.hex(),
        seconds_left=codes.seconds_left(now),
    )


HANDLERS = [show, create]
