"""The others of a household: another adult, a child; a name that was wrong; somebody who leaves."""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.membership import desk
from backend.membership import queries as households
from backend.membership import service as membership
from backend.people.rules import read_address
from web.desk import people
from web.desk.frame import DESK, AnyRequest


class Adult(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    address: str = ""


class Child(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    born_on: date | None = None


class Names(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str


async def _adult(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await people.tab(
        request, "add_adult", await people.opened(request, public_id), focus=False, form=form
    )


@get("/comptoir/personnes/{public_id:str}/foyer/adulte", guards=[DESK])
async def new_adult(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _adult(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/adulte", guards=[DESK])
@forms.again(_adult)
async def create_adult(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Adult)
    address = read_address(wish.address) if wish.address else None
    file = await desk.open_file(public_id)
    await membership.add_adult(
        acting(request), file.member.household_id, wish.given_name, wish.family_name, address
    )
    return _home(request, public_id)


async def _child(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await people.tab(
        request, "add_child", await people.opened(request, public_id), focus=False, form=form
    )


@get("/comptoir/personnes/{public_id:str}/foyer/enfant", guards=[DESK])
async def new_child(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _child(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/enfant", guards=[DESK])
@forms.again(_child)
async def create_child(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Child)
    file = await desk.open_file(public_id)
    await membership.add_child(
        acting(request),
        file.member.household_id,
        wish.given_name,
        wish.family_name,
        wish.born_on,
    )
    return _home(request, public_id)


async def _names(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await people.tab(
        request, "names", await people.opened(request, public_id), focus=False, form=form
    )


@get("/comptoir/personnes/{public_id:str}/nom", guards=[DESK])
async def edit_names(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _names(request, public_id)


@post("/comptoir/personnes/{public_id:str}/nom", guards=[DESK])
@forms.again(_names)
async def update_names(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Names)
    file = await desk.open_file(public_id)
    await membership.rename(
        acting(request), file.member.person_id, wish.given_name, wish.family_name
    )
    return _home(request, public_id)


class Move(msgspec.Struct, frozen=True):
    """The number of the household they move to, as on its card: ORM-4488."""

    household: str


async def _move(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    return await people.tab(
        request, "move", await people.opened(request, public_id), focus=False, form=form
    )


@get("/comptoir/personnes/{public_id:str}/foyer/changer", guards=[DESK])
async def new_move(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _move(request, public_id)


@post("/comptoir/personnes/{public_id:str}/foyer/changer", guards=[DESK])
@forms.again(_move)
async def create_move(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, Move)
    file = await desk.open_file(public_id)
    target = await households.find_household(wish.household)
    await membership.move(
        acting(request), file.member.person_id, file.member.household_id, target.id
    )
    return _home(request, public_id)


def _home(request: AnyRequest, public_id: str) -> Response[Any]:
    return redirect(request, f"/comptoir/personnes/{public_id}/foyer", said="enregistre")
