"""How lending speaks to tenants: pictures for kinds of things, times as people say them, states."""

from datetime import date, datetime, time, timedelta

from backend.kit import clock, formats, text
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.kit.zone import paris
from backend.lending.rules import LineState, Period

# A word of the kind's name -> the picture that stands for it.
PICTURES = {
    "livre": "books",
    "jeu": "toys",
    "jouet": "toys",
    "salle": "room",
    "voiture": "wheel",
    "velo": "bike",
    "cuisine": "pot",
    "menage": "laundry",
    "couture": "sewing",
    "peinture": "paint",
}
OTHERWISE = "drill"
STATES = {
    LineState.HELD: ("mind", N_("À confirmer")),
    LineState.REQUESTED: ("mind", N_("Le club va répondre")),
    LineState.CONFIRMED: ("yes", N_("Réservé")),
    LineState.READY: ("yes", N_("Prêt au comptoir")),
    LineState.CHECKED_OUT: ("plain", N_("Chez vous")),
    LineState.RETURNED: ("yes", N_("Rendu")),
    LineState.CLOSED: ("yes", N_("Rendu")),
    LineState.WAITLISTED: ("plain", N_("En attente")),
    LineState.OFFERED: ("mind", N_("C'est libre : répondez")),
    LineState.EXPIRED: ("plain", N_("Délai passé")),
    LineState.REJECTED: ("stop", N_("Refusé par le club")),
    LineState.CANCELLED_BY_TENANT: ("plain", N_("Annulé")),
    LineState.CANCELLED_BY_STAFF: ("stop", N_("Annulé par le club")),
    LineState.NO_SHOW: ("stop", N_("Pas venu")),
    LineState.LOST: ("stop", N_("Perdu")),
    LineState.BLOCKED: ("plain", N_("Hors service")),
}


def picture_for(category: str) -> str:
    """The flat picture of a kind of things."""
    folded = text.fold(category)
    return next((name for word, name in PICTURES.items() if word in folded), OTHERWISE)


def last_day(period: Period) -> date:
    """The day on which it ends; one that ends at midnight ends the day before."""
    return paris(period.end - timedelta(microseconds=1)).date()


def spoken(period: Period, *, by_hour: bool) -> str:
    """As in « du mardi 24 au jeudi 26 novembre » or « jeudi 26 novembre, de 14:00 à 16:00 »."""
    today, first, last = clock.today(), paris(period.start).date(), last_day(period)
    if by_hour and first == last:
        day = formats.weekday(first, today)
        return _(
            "%(day)s, de %(first)s à %(last)s",
            day=day,
            first=formats.hour(period.start),
            last=formats.hour(period.end),
        )
    if first == last:
        return formats.weekday(first, today)
    until = formats.weekday(last, today)
    since = formats.weekday(first, today)
    if (first.year, first.month) == (last.year, last.month):
        since = since.rsplit(" ", 1)[0]
    return _("du %(first)s au %(last)s", first=since, last=until)


def soon(day: date) -> str:
    """As in « demain » or « mardi », as long as nobody can take it for another one."""
    ahead = (day - clock.today()).days
    near = {0: N_("aujourd’hui"), 1: N_("demain")}
    if ahead in near:
        return near[ahead]
    full = formats.weekday(day, clock.today())
    return full.split(" ")[0] if 1 < ahead < 7 else full


def due(instant: datetime) -> str:
    """As in « jeudi 26 novembre avant 18 h »."""
    wall = paris(instant - timedelta(microseconds=1))
    hour = paris(instant)
    day = formats.weekday(wall.date(), clock.today())
    if wall.date() != hour.date():
        return day
    return _("%(day)s avant %(hour)s", day=day, hour=formats.wall(hour.time()))


def lengths_of(step: int, longest: int) -> list[tuple[int, str]]:
    """The lengths one can choose, in minutes and in words: by the grid, a day at most."""
    return [
        (minutes, formats.wall(time(minutes // 60, minutes % 60)))
        if minutes >= 60
        else (minutes, f"{minutes} min")
        for minutes in range(step, min(longest, 23 * 60) + 1, step)
    ]
