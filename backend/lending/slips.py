"""What a household takes home from the counter: on paper, or to its address (L27)."""

from collections.abc import Sequence

from backend.audit.service import By, note
from backend.kit import clock, codes, formats, papers
from backend.kit.database import transaction
from backend.kit.translations import translated as _
from backend.lending.queries.gestures import Slip, slip_of
from backend.lending.queries.views import LineView
from backend.notifications import service as notifications
from backend.people.rules import Address
from backend.places import queries as places


async def slip_today(household_id: int) -> Slip:
    """Of the day: what was done twice this morning stands on one slip."""
    return await slip_of(household_id, clock.start_of_day(clock.today()))


async def print_slip(slip: Slip, name: str, household: str) -> bytes:
    """The PDF."""
    parts = [
        (_("Pris aujourd'hui"), [_line(line, _due(line)) for line in slip.taken]),
        (_("Rendu aujourd'hui"), [_line(line, _("Merci.")) for line in slip.brought]),
        (_("Encore chez vous"), [_line(line, _due(line)) for line in slip.kept]),
    ]
    data = {
        "title": _("Vos prêts"),
        "club": await places.club_name(),
        "name": name,
        "household": _("Foyer %(number)s", number=household),
        "at": formats.moment(clock.now()),
        "parts": [{"title": title, "lines": lines} for title, lines in parts if lines],
        "help": _("Un empêchement ? Prévenez le comptoir avant la date."),
    }
    return await papers.render("lending", "slip", data)


async def send_slip(by: By, key: str, person_id: int, slip: Slip) -> Address | None:
    """To the person's best address, once under this key; None where they have none."""
    values: dict[str, object] = {
        "taken": _said(slip.taken),
        "brought": _said(slip.brought),
        "kept": _said(slip.kept),
        "at": clock.now(),
    }
    async with transaction():
        told = await notifications.tell(
            "lending.slip", f"lending.slip:{key}", person_id=person_id, values=values
        )
        await note("lending.slip", by, subject_id=person_id)
    return told


def _said(lines: Sequence[LineView]) -> list[dict[str, object]]:
    return [{"name": line.name, "due": line.period.end} for line in lines]


def _line(line: LineView, words: str) -> dict[str, str]:
    return {
        "name": line.name,
        "code": codes.grouped(line.unit) if line.unit else "",
        "words": words,
    }


def _due(line: LineView) -> str:
    return _("À rendre au plus tard le %(moment)s.", moment=formats.moment(line.period.end))
