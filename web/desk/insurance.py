"""At the counter for somebody else: to be called by an insurer or a firm, and the end of a certificate (I3, I4, D6)."""

from datetime import date
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.http.visits import acting
from backend.insurance import certificates, queries, referrals, rules
from backend.insurance import service as insurance
from backend.insurance.errors import FirmUnknown, InsuranceUnknown
from backend.insurance.rules import ReferralKind, Slot
from backend.insurance.service import Ask
from backend.kit.errors import Missing
from backend.membership import desk
from backend.people.rules import Source
from web.desk import people
from web.desk.consents import HEARD, check_heard
from web.desk.frame import DESK, AnyRequest
from web.shell import calls, choices

HERE = "/comptoir/personnes/{public_id:str}/assurance"
CALL = "/comptoir/personnes/{public_id:str}/rappels"
KINDS = {"assureur": ReferralKind.INSURER, "artisan": ReferralKind.FIRM}


class Noted(msgspec.Struct, frozen=True):
    """`read` is what was read aloud, as the page showed it."""

    ends_on: date
    source: Source
    agreed: str = ""
    read: str = ""


class Wish(msgspec.Struct, frozen=True):
    contact: str
    source: Source
    slot: Slot = Slot.ANY
    agreed: str = ""
    read: str = ""


class Withdrawn(msgspec.Struct, frozen=True):
    request: str


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    file = await people.opened(request, public_id)
    person_id = file.member.person_id
    return await people.tab(
        request,
        "insurance",
        file,
        focus=False,
        form=form,
        mine=await referrals.mine(person_id),
        states=calls.STATES,
        open_states=rules.OPEN,
        certificate=await certificates.mine(person_id),
        agreement=rules.CERTIFICATE_AGREEMENT,
        sources=choices.SOURCES,
        heard=HEARD,
    )


@get(HERE, guards=[DESK])
async def index(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


@post(f"{HERE}/attestation", guards=[DESK])
@forms.again(_page)
async def note(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """Its last day only: the paper stays with its owner."""
    noted = await forms.read(request, Noted)
    check_heard(noted.source)
    file = await desk.open_file(public_id)
    await insurance.record_for(
        acting(request),
        file.member.person_id,
        noted.ends_on,
        noted.source,
        agreed=bool(noted.agreed),
        read=noted.read,
    )
    return _back(request, public_id)


@post(f"{HERE}/attestation/fin", guards=[DESK])
async def remove(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """What was told here; the paper that its owner keeps is nobody else's (I4). Raises Missing."""
    file = await desk.open_file(public_id)
    held = await certificates.mine(file.member.person_id)
    if held is None or not held.heard:
        raise Missing
    await insurance.remove(acting(request), file.member.person_id)
    return _back(request, public_id)


@get(f"{CALL}/nouveau", guards=[DESK])
async def choose(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    """Who may be asked to call, by the alphabet: the club recommends nobody (I2)."""
    return await people.tab(
        request,
        "callers",
        await people.opened(request, public_id),
        focus=False,
        callers=await referrals.callers(),
        paths={kind: path for path, kind in KINDS.items()},
    )


async def _new(
    request: AnyRequest, public_id: str, kind: str, target: str, form: Form | None = None
) -> Response[str]:
    file = await people.opened(request, public_id)
    name = await _recipient(kind, target)
    phones = sorted(file.person.contacts, key=lambda contact: contact.channel == "email")
    known = phones[0].shown if phones else ""
    return await people.tab(
        request,
        "call",
        file,
        focus=False,
        form=form or Form({"contact": known, "slot": Slot.ANY.value, "source": "desk"}),
        recipient=name,
        agreement=rules.agreement(name, KINDS[kind]),
        slots=calls.SLOTS,
        heard=HEARD,
        to=f"{kind}/{target}",
    )


async def _recipient(kind: str, target: str) -> str:
    """Raises InsuranceUnknown or FirmUnknown for what a member would not find either."""
    if kind == "artisan":
        firm = await referrals.find_firm(target)
        if firm is None:
            raise FirmUnknown
        return firm.name
    offer = await queries.find_offer(target)
    if kind not in KINDS or offer is None or not offer.is_shown:
        raise InsuranceUnknown
    return offer.insurer_name


@get(f"{CALL}/{{kind:str}}/{{target:str}}", guards=[DESK])
async def new(
    request: AnyRequest, public_id: FromPath[str], kind: FromPath[str], target: FromPath[str]
) -> Response[str]:
    return await _new(request, public_id, kind, target)


@post(f"{CALL}/{{kind:str}}/{{target:str}}", guards=[DESK])
@forms.again(_new)
async def create(
    request: AnyRequest, public_id: FromPath[str], kind: FromPath[str], target: FromPath[str]
) -> Response[Any]:
    typed = await forms.read(request, Wish)
    check_heard(typed.source)
    await _recipient(kind, target)
    wish = Ask(
        kind=KINDS[kind],
        target=target,
        contact=typed.contact,
        slot=typed.slot,
        agreed=bool(typed.agreed),
        read=typed.read,
        source=typed.source,
    )
    await insurance.ask(acting(request), (await desk.open_file(public_id)).member, wish)
    return _back(request, public_id)


@post(f"{CALL}/fin", guards=[DESK])
async def withdraw(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    withdrawn = await forms.read(request, Withdrawn)
    file = await desk.open_file(public_id)
    await insurance.withdraw(acting(request), file.member.person_id, withdrawn.request)
    return _back(request, public_id)


def _back(request: AnyRequest, public_id: str) -> Response[Any]:
    return redirect(request, f"/comptoir/personnes/{public_id}/assurance", said="enregistre")


HANDLERS = [index, note, remove, choose, new, create, withdraw]
