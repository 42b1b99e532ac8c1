"""Papers of activities: a month for the hall, each session with a code to scan (A3); a leader's list."""

from collections.abc import Sequence
from datetime import date

from babel.dates import format_date

from backend.activities import queries
from backend.activities.queries import Guest, Session
from backend.activities.rules import SeatState
from backend.kit import clock, formats, papers
from backend.kit.qr import qr_svg
from backend.kit.translations import translated as _
from backend.kit.zone import paris
from backend.notifications.surroundings import link
from backend.places import queries as places


async def print_month(first_on: date, last_on: date) -> bytes:
    """The PDF, A4: what takes place in these days, each with its code. No name but the leader's."""
    found = await queries.agenda(first_on, last_on)
    data = {
        "title": _("Agenda"),
        "month": str(format_date(first_on, "MMMM y", locale="fr")),
        "club": await places.club_name(),
        "how": _("Scannez un code pour prendre une place, ou passez au comptoir."),
        "empty": _("Rien n'est encore prévu ce mois-ci. Passez nous voir."),
        "sessions": [_card(each) for each in found if each.cancelled_at is None],
    }
    return await papers.render("activities", "month", data)


def _card(session: Session) -> dict[str, str]:
    return {
        "title": session.title,
        "day": formats.weekday(session.day, clock.today()),
        "hours": hours(session),
        "place": session.place,
        "more": ", ".join(filter(None, (ages(session), price(session)))),
        "qr": papers.picture(qr_svg(link(f"/agenda/{session.public_id}"))),
    }


async def print_list(session: Session, guests: Sequence[Guest]) -> bytes:
    """For whoever leads it: a box to tick, a first name, an age band; nothing else is needed."""
    data = {
        "title": session.title,
        "when": f"{formats.weekday(session.day, clock.today())}, {hours(session)}",
        "place": session.place,
        "material": session.material,
        "club": await places.club_name(),
        "said": _("À rendre au comptoir après la séance. Ne pas garder, ne pas photographier."),
        "guests": _lines(guests, SeatState.TAKEN),
        "waiting": _lines(guests, SeatState.WAITING),
        "free": max(0, session.capacity - session.taken),
    }
    return await papers.render("activities", "list", data)


def _lines(guests: Sequence[Guest], state: SeatState) -> list[dict[str, str]]:
    return [{"name": one.name, "age": _(one.age)} for one in guests if one.state is state]


def hours(session: Session) -> str:
    """As in « de 18 h à 20 h »."""
    start, end = (formats.wall(paris(at).time()) for at in (session.starts_at, session.ends_at))
    return _("de %(first)s à %(last)s", first=start, last=end)


def ages(session: Session) -> str:
    """As in « de 6 à 12 ans », or "" for everybody."""
    least, most = session.age_from, session.age_to
    if least and most is not None:
        return _("de %(least)s à %(most)s ans", least=least, most=most)
    if least:
        return _("dès %(least)s ans", least=least)
    return _("jusqu'à %(most)s ans", most=most) if most is not None else ""


def price(session: Session) -> str:
    return formats.euros(session.price_cents) if session.price_cents else _("gratuit")
