"""Campaigns: written, looked at with their exact audience, launched, counted."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery

from backend.campaigns import planning, printing, queries, rules
from backend.campaigns import service as campaigns
from backend.campaigns.queries import CampaignPage
from backend.campaigns.rules import Draft, Kind, Segment, State, Way
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit import clock, prose
from backend.kit.errors import N_
from backend.kit.text import read_number
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.merchants import queries as merchants
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/campagnes"
WAYS = {Way.EMAIL: N_("E-mail"), Way.SMS: N_("SMS"), Way.PRINT: N_("Lettre")}
STATES = {
    State.DRAFTED: (N_("Brouillon"), "plain"),
    State.PROPOSED: (N_("À relire"), "mind"),
    State.RETURNED: (N_("Rendue au partenaire"), "plain"),
    State.LAUNCHED: (N_("Lancée"), "yes"),
    State.STOPPED: (N_("Arrêtée"), "stop"),
}
REASONS = {
    "not_member": N_("Adhésion finie ou pas encore payée"),
    "no_consent": N_("N’a pas dit oui à ces messages"),
    "said_no": N_("A dit non"),
    "no_address": N_("Pas d’adresse pour ce moyen"),
    "bounced": N_("Adresse qui ne marche plus"),
    "capped": N_("A déjà reçu assez de messages de partenaires"),
}
LANGUAGES = {"fr": N_("Français"), "ar": N_("Arabe"), "en": N_("Anglais"), "tr": N_("Turc")}


class MessageForm(msgspec.Struct, frozen=True):
    subject: str
    body: str = ""
    sms: str = ""
    priority_district: bool = False
    with_children: bool = False


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await page(
        request,
        "office/campaigns/index.html",
        title=_("Campagnes"),
        space="office",
        campaigns=await queries.campaigns(),
        partners=[(each.public_id, each.name) for each in await merchants.partners()],
        ways=WAYS,
        states=STATES,
    )


async def _form(request: AnyRequest, **facts: Any) -> Response[str]:
    return await page(
        request,
        "office/campaigns/edit.html",
        space="office",
        choices=await queries.choices(),
        ways=options(WAYS),
        places=range(len(WAYS)),
        languages=LANGUAGES,
        **facts,
    )


async def _new(request: AnyRequest, partenaire: str, form: Form | None = None) -> Response[str]:
    partner = await merchants.find_partner(partenaire) if partenaire else None
    return await _form(
        request,
        title=_("Campagne : %(name)s", name=partner.name) if partner else _("Nouvelles du club"),
        partner=partner.name if partner else "",
        action=f"{HERE}?partenaire={partner.public_id}" if partner else HERE,
        to=HERE,
        form=form or Form({"way_0": Way.EMAIL.value}),
    )


@get(f"{HERE}/nouvelle", guards=[MANAGER])
async def new(request: AnyRequest, partenaire: FromQuery[str] = "") -> Response[str]:
    return await _new(request, partenaire)


@post(HERE, guards=[MANAGER])
@forms.again(_new)
async def create(request: AnyRequest, partenaire: FromQuery[str] = "") -> Response[Any]:
    public_id = await campaigns.draft(by(request), await read_draft(request), partenaire)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def _edit(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    campaign = await queries.get_campaign(public_id)
    return await _form(
        request,
        title=_("Modifier la campagne"),
        partner=campaign.partner,
        action=f"{HERE}/{public_id}/modifier",
        to=f"{HERE}/{public_id}",
        form=form or Form(typed(campaign)),
    )


@get(f"{HERE}/{{public_id:str}}/modifier", guards=[MANAGER])
async def edit(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _edit(request, public_id)


@post(f"{HERE}/{{public_id:str}}/modifier", guards=[MANAGER])
@forms.again(_edit)
async def update(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await campaigns.change(by(request), public_id, await read_draft(request))
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def _page(request: AnyRequest, public_id: str, form: Form | None = None) -> Response[str]:
    """Before the launch its audience as it would be now, after it how it went."""
    campaign = await queries.get_campaign(public_id)
    undecided = campaign.open or campaign.planned_at is not None
    return await page(
        request,
        "office/campaigns/show.html",
        title=campaign.subject,
        space="office",
        here=f"{HERE}/{public_id}",
        campaign=campaign,
        blocks=prose.blocks(campaign.body),
        audience=await queries.preview(campaign) if undecided else None,
        hours=[(hour, hour) for hour in rules.hours(campaign.ways)],
        today=clock.today(),
        rights=await queries.rights(campaign.partner_id) if campaign.partner_id else None,
        letters=await queries.letters_left(campaign.id),
        segment=segment_words(campaign.segment, await queries.choices()),
        limits=await queries.rules(),
        ways=WAYS,
        states=STATES,
        reasons=REASONS,
        partner_kind=campaign.kind is Kind.PARTNER,
        form=form,
    )


@get(f"{HERE}/{{public_id:str}}", guards=[MANAGER])
async def show(request: AnyRequest, public_id: FromPath[str]) -> Response[str]:
    return await _page(request, public_id)


class LaunchForm(msgspec.Struct, frozen=True):
    seen: int
    reason: str = ""


@post(f"{HERE}/{{public_id:str}}/lancement", guards=[MANAGER])
@forms.again(_page)
async def launch(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, LaunchForm)
    await campaigns.launch(by(request), public_id, wish.seen, wish.reason)
    return redirect(request, f"{HERE}/{public_id}", said="campagne-lancee")


class PlanForm(msgspec.Struct, frozen=True):
    day: date
    hour: str
    reason: str = ""


@post(f"{HERE}/{{public_id:str}}/depart", guards=[MANAGER])
@forms.again(_page)
async def plan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """It leaves by itself, at an hour of the list."""
    wish = await forms.read(request, PlanForm)
    moment = rules.moment_of(wish.day, wish.hour)
    await planning.plan(by(request), public_id, moment, wish.reason)
    return redirect(request, f"{HERE}/{public_id}", said="campagne-prevue")


@post(f"{HERE}/{{public_id:str}}/depart/annulation", guards=[MANAGER])
@forms.again(_page)
async def cancel_plan(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await planning.cancel(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="depart-annule")


@post(f"{HERE}/{{public_id:str}}/essai", guards=[MANAGER])
@forms.again(_page)
async def try_out(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    """The mail as people will get it, to whoever asks."""
    await campaigns.send_trial(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="essai-parti")


class ReturnForm(msgspec.Struct, frozen=True):
    reason: str


@post(f"{HERE}/{{public_id:str}}/retour", guards=[MANAGER])
@forms.again(_page)
async def give_back(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    wish = await forms.read(request, ReturnForm)
    await campaigns.give_back(by(request), public_id, wish.reason)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/{{public_id:str}}/arret", guards=[MANAGER])
@forms.again(_page)
async def stop(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await campaigns.stop(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="campagne-arretee")


@post(f"{HERE}/{{public_id:str}}/lettres", guards=[MANAGER])
async def letters(request: AnyRequest, public_id: FromPath[str]) -> Response[bytes]:
    """What is printed counts as printed: a look would not do it (SEC10)."""
    return Response(
        await printing.letters(by(request), public_id),
        status_code=200,
        media_type="application/pdf",
        headers={
            "content-disposition": 'inline; filename="lettres.pdf"',
            "cache-control": "no-store",
        },
    )


@post(f"{HERE}/{{public_id:str}}/poste", guards=[MANAGER])
@forms.again(_page)
async def mark_posted(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    await campaigns.mark_posted(by(request), public_id)
    return redirect(request, f"{HERE}/{public_id}", said="enregistre")


async def read_draft(request: AnyRequest) -> Draft:
    """The form's fields, its ways in their order, and the boxes "residence_12" that are ticked."""
    form = await forms.read(request, MessageForm)
    ticked = await forms.typed_values(request)
    chosen = [ticked.get(f"way_{place}", "") for place in range(len(WAYS))]
    return Draft(
        subject=form.subject,
        body=form.body,
        sms=form.sms,
        ways=tuple(dict.fromkeys(Way(way) for way in chosen if way in set(Way))),
        segment=Segment(
            landlords=_numbers(ticked, "landlord_"),
            residences=_numbers(ticked, "residence_"),
            sites=_numbers(ticked, "site_"),
            languages=tuple(
                name.removeprefix("language_") for name in ticked if name.startswith("language_")
            ),
            priority_district=form.priority_district,
            with_children=form.with_children,
        ),
    )


def typed(campaign: CampaignPage) -> dict[str, str]:
    """A campaign as its form shows it."""
    segment = campaign.segment
    ticked = [
        *(f"landlord_{number}" for number in segment.landlords),
        *(f"residence_{number}" for number in segment.residences),
        *(f"site_{number}" for number in segment.sites),
        *(f"language_{code}" for code in segment.languages),
        *(["priority_district"] if segment.priority_district else []),
        *(["with_children"] if segment.with_children else []),
    ]
    return {
        "subject": campaign.subject,
        "body": campaign.body,
        "sms": campaign.sms,
        **{f"way_{place}": way.value for place, way in enumerate(campaign.ways)},
        **dict.fromkeys(ticked, "1"),
    }


def segment_words(segment: Segment, choices: queries.Choices) -> list[str]:
    """What was chosen, as names."""
    chosen = [
        *(each.name for each in choices.landlords if each.id in segment.landlords),
        *(each.name for each in choices.residences if each.id in segment.residences),
        *(each.name for each in choices.sites if each.id in segment.sites),
        *(LANGUAGES.get(code, code) for code in segment.languages),
    ]
    if segment.priority_district:
        chosen.append(N_("Quartier prioritaire"))
    if segment.with_children:
        chosen.append(N_("Foyers avec enfants"))
    return chosen


def _numbers(ticked: dict[str, str], start: str) -> tuple[int, ...]:
    ends = (name.removeprefix(start) for name in ticked if name.startswith(start))
    return tuple(number for number in map(read_number, ends) if number is not None)


HANDLERS = [
    index,
    new,
    create,
    show,
    edit,
    update,
    launch,
    plan,
    cancel_plan,
    try_out,
    give_back,
    stop,
    letters,
    mark_posted,
]
