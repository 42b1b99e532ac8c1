"""What the tenant's pages say of offers, in the words of this space."""

from collections.abc import Sequence

from backend.kit import clock, text
from backend.kit.errors import N_
from backend.membership.rules import Status
from backend.merchants import rules as merchants
from backend.merchants.rules import Hours, Opening, PartnerCategory
from backend.offers.rules import LimitPer, LimitPeriod

CATEGORIES = {
    PartnerCategory.FOOD: N_("Courses"),
    PartnerCategory.HOME: N_("Maison"),
    PartnerCategory.TRADES: N_("Artisans"),
    PartnerCategory.MOBILITY: N_("Transports"),
    PartnerCategory.HEALTH: N_("Santé"),
    PartnerCategory.CULTURE: N_("Culture"),
    PartnerCategory.SERVICES: N_("Services"),
}
# One, and several.
OFTEN = {
    LimitPeriod.ONCE: (N_("Une seule fois."), N_("%(count)s fois en tout.")),
    LimitPeriod.DAY: (N_("Une fois par jour."), N_("%(count)s fois par jour.")),
    LimitPeriod.WEEK: (N_("Une fois par semaine."), N_("%(count)s fois par semaine.")),
    LimitPeriod.MONTH: (N_("Une fois par mois."), N_("%(count)s fois par mois.")),
    LimitPeriod.YEAR: (N_("Une fois par an."), N_("%(count)s fois par an.")),
}
FOR_WHOM = {
    LimitPer.HOUSEHOLD: N_("C’est pour tout le foyer."),
    LimitPer.ADULT: N_("C’est pour chaque adulte du foyer."),
}
DAYS = (
    N_("Lundi"),
    N_("Mardi"),
    N_("Mercredi"),
    N_("Jeudi"),
    N_("Vendredi"),
    N_("Samedi"),
    N_("Dimanche"),
)
# Where dues are paid; vouchers are taken by those whose household is up to date.
DUES = "/compte/cotisation"
UP_TO_DATE = frozenset({Status.CURRENT, Status.PROVISIONAL})
# Things are lent in the days of grace too.
CAN_BORROW = UP_TO_DATE | {Status.GRACE}


def headline(label: str, title: str) -> str:
    """What one gets, in one line: "−10 % · Le pain", or the title alone where it says so itself."""
    said = text.fold(title)
    if any(word in said.split() for word in text.fold(label).split()):
        return title
    return f"{label} · {title}"


def opening(hours: Sequence[Hours]) -> Opening | None:
    """Now."""
    here = clock.paris(clock.now())
    return merchants.opening(hours, here.date(), here.time())


def next_day(now: Opening) -> str:
    """When a closed shop opens: nothing for today, "demain", else the day of the week."""
    ahead = 0 if now.next_on is None else (now.next_on - clock.today()).days
    if ahead < 2 or now.next_on is None:
        return N_("demain") if ahead else ""
    return DAYS[now.next_on.weekday()].lower()


def week(hours: Sequence[Hours]) -> list[tuple[str, list[Hours]]]:
    """The seven days with their hours, closed ones empty."""
    return [
        (name, [each for each in hours if each.weekday == day]) for day, name in enumerate(DAYS)
    ]
