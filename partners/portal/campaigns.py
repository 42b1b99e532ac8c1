"""What a partner may say through the club: rights of the year, proposals, counts; never a name (P4, P5)."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.campaigns import queries
from backend.campaigns import service as campaigns
from backend.campaigns.rules import FEWEST, Draft, State, Way
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from partners.portal.own import MERCHANT, chosen

AnyRequest = Request[Any, Any, Any]
HERE = "/partenaire/campagnes"
STATES = {
    State.DRAFTED: (N_("Le club l’écrit"), "plain"),
    State.PROPOSED: (N_("Le club la relit"), "mind"),
    State.RETURNED: (N_("À revoir"), "mind"),
    State.LAUNCHED: (N_("Partie"), "yes"),
    State.STOPPED: (N_("Arrêtée"), "plain"),
}


class ProposalForm(msgspec.Struct, frozen=True):
    subject: str
    body: str


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    partner, partners = await chosen(request)
    return await page(
        request,
        "portal/campaigns/index.html",
        title=_("Vos campagnes"),
        space="portal",
        here=HERE,
        partner=partner,
        partners=partners,
        rights=await queries.rights(partner.id),
        campaigns=await queries.of_partner(partner.id),
        states=STATES,
        fewest=FEWEST,
        form=form,
    )


@get(HERE, guards=[MERCHANT])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MERCHANT])
@forms.again(_page)
async def create(request: AnyRequest) -> Response[Any]:
    """Staff choose for whom and by which ways, and send it."""
    partner, _ = await chosen(request)
    wish = await forms.read(request, ProposalForm)
    draft = Draft(subject=wish.subject, body=wish.body, ways=(Way.EMAIL,))
    await campaigns.propose(acting(request), partner.id, draft)
    return redirect(request, f"{HERE}?partenaire={partner.public_id}", said="campagne-proposee")


HANDLERS = [index, create]
