"""The form with which a member asks to be called: the same for an insurer and for a building firm (V35)."""

from typing import Any

import msgspec
from litestar import Request, Response

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page
from backend.insurance import rules
from backend.insurance.rules import ReferralKind, Slot
from backend.insurance.service import Ask
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from backend.people import queries as people
from web.member import words
from web.shell import calls

AnyRequest = Request[Any, Any, Any]
MINE = "/compte/demandes"


class Typed(msgspec.Struct, frozen=True):
    """`read` is the agreement as the page showed it."""

    contact: str
    slot: Slot = Slot.ANY
    agreed: str = ""
    read: str = ""


async def page_for(
    request: AnyRequest,
    member: Member,
    form: Form | None,
    *,
    kind: ReferralKind,
    name: str,
    back: str,
    action: str,
) -> Response[str]:
    contacts = await people.contacts_of(member.person_id)
    return await page(
        request,
        "member/referrals/new.html",
        title=_("Être rappelé"),
        space="member",
        form=form or Form({"contact": _first(contacts), "slot": Slot.ANY.value}),
        member=member,
        up_to_date=member.status() in words.UP_TO_DATE,
        dues=words.DUES,
        kind=kind,
        recipient=name,
        back_to=back,
        action=action,
        agreement=rules.agreement(name, kind),
        slots=calls.SLOTS,
    )


async def read(request: AnyRequest, kind: ReferralKind, target: str) -> Ask:
    typed = await forms.read(request, Typed)
    return Ask(
        kind=kind,
        target=target,
        contact=typed.contact,
        slot=typed.slot,
        agreed=bool(typed.agreed),
        read=typed.read,
    )


def _first(contacts: list[Any]) -> str:
    """A number rather than an e-mail: people are called."""
    shown = sorted(contacts, key=lambda contact: contact.channel == "email")
    return shown[0].address.shown if shown else ""
