"""Who changed what of the settings, and when."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from backend.audit.rules import Actor
from backend.identity.rules import Role
from backend.kit import formats, hours, text
from backend.kit.errors import N_
from backend.kit.holidays import Zone
from backend.kit.hours import Hours
from backend.kit.translations import translated as _
from backend.membership.rules import Category
from backend.people import history
from backend.people.history import SHOWN, SettingChange
from web.office.dues import CATEGORIES
from web.office.settings import CLUB, MONEY, shown
from web.office.sites import ZONES
from web.office.team import ROLES

AnyRequest = Request[Any, Any, Any]
HERE = f"{CLUB}/historique"
ACTS = {
    "club.saved": N_("Le club"),
    "club.senders": N_("Les messages du club"),
    "club.logo": N_("Le logo"),
    "bank_set": N_("Le compte bancaire"),
    "price_set": N_("Un prix par mois"),
    "ways_set": N_("Les moyens de payer"),
    "ladder_set": N_("Les rappels"),
    "text.published": N_("Un texte, nouvelle version"),
    "site.opened": N_("Un point de conciergerie, ouvert"),
    "site.changed": N_("Un point de conciergerie"),
    "site.closed": N_("Un point de conciergerie, fermé"),
    "site.reopened": N_("Un point de conciergerie, rouvert"),
    "site.closure": N_("Une fermeture"),
    "site.closure_withdrawn": N_("Une fermeture, annulée"),
    "site.extra": N_("Une ouverture exceptionnelle"),
    "site.extra_withdrawn": N_("Une ouverture exceptionnelle, annulée"),
    "landlord.renamed": N_("Un bailleur"),
    "residence.changed": N_("Une résidence"),
    "retention.set": N_("Les durées de conservation"),
    "campaign.rules": N_("Les règles des campagnes"),
    "partner_terms.set": N_("Les règles des partenaires"),
    "target_set": N_("Le budget ou un plafond"),
    "role.grant": N_("Un rôle donné"),
    "role.end": N_("Un rôle retiré"),
    "staff.site": N_("Le lieu de travail"),
    "staff.reset": N_("Le second code"),
    "person.suspend": N_("Une suspension"),
    "person.resume": N_("Un retour"),
}
NAMES: dict[str, str] = {
    "name": N_("Nom"),
    "short_name": N_("Nom court"),
    "street": N_("Rue"),
    "postcode": N_("Code postal"),
    "town": N_("Commune"),
    "email": N_("E-mail"),
    "phone": N_("Téléphone"),
    "rna": N_("RNA"),
    "siret": N_("SIRET"),
    "grace_days": N_("Jours de grâce"),
    "debit_days": N_("Jours d'attente d'un prélèvement"),
    "opening_text": N_("Ouverture"),
    "mail_name": N_("Nom sur les e-mails"),
    "reply_to": N_("Réponses à"),
    "sms_sender": N_("Nom sur les SMS"),
    "partner_messages": N_("Messages de partenaires par semaine"),
    "stop_number": N_("Numéro STOP"),
    "logo": N_("Image n°"),
    "iban": N_("IBAN"),
    "ways": N_("Moyens"),
    "ladder": N_("Rappels"),
    "hours": N_("Horaires"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "open_sites": N_("Ouvert"),
    "holiday_zone": N_("Jours fériés"),
    "closure": N_("Fermeture"),
    "extra": N_("Ouverture exceptionnelle"),
    "priority_district": N_("Quartier prioritaire"),
    "prospects_months": N_("Mois, jamais payé"),
    "lapsed_months": N_("Mois, adhésion finie"),
    "logs_months": N_("Mois, journaux"),
    "messages_months": N_("Mois, messages"),
    "leads_months": N_("Mois, demandes d’appel"),
    "calls_months": N_("Mois, appels attendus"),
    "budget": N_("Budget de l’année"),
    "ceiling": N_("Plafond de l’année"),
    "shop_cents": N_("Cotisation d’un commerce"),
    "firm_cents": N_("Cotisation d’une entreprise"),
    "association_cents": N_("Cotisation d’une association"),
    "campaigns_a_year": N_("Campagnes par an"),
    "renew_days": N_("Jours avant la fin, partenaires"),
    "offer_days": N_("Jours pour une place"),
    "hold_days": N_("Jours d’attente"),
    "vat_text": N_("Texte de TVA"),
    "role": N_("Rôle"),
    "site": N_("Lieu"),
    "suspended": N_("Suspendu"),
    "factors": N_("Seconds codes"),
    **{category.value: name for category, name in CATEGORIES.items()},
}
OTHERS = {
    Role.MERCHANT.value: N_("Commerçant"),
    Role.INSURER.value: N_("Assureur"),
    Role.REFERENT.value: N_("Référent du bailleur"),
}
SYSTEM = N_("Le logiciel")
OPENINGS = re.compile(r"(\d) (\d\d:\d\d)-(\d\d:\d\d)")
MONEY_NAMES = frozenset({"budget", "ceiling", "shop_cents", "firm_cents", "association_cents"})
YES_OR_NO = {True: N_("oui"), False: N_("non")}


@get(HERE, guards=[MONEY])
async def index(request: AnyRequest, avant: FromQuery[int | None] = None) -> Response[str]:
    changes = await history.setting_changes(avant)
    return await shown(
        request,
        "office/history/index.html",
        title=_("Historique des réglages"),
        lines=[(each, said(each)) for each in changes],
        acts=ACTS,
        system=SYSTEM,
        people=Actor.PERSON,
        older=f"{HERE}?avant={changes[-1].id}" if len(changes) == SHOWN else "",
        newer=HERE if avant else "",
    )


def said(change: SettingChange) -> list[tuple[str, str, str]]:
    """Name, before, after: as people read them."""
    return [
        (NAMES.get(name, name), _value(name, before), _value(name, after))
        for name, (before, after) in change.changes.items()
        if before or after
    ]


def _hours(stored: str) -> str:
    """Each opening as it is kept, "2 14:00-18:00": "Mercredi 14h-18h"."""
    found = [
        Hours(int(day), time.fromisoformat(opens), time.fromisoformat(closes))
        for day, opens, closes in OPENINGS.findall(stored)
    ]
    return ", ".join(f"{day} {said}" for day, said in hours.show_week(found)) or stored


def _role(value: str) -> str:
    return ROLES[Role(value)][0] if value in ROLES else OTHERS.get(value, value)


SHOWN_AS: dict[str, Callable[[Any], str]] = {
    "role": _role,
    "holiday_zone": lambda value: ZONES[Zone(value)],
    "hours": _hours,
    "phone": text.show_phone,
    **dict.fromkeys(MONEY_NAMES, formats.euros),
}


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return YES_OR_NO[value]
    if name in set(Category) and isinstance(value, int):
        return formats.euros(value)
    return SHOWN_AS.get(name, str)(value)
