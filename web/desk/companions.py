"""The others of a household: another adult, a child; a name that was wrong."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.visits import acting
from backend.membership import desk
from backend.membership import service as membership
from backend.people.rules import read_address
from web.desk import people
from web.desk.frame import DESK, AnyRequest

Key = Annotated[str, msgspec.Meta(max_length=64)]


class Adult(msgspec.Struct, frozen=True):
    """`key` is the page's own: a second press is the same person."""

    given_name: str
    family_name: str
    address: str = ""
    key: Key = ""


class Child(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str
    born_on: date | None = None
    key: Key = ""


class Names(msgspec.Struct, frozen=True):
    given_name: str
    family_name: str


_adult = people.form_page("add_adult")


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
        acting(request),
        file.member.household_id,
        wish.given_name,
        wish.family_name,
        address,
        key=wish.key,
    )
    return people.to_household(request, public_id)


_child = people.form_page("add_child")


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
        key=wish.key,
    )
    return people.to_household(request, public_id)


_names = people.form_page("names")


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
    return people.to_household(request, public_id)
