"""People: found, and the file of one of them."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get
from litestar.params import FromPath, FromQuery

from backend.billing import queries as billing
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.kit import clock, codes
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership import former, rules
from backend.membership import queries as membership
from backend.membership import service as care
from backend.membership.desk import File
from backend.membership.former import Former
from backend.people import queries as people
from backend.vouchers import queries as vouchers
from web.desk import frame
from web.desk.frame import DESK, AnyRequest
from web.shell.ways_in import way_in

Page = Callable[..., Awaitable[Response[str]]]
MOST_ACTS = 100
LONGEST_SEARCH = 100


class Tab(msgspec.Struct, frozen=True):
    href: str
    label: str
    current: bool


TABS = (
    ("", N_("Aujourd’hui")),
    ("/bons", N_("Bons")),
    ("/paiements", N_("Paiements")),
    ("/prets", N_("À payer")),
    ("/commandes", N_("Commandes")),
    ("/foyer", N_("Foyer")),
    ("/entraide", N_("Entraide")),
    ("/journal", N_("Journal")),
)


@get("/comptoir/personnes", guards=[DESK])
async def index(request: AnyRequest, q: FromQuery[str] = "") -> Response[str]:
    typed = q[:LONGEST_SEARCH]
    return await frame.page(
        request,
        "desk/people/index.html",
        title=_("Personnes"),
        typed=typed,
        found=await membership.search_people(typed, limit=30) if typed else [],
        joining=f"/comptoir/adhesions/nouvelle?nom={quote(typed)}",
    )


@get("/comptoir/personnes/{public_id:str}", guards=[DESK])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    found = await care.see_person(acting(request), public_id, way_in(request))
    if isinstance(found, Former):
        return await _former(request, found)
    return await _show(request, found)


async def _former(request: AnyRequest, person: Former) -> Response[str]:
    """Who left has a history and receipts, and no right to a voucher or a card."""
    return await frame.page(
        request,
        "desk/people/former.html",
        title=person.name,
        person=person,
        stays=await former.stays_of(person.person_id),
        receipts=await former.receipts_of(person.person_id),
        granted=await former.granted_to(person.person_id),
        acts=await people.acts_about([person.person_id], MOST_ACTS),
    )


async def _show(request: AnyRequest, file: File) -> Response[str]:
    first_of_year = clock.today().replace(month=1, day=1)
    return await tab(
        request,
        "show",
        file,
        home=await vouchers.at_home(file.member.household_id, clock.start_of_day(first_of_year)),
        acts=file.acts,
    )


@get("/comptoir/personnes/{public_id:str}/paiements", guards=[DESK])
async def payments(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    file = await opened(request, public_id)
    payer_id, household_id = file.member.payer_id, file.member.household_id
    other = await membership.besides(payer_id, household_id)
    receipts = await billing.receipts_of(payer_id, other.carried)
    return await tab(request, "payments", file, receipts=receipts, granted=other.granted)


@get("/comptoir/personnes/{public_id:str}/foyer", guards=[DESK])
async def household(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await tab(request, "household", await opened(request, public_id))


@get("/comptoir/personnes/{public_id:str}/journal", guards=[DESK])
async def journal(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    file = await opened(request, public_id)
    everybody = [person.person_id for person in file.people]
    return await tab(request, "journal", file, acts=await people.acts_about(everybody, MOST_ACTS))


async def opened(request: AnyRequest, public_id: str) -> File:
    """The file, and the line in the record that it was looked at (D3)."""
    return await care.see_file(acting(request), public_id, way_in(request))


def form_page(name: str) -> Page:
    """The page of the file that is this form, as it is shown first and again."""

    async def show(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
        file = await opened(request, public_id)
        return await tab(request, name, file, focus=False, form=form, key=codes.random_id())

    return show


async def tab(
    request: AnyRequest, name: str, file: File, *, focus: bool = True, **context: Any
) -> Response[str]:
    """A page of the file under its tabs. A page that is a form has the `focus` in its own fields."""
    address = f"/comptoir/personnes/{file.person.public_id}"
    path = request.url.path
    return await frame.page(
        request,
        f"desk/people/{name}.html",
        title=file.person.name,
        focus=focus,
        file=file,
        address=address,
        tabs=[Tab(address + end, label, path == address + end) for end, label in TABS],
        standing=file.member.standing(),
        may_pay=not rules.is_far_ahead(file.member.spans, clock.today()),
        **context,
    )


def to_household(request: AnyRequest, public_id: str) -> Response[Any]:
    """Back to who lives together, after a change of it."""
    return redirect(request, f"/comptoir/personnes/{public_id}/foyer", said="enregistre")
