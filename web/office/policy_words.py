"""What lending rules mean, in sentences that whoever sets them can read aloud."""

from collections.abc import Iterator

from backend.kit import formats
from backend.kit.errors import N_
from backend.kit.translations import ngettext
from backend.kit.translations import translated as _
from backend.lending.policy import Policy
from backend.lending.rules import DepositMode, DueRule, PriceUnit, SlotMode

MODES = {
    SlotMode.DAYS: N_("Par jours : un outil, un livre, un jouet"),
    SlotMode.HOURS: N_("Par heures : une salle, une voiture"),
}
DUES = {
    DueRule.NEXT_OPENING: N_("Rendu à l’ouverture suivante"),
    DueRule.OPEN_DAYS: N_("Seuls les jours d’ouverture comptent"),
    DueRule.KEEP: N_("Rendu ce jour-là quand même, par exemple avec une clé"),
}
DEPOSITS = {
    DepositMode.NONE: N_("Pas de caution"),
    DepositMode.CASH_NOTE: N_("Un chèque ou des espèces, notés au comptoir"),
    DepositMode.CARD_IMPRINT: N_("Une carte enregistrée, débitée en cas de dégât"),
    DepositMode.AUTHORISATION: N_("Une somme bloquée sur la carte, moins de 6 jours"),
}
PRICES = {
    PriceUnit.LOAN: N_("par prêt"),
    PriceUnit.DAY: N_("par jour"),
    PriceUnit.HOUR: N_("par heure"),
}


def sentences(policy: Policy) -> list[str]:
    """What somebody who borrows under it can do, the most asked first."""
    return [f"{said}." for said in _said(policy)]


def _said(policy: Policy) -> Iterator[str]:
    yield ", ".join(_loan(policy))
    yield from _limits(policy)
    if policy.advance_days is not None:
        yield _("On réserve jusqu’à %(days)s jours avant", days=policy.advance_days)
    if policy.needs_approval:
        yield _("Le club répond à chaque demande")
    if policy.rules_text:
        yield _("La personne accepte d’abord vos règles d’usage")
    if policy.needs_licence:
        yield _("Il faut un permis valable")
    if around := policy.buffer_before + policy.buffer_after:
        yield _("Il reste bloqué %(minutes)s minutes autour", minutes=around)
    yield from _money(policy)


def _loan(policy: Policy) -> Iterator[str]:
    """« Prêt de 7 jours, 14 au plus, 1 renouvellement, 2 objets à la fois par foyer »"""
    yield _("Prêt de %(length)s", length=length(policy, policy.usual_length))
    if policy.longest_length != policy.usual_length:
        yield _("%(length)s au plus", length=length(policy, policy.longest_length))
    if policy.renewals:
        yield ngettext("%(num)s renouvellement", "%(num)s renouvellements", policy.renewals)
    if (most := policy.household_loans) is not None:
        yield ngettext(
            "%(num)s objet à la fois par foyer", "%(num)s objets à la fois par foyer", most
        )
    if (most := policy.person_loans) is not None:
        yield ngettext("%(num)s objet par personne", "%(num)s objets par personne", most)


def _limits(policy: Policy) -> Iterator[str]:
    if (most := policy.household_bookings) is not None:
        yield ngettext(
            "%(num)s réservation en cours au plus par foyer",
            "%(num)s réservations en cours au plus par foyer",
            most,
        )
    if (most := policy.person_bookings) is not None:
        yield ngettext(
            "%(num)s réservation en cours au plus par personne",
            "%(num)s réservations en cours au plus par personne",
            most,
        )
    if (most := policy.most_days) is not None:
        yield ngettext(
            "%(num)s jour au plus sur %(window)s jours",
            "%(num)s jours au plus sur %(window)s jours",
            most,
            window=policy.window_days,
        )
    if (most := policy.most_peaks) is not None:
        yield ngettext(
            "%(num)s moment très demandé au plus par foyer",
            "%(num)s moments très demandé au plus par foyer",
            most,
        )


def _money(policy: Policy) -> Iterator[str]:
    if policy.price_cents:
        yield f"{formats.euros(policy.price_cents)} {_(PRICES[policy.price_unit])}"
    else:
        yield _("Gratuit")
    if policy.deposit_mode is not DepositMode.NONE:
        yield _("Caution de %(price)s", price=formats.euros(policy.deposit_cents))
    if policy.fee_day_cents:
        yield _late(formats.euros(policy.fee_day_cents), policy.grace_days)
    else:
        yield _("Un retard ne coûte rien")


def _late(price: str, grace_days: int) -> str:
    if not grace_days:
        return _("Retard : %(price)s par jour d’ouverture", price=price)
    return ngettext(
        "Retard : %(price)s par jour d’ouverture, après %(num)s jour",
        "Retard : %(price)s par jour d’ouverture, après %(num)s jours",
        grace_days,
        price=price,
    )


def length(policy: Policy, count: int) -> str:
    """In days or in hours, as the policy counts."""
    if policy.slot_mode is SlotMode.DAYS:
        return ngettext("%(num)s jour", "%(num)s jours", count)
    whole, minutes = divmod(count, 60)
    if not whole:
        return _("%(minutes)s minutes", minutes=minutes)
    if minutes:
        return _("%(hours)s h %(minutes)s", hours=whole, minutes=f"{minutes:02d}")
    return ngettext("%(num)s heure", "%(num)s heures", whole)
