"""What the club lends: found, described, put in kits, taken off the list."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.identity import staff
from backend.kit import codes, money
from backend.kit.errors import N_, Invalid, Missing
from backend.kit.text import read_number
from backend.kit.translations import translated as _
from backend.lending import queries as lending
from backend.lending import service
from backend.lending.queries import stock, upkeep
from backend.lending.queries.resources import ResourcePage, photo_of
from backend.lending.queries.stock import PAGE, Held
from backend.lending.service import ResourceWish
from backend.places import queries as places
from web.office.staff import MANAGER, by
from web.office.stock_words import HELD, STANDS

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/inventaire"
MOST_PARTS = 500  # what a list of choices may hold


class Asked(msgspec.Struct, frozen=True):
    """The filters as they stand in the address; a word nobody knows filters nothing."""

    q: str = ""
    sorte: str = ""
    point: str = ""
    etat: str = ""
    page: int = 1

    def address(self, **more: object) -> str:
        said = {**msgspec.structs.asdict(self), "page": 1, **more}
        kept = urlencode({name: value for name, value in said.items() if value not in {"", 1}})
        return f"{HERE}?{kept}" if kept else HERE


class ResourceForm(msgspec.Struct, frozen=True):
    """`pieces` one a line; `replacement` in euros; `counted` "non" for what is never counted (L40)."""

    name: str
    category: str
    policy: str
    site: str
    description: str = ""
    pieces: str = ""
    replacement: str = ""
    capacity: int | None = None
    isbn: str = ""
    external_code: str | None = None
    counted: str = "oui"
    in_charge: str = ""
    version: int | None = None
    key: str = ""


class Part(msgspec.Struct, frozen=True):
    part: str
    count: int = 1


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    asked, sites = _asked(request), await places.sites()
    site_id = next((site.id for site in sites if site.slug == asked.point), None)
    held = Held(asked.etat) if asked.etat in set(Held) else Held.ALL
    lines, count = await stock.stock(asked.q, asked.sorte, site_id, held, asked.page)
    return await page(
        request,
        "office/inventory/index.html",
        title=_("Objets et salles"),
        space="office",
        here=HERE,
        asked=asked,
        lines=lines,
        count=count,
        filtered=asked.address() != HERE,
        newer=asked.address(page=asked.page - 1) if asked.page > 1 else "",
        older=asked.address(page=asked.page + 1) if asked.page * PAGE < count else "",
        sites=[(site.slug, site.name) for site in sites],
        categories=[(each, each) for each in await lending.categories()],
        held=list(HELD.items()),
    )


async def _form(
    request: AnyRequest, thing: ResourcePage | None, form: Form | None
) -> Response[str]:
    return await page(
        request,
        "office/inventory/edit.html",
        title=thing.model.name if thing else _("Nouvel objet"),
        space="office",
        here=HERE,
        thing=thing,
        form=form,
        key=codes.random_id(),
        policies=[(each.public_id, each.name) for each in await lending.policies()],
        sites=[(site.slug, site.name) for site in await places.sites()],
        categories=await lending.categories(),
        colleagues=[(each.public_id, each.name) for each in await staff.colleagues()],
    )


async def _new(request: AnyRequest, form: Form | None = None) -> Response[str]:
    return await _form(request, None, form)


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    thing = await lending.get_resource(public_id)
    return await _form(request, thing, form or Form(await _typed(thing)))


@get(f"{HERE}/nouveau", guards=[MANAGER])
async def new(request: AnyRequest) -> Response[str]:
    return await _new(request)


@post(HERE, guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_new)
async def create(request: AnyRequest) -> Response[Any]:
    form = await forms.read(request, ResourceForm)
    public_id = await service.add_resource(by(request), await _wish(request, form), key=form.key)
    return redirect(request, f"{HERE}/{public_id}", said="objet-ajoute")


async def show_again(
    request: AnyRequest, public_id: str, form: Form | None = None
) -> Response[str]:
    """The page of a resource, also with a form on it that came back."""
    thing = await lending.get_resource(public_id)
    return await page(
        request,
        "office/inventory/show.html",
        title=thing.model.name,
        space="office",
        here=f"{HERE}/{public_id}",
        thing=thing,
        form=form,
        key=codes.random_id(),
        units=await stock.copies_of(public_id),
        plans=await upkeep.plans_of(public_id),
        stands=STANDS,
        in_charge=await _in_charge(thing.in_charge),
    )


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await show_again(request, public_id)


@get(f"{HERE}/{{public_id:str}}/modifier", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(f"{HERE}/{{public_id:str}}/modifier", guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    form = await forms.read(request, ResourceForm)
    wish = await _wish(request, form)
    await service.change_resource(by(request), public_id, wish, version=form.version)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


@get(f"{HERE}/{{public_id:str}}/photo", guards=[MANAGER])
async def photo(public_id: FromPath[str]) -> Response[bytes]:
    found = await photo_of(public_id)
    if found is None:
        raise Missing
    return Response(
        found.content, media_type=found.media_type, headers={"cache-control": "private, no-cache"}
    )


@post(f"{HERE}/{{public_id:str}}/photo/retrait", guards=[MANAGER])
async def drop_photo(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await service.drop_photo(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}/modifier", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/retrait", guards=[MANAGER])
async def retire(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await service.retire_resource(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="objet-retire")


@post(f"{HERE}/{{public_id:str}}/retour", guards=[MANAGER])
async def bring_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await service.retire_resource(by(request), public_id, back=True)
    return redirect(request, f"{HERE}/{public_id}", said="objet-de-retour")


async def _kit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    thing = await lending.get_resource(public_id)
    inside = {part.resource for part in thing.parts} | {public_id}
    known = await lending.catalogue(MOST_PARTS, thing.model.site_id)
    return await page(
        request,
        "office/inventory/kit.html",
        title=_("Contenu du lot"),
        space="office",
        here=f"{HERE}/{public_id}",
        thing=thing,
        form=form,
        choices=[
            (each.public_id, each.name)
            for each in known
            if each.public_id not in inside and not each.is_kit
        ],
    )


@get(f"{HERE}/{{public_id:str}}/lot", guards=[MANAGER])
async def kit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _kit(request, public_id)


@post(f"{HERE}/{{public_id:str}}/lot", guards=[MANAGER])
@forms.again(_kit)
async def add_part(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    chosen = await forms.read(request, Part)
    if not 1 <= chosen.count <= 99:
        raise Invalid({"count": N_("Écrivez un nombre de 1 à 99.")})
    inside = await _parts(public_id)
    await service.set_kit(by(request), public_id, {**inside, chosen.part: chosen.count})
    return redirect(request, f"{HERE}/{public_id}/lot", said="enregistre")


@post(f"{HERE}/{{public_id:str}}/lot/retrait", guards=[MANAGER])
@forms.again(_kit)
async def drop_part(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    chosen, inside = await forms.read(request, Part), await _parts(public_id)
    inside.pop(chosen.part, None)
    await service.set_kit(by(request), public_id, inside)
    return redirect(request, f"{HERE}/{public_id}/lot", said="enregistre")


async def _parts(public_id: str) -> dict[str, int]:
    thing = await lending.get_resource(public_id)
    return {part.resource: part.count for part in thing.parts}


def _asked(request: AnyRequest) -> Asked:
    given = request.query_params
    words = {
        name: str(given.get(name, "")).strip()[:80] for name in ("q", "sorte", "point", "etat")
    }
    return Asked(**words, page=max(1, min(read_number(given.get("page")) or 1, 1000)))


async def _wish(request: AnyRequest, form: ResourceForm) -> ResourceWish:
    brought = await forms.upload(request, "photo")
    site = await places.get_site(form.site)
    return ResourceWish(
        site_id=site.id,
        policy=form.policy,
        name=form.name,
        category=form.category,
        description=form.description,
        photo=brought[1] if brought else None,
        replacement_cents=money.parse(form.replacement, field="replacement")
        if form.replacement
        else None,
        isbn=form.isbn or None,
        external_code=form.external_code or None,
        counted=form.counted != "non",
        capacity=form.capacity,
        pieces=tuple(line.strip() for line in form.pieces.splitlines() if line.strip()),
        in_charge=await _person_id(form.in_charge),
    )


async def _person_id(public_id: str) -> int | None:
    """Somebody of the house. Raises Invalid for anybody else."""
    if not public_id:
        return None
    found = [each for each in await staff.colleagues() if each.public_id == public_id]
    if not found:
        raise Invalid({"in_charge": N_("Choisissez une réponse de la liste.")})
    return found[0].person_id


async def _in_charge(person_id: int | None) -> Any:
    """Who of the house looks after it; None for nobody, also when they work here no more."""
    team = await staff.colleagues() if person_id is not None else []
    return next((each for each in team if each.person_id == person_id), None)


async def _typed(thing: ResourcePage) -> dict[str, str]:
    """The resource as its form shows it."""
    model, cents = thing.model, thing.replacement_cents
    sites = {site.id: site.slug for site in await places.sites()}
    person = await _in_charge(thing.in_charge)
    return {
        "name": model.name,
        "category": thing.category,
        "policy": model.policy.public_id,
        "site": sites.get(model.site_id, ""),
        "description": thing.description,
        "pieces": "\n".join(model.pieces),
        "replacement": "" if cents is None else money.plain(cents),
        "capacity": "" if model.capacity is None else str(model.capacity),
        "isbn": thing.isbn or "",
        "external_code": thing.external_code or "",
        "counted": "oui" if model.counted else "non",
        "in_charge": person.public_id if person else "",
    }


HANDLERS = [
    index,
    new,
    create,
    show,
    edit,
    update,
    photo,
    drop_photo,
    retire,
    bring_back,
    kit,
    add_part,
    drop_part,
]
