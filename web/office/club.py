"""The club's name, address, picture and rules."""

from typing import Any

from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import text
from backend.kit.errors import N_, Invalid
from backend.kit.translations import translated as _
from backend.places import queries
from backend.places import service as places
from backend.places.queries import Club
from backend.places.service import ClubWish
from web.office.settings import CLUB, shown
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]


async def _page(
    request: AnyRequest, form: Form | None = None, logo_form: Form | None = None
) -> Response[str]:
    club = await queries.find_club()
    return await shown(
        request,
        "office/club/edit.html",
        title=_("Le club"),
        form=form or Form(typed(club)),
        logo_form=logo_form,
        named=club is not None,
    )


async def _with_logo(request: AnyRequest, form: Form) -> Response[str]:
    return await _page(request, logo_form=form)


@get(CLUB, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(CLUB, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    await places.save_club(await forms.read(request, ClubWish), by(request))
    return redirect(request, CLUB, said="enregistre")


@post(f"{CLUB}/logo", guards=[MANAGER], request_max_body_size=MOST_FILE)
@forms.again(_with_logo)
async def set_logo(request: AnyRequest) -> Response[Any]:
    brought = await forms.upload(request, "logo")
    if brought is None:
        raise Invalid({"logo": N_("Choisissez une image.")})
    await places.set_logo(brought[1], by(request))
    return redirect(request, CLUB, said="enregistre")


@post(f"{CLUB}/logo/retrait", guards=[MANAGER])
@forms.again(_with_logo)
async def remove_logo(request: AnyRequest) -> Response[Any]:
    await places.remove_logo(by(request))
    return redirect(request, CLUB, said="enregistre")


def typed(club: Club | None) -> dict[str, str]:
    """The club as its form shows it; what a new one begins with."""
    if club is None:
        new = ClubWish(name="")
        return {"grace_days": str(new.grace_days), "debit_days": str(new.debit_days)}
    names = ClubWish.__struct_fields__
    values = {name: str(getattr(club, name) or "") for name in names}
    phone = text.show_phone(club.phone) if club.phone else ""
    return {**values, "phone": phone, "grace_days": str(club.grace_days)}
