"""My insurance certificate: its last day, its picture, and whether my landlord's total counts it. Nobody else reads it."""

from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backend.http import callers, forms
from backend.http.bodies import MOST_FILE
from backend.http.forms import Form
from backend.http.respond import page, redirect
from backend.http.visits import acting
from backend.insurance import certificates, rules
from backend.insurance import service as insurance
from backend.kit import clock
from backend.kit.errors import Missing
from backend.kit.translations import translated as _
from backend.membership.queries import Member
from web.shell import choices

AnyRequest = Request[Any, Any, Any]
HERE = "/compte/attestation"
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class Typed(msgspec.Struct, frozen=True):
    ends_on: date


class Answer(msgspec.Struct, frozen=True):
    counted: str = ""


async def _page(request: AnyRequest, member: Member, form: Form | None = None) -> Response[str]:
    mine = await certificates.mine(member.person_id)
    return await page(
        request,
        "member/certificate/show.html",
        title=_("Mon attestation d’assurance"),
        space="member",
        mine=mine,
        sources=choices.SOURCES,
        over=mine is not None and mine.ends_on < clock.today(),
        days=(mine.ends_on - clock.today()).days if mine else 0,
        first=max(rules.REMINDERS),
        reminders=rules.REMINDERS,
        form=form,
        counted=await certificates.is_counted(member.person_id),
        agreement=rules.LANDLORD_AGREEMENT,
        tenant=member.dwelling_id is not None,
    )


@get(HERE, guards=[callers.member])
async def show(request: AnyRequest, member: NamedDependency[Member]) -> Response[str]:
    return await _page(request, member)


@post(HERE, guards=[callers.member], request_max_body_size=MOST_FILE)
@forms.again(_page)
async def create(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    typed = await forms.read(request, Typed)
    brought = await forms.upload(request, "file")
    content = brought[1] if brought else None
    await insurance.record(acting(request), member.person_id, typed.ends_on, content)
    return redirect(request, HERE, said="attestation-gardee")


@get(f"{HERE}/fichier", guards=[callers.member])
async def file(member: NamedDependency[Member]) -> Response[bytes]:
    """The caller's own paper; no address leads to another's."""
    found = await certificates.file_of(member.person_id)
    if found is None:
        raise Missing
    name = f"attestation.{ENDINGS.get(found.media_type, 'bin')}"
    return Response(
        found.content,
        media_type=found.media_type,
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )


@post(f"{HERE}/fin", guards=[callers.member])
async def destroy(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    await insurance.remove(acting(request), member.person_id)
    return redirect(request, HERE, said="attestation-retiree")


@post(f"{HERE}/bailleur", guards=[callers.member])
async def choose(request: AnyRequest, member: NamedDependency[Member]) -> Response[Any]:
    answer = await forms.read(request, Answer)
    await insurance.choose_counted(acting(request), member.person_id, given=bool(answer.counted))
    return redirect(request, HERE, said="enregistre")


HANDLERS = [show, create, file, destroy, choose]
