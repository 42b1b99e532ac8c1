"""Into another household: one person alone, or everybody of theirs."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.visits import acting
from backend.kit.errors import N_
from backend.membership import desk, queries
from backend.membership import service as membership
from web.desk import people
from web.desk.frame import DESK, AnyRequest

MOVE, MERGE = "changer", "reunir"


class Words(msgspec.Struct, frozen=True):
    """What the one form says for each of the two acts."""

    title: str
    sentences: tuple[str, ...]
    label: str
    button: str


WORDS = {
    MOVE: Words(
        N_("Changer de foyer"),
        (
            N_("Les deux adhésions gardent leurs dates. Ce qui s’est passé reste au journal."),
            N_("L’ancienne carte s’arrête. Une nouvelle carte est faite."),
            N_("Si le foyer reste vide, ses jours payés continuent dans l’autre."),
        ),
        N_("Numéro du nouveau foyer"),
        N_("Changer de foyer"),
    ),
    MERGE: Words(
        N_("Réunir avec un autre foyer"),
        (
            N_("Toutes les personnes de ce foyer entrent dans l’autre. Ce foyer s’arrête."),
            N_("Ses jours payés continuent après ceux de l’autre. Ses bons s’arrêtent."),
        ),
        N_("Numéro de l’autre foyer"),
        N_("Réunir les deux foyers"),
    ),
}


class Other(msgspec.Struct, frozen=True):
    """The number of the household they go to, as on its card: ORM-4488."""

    household: str


async def _page(
    request: AnyRequest, public_id: str, act: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    return await people.tab(
        request, "other_home", file, focus=False, form=form, act=act, words=WORDS[act]
    )


async def _move(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await _page(request, public_id, MOVE, form)


@get("/comptoir/personnes/{public_id:str}/foyer/changer", guards=[DESK])
async def new_move(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _move(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/changer", guards=[DESK])
@forms.again(_move)
async def create_move(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Other)
    file = await desk.open_file(public_id)
    target = await queries.find_household(wish.household)
    await membership.move(
        acting(request), file.member.person_id, file.member.household_id, target.id
    )
    return people.to_household(request, public_id)


async def _merge(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await _page(request, public_id, MERGE, form)


@get("/comptoir/personnes/{public_id:str}/foyer/reunir", guards=[DESK])
async def new_merge(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _merge(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/reunir", guards=[DESK])
@forms.again(_merge)
async def create_merge(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Other)
    file = await desk.open_file(public_id)
    target = await queries.find_household(wish.household)
    await membership.merge(acting(request), file.member.household_id, target.id)
    return people.to_household(request, public_id)


HANDLERS = [new_move, create_move, new_merge, create_merge]
