"""The exchange in the office: listings to look at, reports with their delay, pairs, hours, settings."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.campaigns import neighbours
from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.kit.translations import translated as _
from backend.skills import board, queries
from backend.skills import service as skills
from backend.skills.errors import ListingUnknown
from backend.skills.queries import Settings
from backend.skills.rules import LONGEST, SHORTEST, STEP, Outcome
from web.office.staff import MANAGER, by
from web.office.treasury import pdf
from web.shell import skill_words as words

AnyRequest = Request[Any, Any, Any]
HERE = "/gestion/entraide"


class Read(msgspec.Struct, frozen=True):
    """The words that staff had before them."""

    version: int


class Answer(msgspec.Struct, frozen=True):
    outcome: Outcome


class Decision(msgspec.Struct, frozen=True):
    minutes: int


class Told(msgspec.Struct, frozen=True):
    offer: str
    request: str
    told: str = ""


class Wish(msgspec.Struct, frozen=True):
    listed_days: int
    hours: str = ""
    warn_hours: int = 10
    most_hours: int = 20


@get(HERE, guards=[MANAGER])
async def index(request: AnyRequest) -> Response[str]:
    return await _page(request)


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    waiting = await queries.for_staff()
    return await page(
        request,
        "office/skills/index.html",
        title=_("Entraide"),
        space="office",
        here=HERE,
        form=form,
        to_review=waiting.to_review,
        reports=waiting.reports,
        answered=waiting.answered,
        pairs=await queries.pairs(),
        undecided=waiting.undecided,
        settings=waiting.settings,
        kinds=words.KIND_TAGS,
        categories=words.CATEGORIES,
        notices=words.NOTICES,
        wrongs=words.WRONGS,
        outcomes=words.OUTCOMES,
        slots=words.spoken_slots,
        lengths=[0, *range(SHORTEST, LONGEST + STEP, STEP)],
    )


@get(f"{HERE}/tableau.pdf", guards=[MANAGER])
async def print_() -> Response[bytes]:
    """For the hall: the newest of each kind, with a code to scan."""
    return pdf(await board.print_board(), "entraide")


@post(f"{HERE}/lettre", guards=[MANAGER])
@forms.again(_page)
async def draft_letter(request: AnyRequest) -> Response[Any]:
    """A newsletter with the week's listings, to read before it leaves."""
    return redirect(request, f"/gestion/campagnes/{await neighbours.draft_letter(by(request))}")


@post(f"{HERE}/annonces/{{public_id:str}}/{{verdict:str}}", guards=[MANAGER])
@forms.again(_page)
async def review(
    request: AnyRequest, public_id: FromPath[str], verdict: FromPath[str]
) -> Response[Any]:
    if verdict not in _VERDICTS:
        raise ListingUnknown
    read = await forms.read(request, Read)
    verb, said = _VERDICTS[verdict]
    await verb(by(request), public_id, read.version)
    return redirect(request, HERE, said=said)


_VERDICTS: dict[str, tuple[Any, str]] = {
    "publication": (skills.allow, "annonce-publiee"),
    "refus": (skills.refuse_listing, "annonce-refusee"),
}


@post(f"{HERE}/signalements/{{public_id:str}}", guards=[MANAGER])
@forms.again(_page)
async def answer(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Answer)
    await skills.answer_report(by(request), public_id, typed.outcome)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/paires", guards=[MANAGER])
@forms.again(_page)
async def tell(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Told)
    await skills.tell_pair(by(request), typed.offer, typed.request, told=bool(typed.told))
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/heures/{{public_id:str}}", guards=[MANAGER])
@forms.again(_page)
async def decide(request: AnyRequest, public_id: FromPath[str]) -> Response[Any]:
    typed = await forms.read(request, Decision)
    await skills.decide_hours(by(request), public_id, typed.minutes)
    return redirect(request, HERE, said="enregistre")


@post(f"{HERE}/reglages", guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    typed = await forms.read(request, Wish)
    wanted = Settings(
        listed_days=typed.listed_days,
        hours=bool(typed.hours),
        warn_minutes=typed.warn_hours * 60,
        most_minutes=typed.most_hours * 60,
    )
    await skills.set_settings(by(request), wanted)
    return redirect(request, HERE, said="enregistre")


HANDLERS = [index, print_, draft_letter, review, answer, tell, decide, update]
