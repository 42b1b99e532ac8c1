"""The page of one line: where it is, what goes with it, and the gestures it can have now."""

from typing import Any

from litestar import Response

from backend.http.forms import Form
from backend.kit import clock, codes
from backend.kit.errors import N_
from backend.kit.text import read_number
from backend.kit.translations import translated
from backend.lending import queries as lending
from backend.lending.errors import BookingUnknown, UnitUnknown
from backend.lending.queries.checks import checks_of
from backend.lending.rules import UNDO_WITHIN, LineState, Outcome
from web.desk import frame
from web.desk.frame import AnyRequest

HERE = "/comptoir/prets"
# How a thing came back, in the order of how often.
OUTCOMES = {
    Outcome.FINE: N_("En bon état"),
    Outcome.DIRTY: N_("Sale"),
    Outcome.PART_MISSING: N_("Il manque une pièce"),
    Outcome.DAMAGED: N_("Abîmé"),
    Outcome.NOT_WORKING: N_("Ne marche plus"),
}
WORDS = {**OUTCOMES, Outcome.LOST: N_("Perdu pour de bon")}
STATES = {
    LineState.HELD: ("mind", N_("En cours de choix")),
    LineState.REQUESTED: ("mind", N_("À accepter")),
    LineState.CONFIRMED: ("plain", N_("À préparer")),
    LineState.READY: ("yes", N_("Prêt")),
    LineState.CHECKED_OUT: ("plain", N_("Prêté")),
    LineState.RETURNED: ("mind", N_("À contrôler")),
    LineState.CLOSED: ("yes", N_("Rendu")),
    LineState.WAITLISTED: ("plain", N_("En attente")),
    LineState.OFFERED: ("mind", N_("Proposé")),
    LineState.EXPIRED: ("plain", N_("Délai passé")),
    LineState.REJECTED: ("stop", N_("Refusé")),
    LineState.CANCELLED_BY_TENANT: ("plain", N_("Annulé par le foyer")),
    LineState.CANCELLED_BY_STAFF: ("plain", N_("Annulé par le club")),
    LineState.NO_SHOW: ("stop", N_("Pas venu")),
    LineState.LOST: ("stop", N_("Perdu")),
    LineState.BLOCKED: ("stop", N_("Hors service")),
}


async def page(request: AnyRequest, line: str, form: Form | None = None) -> Response[Any]:
    """As it is shown first, and again with what was typed."""
    loan = await lending.get_line(number(line))
    seen = await checks_of(loan.id)
    now = clock.now()
    return await frame.page(
        request,
        "desk/loans/show.html",
        title=loan.name,
        here=await frame.place(request),
        focus=False,
        form=form,
        loan=loan,
        seen=seen,
        may_undo=seen.noted_at is not None and seen.noted_at > now - UNDO_WITHIN,
        states=STATES,
        outcomes=[(kind.value, translated(word)) for kind, word in OUTCOMES.items()],
        words={kind.value: word for kind, word in WORDS.items()},
        today=clock.today(),
        key=codes.random_id(),
    )


def number(line: str) -> int:
    found = read_number(line)
    if found is None:
        raise BookingUnknown
    return found


def unit_code(scanned: str) -> str:
    """The code of a label, scanned or typed; "" for none. Raises UnitUnknown for another code."""
    if not scanned:
        return ""
    understood = codes.understand(scanned)
    if isinstance(understood, codes.Unit | codes.TypedCode):
        return understood.code
    raise UnitUnknown
