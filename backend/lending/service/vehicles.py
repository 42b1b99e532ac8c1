"""What vehicles ask for besides (L39): a licence in date, kilometres and charge at both ends."""

from datetime import date, datetime

from backend.kit import clock
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.kit.zone import paris
from backend.lending.errors import ChargeNeeded, ChargeWrong, LicenceNeeded
from backend.lending.policy import Model
from backend.lending.service.acts import check_staff, once, trace
from backend.lending.values import Ask, Back, Handed


@once_more
async def note_licence(ask: Ask, person_id: int, valid_until: date) -> None:
    """Somebody of the house saw the licence; only its last day is kept."""
    check_staff(ask)

    async def act() -> str:
        await fetch(
            "INSERT INTO licence (person, valid_until, seen_at, seen_by) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT ON CONSTRAINT licence_once DO UPDATE SET"
            " valid_until = EXCLUDED.valid_until, seen_at = EXCLUDED.seen_at,"
            " seen_by = EXCLUDED.seen_by",
            person_id,
            valid_until,
            clock.now(),
            ask.by.id,
        )
        await trace("licence", ask, person_id, "", until=valid_until.isoformat())
        return ""

    async with transaction():
        body = {"verb": "licence", "person": person_id, "until": valid_until}
        await once(ask, body, str, act)


async def check_licence(model: Model, person_id: int | None, due_at: datetime) -> None:
    """In date until the vehicle is due back. Raises LicenceNeeded."""
    within()
    if not model.policy.needs_licence:
        return
    until = paris(due_at).date()
    good: date | None = await fetch_value(
        "SELECT valid_until FROM licence WHERE person = $1", person_id
    )
    if good is None or good < until:
        raise LicenceNeeded(until=until)


async def check_charge(model: Model, unit_id: int, seen: Handed | Back) -> None:
    """Both are written at both ends; a vehicle never drives backwards. Raises ChargeNeeded, ChargeWrong."""
    within()
    if not model.policy.asks_charge:
        return
    if seen.kilometres is None or seen.charge is None:
        raise ChargeNeeded
    last = await fetch_value("SELECT kilometres FROM unit WHERE id = $1", unit_id)
    if not 0 <= seen.charge <= 100 or seen.kilometres < (last or 0):
        raise ChargeWrong
