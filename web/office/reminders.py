"""The ladder of reminders, as the office sets it (N5)."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from backend.http import forms
from backend.http.forms import Form
from backend.http.respond import redirect
from backend.kit import clock
from backend.kit.errors import N_, Invalid
from backend.kit.translations import options
from backend.kit.translations import translated as _
from backend.membership import choices
from backend.membership import service as membership
from backend.membership.reminders import MOST_STEPS, Channel, Step
from web.office.settings import CLUB, shown
from web.office.staff import MANAGER, by

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/rappels"
EMPTY_LINES, WAYS = 2, 3
CHANNELS = {
    Channel.EMAIL: N_("E-mail"),
    Channel.SMS: N_("SMS"),
    Channel.PRINT: N_("Lettre"),
    Channel.DOOR: N_("Visite"),
}
BEFORE, AFTER = "avant", "apres"
SIDES = {BEFORE: N_("jours avant"), AFTER: N_("jours après")}
MISTAKE = N_("Écrivez un nombre, en chiffres.")


class SinceForm(msgspec.Struct, frozen=True):
    since: date


async def _page(request: AnyRequest, form: Form | None = None) -> Response[str]:
    today = clock.today()
    steps = await choices.ladder(today)
    form = form or Form({**typed(steps), "since": today.isoformat()})
    return await shown(
        request,
        "office/reminders/edit.html",
        title=_("Rappels de cotisation"),
        form=form,
        lines=_lines(form, len(steps)),
        steps=[(step, [CHANNELS[one] for one in step.channels]) for step in steps],
        dated=[
            (each, [CHANNELS[one] for one in each.step.channels])
            for each in await choices.all_steps()
        ],
        channels=options(CHANNELS),
        sides=options(SIDES),
        ways=range(WAYS),
        today=today,
    )


@get(HERE, guards=[MANAGER])
async def edit(request: AnyRequest) -> Response[str]:
    return await _page(request)


@post(HERE, guards=[MANAGER])
@forms.again(_page)
async def update(request: AnyRequest) -> Response[Any]:
    """From today on at the earliest: what was told stays told."""
    values = await forms.typed_values(request)
    wish = await forms.read(request, SinceForm)
    if wish.since < clock.today():
        raise Invalid({"since": N_("Choisissez aujourd'hui ou un jour à venir.")})
    await membership.set_ladder(by(request), read_steps(values), wish.since)
    return redirect(request, HERE, said="enregistre")


def read_steps(values: dict[str, str]) -> list[Step]:
    """Each line that has a number of days. Raises Invalid with every wrong line."""
    steps, wrong = [], {}
    for line in range(MOST_STEPS + 1):
        days = values.get(f"days_{line}", "")
        if not days:
            continue
        if not (days.isascii() and days.isdecimal() and len(days) < 5):
            wrong[f"days_{line}"] = MISTAKE
            continue
        side = -1 if values.get(f"side_{line}") == BEFORE else 1
        steps.append(Step(side * int(days), _channels(values, line)))
    if wrong:
        raise Invalid(wrong)
    return steps


def _channels(values: dict[str, str], line: int) -> tuple[Channel, ...]:
    """In their order, each once."""
    chosen = [values.get(f"way_{line}_{place}", "") for place in range(WAYS)]
    known = [Channel(word) for word in chosen if word in set(Channel)]
    return tuple(dict.fromkeys(known))


def typed(steps: Sequence[Step]) -> dict[str, str]:
    """A ladder as its form shows it."""
    values: dict[str, str] = {}
    for line, step in enumerate(steps):
        values[f"days_{line}"] = str(abs(step.offset_days))
        values[f"side_{line}"] = BEFORE if step.offset_days < 0 else AFTER
        values |= {f"way_{line}_{place}": way for place, way in enumerate(step.channels[:WAYS])}
    return values


def _lines(form: Form, steps: int) -> range:
    """Those that were typed, and a few empty ones."""
    used = [line for line in range(MOST_STEPS) if form.values.get(f"days_{line}")]
    return range(min(MOST_STEPS, max([steps - 1, *used]) + 1 + EMPTY_LINES))
