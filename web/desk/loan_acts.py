"""A thing goes out and comes back by its page: what goes with it, photos, and the day it was (L30, L31)."""

from datetime import date, datetime, time
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import hours
from backend.kit.errors import Missing
from backend.kit.text import read_number
from backend.kit.zone import at_wall_time
from backend.lending import photos, service
from backend.lending import queries as lending
from backend.lending.rules import Outcome
from backend.lending.values import Ask, Back, Handed
from web.desk.frame import DESK, AnyRequest
from web.desk.loan_page import HERE, number, page, unit_code

NOON = time(12)
Key = Annotated[str, msgspec.Meta(max_length=64)]


class When(msgspec.Struct, frozen=True):
    """When it really was, with the reason why it is noted later; no day: now."""

    key: Key
    le: date | None = None
    a: str = ""
    pourquoi: str = ""
    kilometres: int | None = None
    charge: int | None = None

    @property
    def at(self) -> datetime | None:
        if self.le is None:
            return None
        return at_wall_time(self.le, hours.read_hour(self.a, "a") if self.a else NOON)


class Giving(When, frozen=True):
    """`exemplaire` is the label that was scanned; empty, the copy that was set aside."""

    exemplaire: str = ""
    quand_meme: str = ""


class Taking(When, frozen=True):
    etat: Outcome = Outcome.FINE
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""
    plus_tard: str = ""


class Reason(msgspec.Struct, frozen=True):
    key: Key
    raison: str = ""


class Seen(msgspec.Struct, frozen=True):
    key: Key
    valable: date


@post(HERE + "/{line:str}/remise", guards=[DESK], request_max_body_size=MOST_FILE)
@forms.again(page)
async def hand_over(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    giving = await forms.read(request, Giving)
    async with photos.kept(await _pictures(request)) as kept:
        handed = Handed(
            at=giving.at,
            reason=giving.pourquoi,
            ticked=await _ticked(request, "avec"),
            photos=kept,
            kilometres=giving.kilometres,
            charge=giving.charge,
            anyway=bool(giving.quand_meme),
        )
        unit = unit_code(giving.exemplaire)
        await service.hand_over(_ask(request, giving.key), number(line), unit, handed)
    return redirect(request, HERE, said="pret-remis")


@post(HERE + "/{line:str}/retour", guards=[DESK], request_max_body_size=MOST_FILE)
@forms.again(page)
async def take_back(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    taking = await forms.read(request, Taking)
    async with photos.kept(await _pictures(request)) as kept:
        back = await _back(request, taking, kept)
        await service.take_back(_ask(request, taking.key), number(line), back)
    return redirect(request, f"{HERE}/{line}", said="pret-repris")


@post(HERE + "/{line:str}/controle", guards=[DESK], request_max_body_size=MOST_FILE)
@forms.again(page)
async def inspect(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    taking = await forms.read(request, Taking)
    async with photos.kept(await _pictures(request)) as kept:
        back = await _back(request, taking, kept)
        await service.inspect(_ask(request, taking.key), number(line), back)
    return redirect(request, f"{HERE}/{line}", said="pret-controle")


@post(HERE + "/{line:str}/perte", guards=[DESK])
@forms.again(page)
async def lose(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    reason = await forms.read(request, Reason)
    await service.lose(_ask(request, reason.key), number(line), reason.raison)
    return redirect(request, f"{HERE}/{line}", said="pret-perdu")


@post(HERE + "/{line:str}/perte-definitive", guards=[DESK])
@forms.again(page)
async def write_off(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    reason = await forms.read(request, Reason)
    await service.write_off(_ask(request, reason.key), number(line), reason.raison)
    return redirect(request, f"{HERE}/{line}", said="pret-perdu-pour-de-bon")


@post(HERE + "/{line:str}/retrouve", guards=[DESK])
@forms.again(page)
async def find(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    reason = await forms.read(request, Reason)
    await service.find(_ask(request, reason.key), number(line))
    return redirect(request, f"{HERE}/{line}", said="pret-retrouve")


@post(HERE + "/{line:str}/annulation-du-geste", guards=[DESK])
@forms.again(page)
async def undo(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    reason = await forms.read(request, Reason)
    await service.undo(_ask(request, reason.key), number(line))
    return redirect(request, f"{HERE}/{line}", said="geste-annule")


@post(HERE + "/{line:str}/permis", guards=[DESK])
@forms.again(page)
async def note_licence(request: AnyRequest, line: FromPath[str]) -> Response[Any]:
    """Only until when it is good is kept (L39)."""
    seen = await forms.read(request, Seen)
    loan = await lending.get_line(number(line))
    if loan.person_id is None:
        raise Missing
    await service.note_licence(_ask(request, seen.key), loan.person_id, seen.valable)
    return redirect(request, f"{HERE}/{line}", said="permis-note")


@get(HERE + "/{line:str}/photos/{photo:str}", guards=[DESK])
async def photo(line: FromPath[str], photo: FromPath[str]) -> Response[bytes]:
    which = read_number(photo)
    if which is None:
        raise Missing
    found = await photos.get_photo(number(line), which)
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "no-store"}
    )


async def _back(request: AnyRequest, taking: Taking, kept: tuple[int, ...]) -> Back:
    return Back(
        outcome=taking.etat,
        later=bool(taking.plus_tard),
        missing=await _ticked(request, "manque"),
        note=taking.note,
        at=taking.at,
        reason=taking.pourquoi,
        photos=kept,
        kilometres=taking.kilometres,
        charge=taking.charge,
    )


async def _ticked(request: AnyRequest, name: str) -> tuple[str, ...]:
    return tuple(str(each) for each in (await request.form()).getall(name, []))


async def _pictures(request: AnyRequest) -> list[bytes]:
    sent = (await request.form()).getall("photos", [])
    read = [await each.read() for each in sent if isinstance(each, UploadFile)]
    return [content for content in read if content]


def _ask(request: AnyRequest, key: str) -> Ask:
    return Ask(by=acting(request), key=key)


HANDLERS = [hand_over, take_back, inspect, lose, write_off, find, undo, note_licence, photo]
