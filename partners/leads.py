"""People who asked to be called, as an insurer's people and a building firm see them: one page for both (V35).

Name, contact and slot are shown here and nowhere else; a withdrawn one has none of them (I3).
"""

from typing import Any

import msgspec
from litestar import Request

from backend.http import forms
from backend.http.visits import acting
from backend.insurance import referrals, rules
from backend.insurance import service as insurance
from backend.insurance.referrals import Lead
from backend.insurance.rules import ReferralKind, ReferralState, Slot
from backend.kit import money
from backend.kit.errors import N_

AnyRequest = Request[Any, Any, Any]
STATES = {
    ReferralState.SENT: ("mind", N_("À appeler")),
    ReferralState.CONTACTED: ("yes", N_("Contact pris")),
    ReferralState.QUOTED: ("yes", N_("Devis fait")),
    ReferralState.SIGNED: ("yes", N_("Contrat signé")),
    ReferralState.REFUSED: ("plain", N_("Sans suite")),
    ReferralState.WITHDRAWN: ("stop", N_("Retirée : n’appelez plus")),
}
ACTS = {
    ReferralState.CONTACTED: N_("Contact pris"),
    ReferralState.QUOTED: N_("Devis fait"),
    ReferralState.SIGNED: N_("C’est signé"),
    ReferralState.REFUSED: N_("Sans suite"),
}
SLOTS = {
    Slot.ANY: N_("à tout moment"),
    Slot.MORNING: N_("le matin, 9 h à 12 h"),
    Slot.NOON: N_("de 12 h à 14 h"),
    Slot.AFTERNOON: N_("de 14 h à 18 h"),
    Slot.EVENING: N_("de 18 h à 20 h"),
}


class Move(msgspec.Struct, frozen=True):
    state: ReferralState


class Saving(msgspec.Struct, frozen=True):
    saving: str


async def context(kind: ReferralKind, scopes: frozenset[int]) -> dict[str, Any]:
    """What the page of leads needs."""
    found = await referrals.leads(kind, scopes)
    return {
        "waiting": [lead for lead in found if lead.state in rules.OPEN],
        "closed": [lead for lead in found if lead.state not in rules.OPEN],
        "acts": {lead.public_id: _acts(kind, lead) for lead in found},
        "states": STATES,
        "slots": SLOTS,
    }


async def move(
    request: AnyRequest, kind: ReferralKind, scopes: frozenset[int], public_id: str
) -> None:
    wish = await forms.read(request, Move)
    await insurance.move(acting(request), kind, scopes, public_id, wish.state)


async def declare(
    request: AnyRequest, kind: ReferralKind, scopes: frozenset[int], public_id: str
) -> None:
    wish = await forms.read(request, Saving)
    cents = money.parse(wish.saving, field="saving")
    await insurance.declare_for(acting(request), kind, scopes, public_id, cents)


def _acts(kind: ReferralKind, lead: Lead) -> list[tuple[ReferralState, str]]:
    return [(state, ACTS[state]) for state in rules.next_states(kind, lead.state)]
