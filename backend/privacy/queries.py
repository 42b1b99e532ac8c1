"""Everything the club knows of one person, as one file."""

import re
from datetime import date, datetime
from typing import Any

import msgspec

from backend.kit import clock, formats
from backend.kit.database import fetch
from backend.kit.dossier import Section, ask
from backend.kit.errors import N_
from backend.membership.privacy import STAYS
from backend.privacy.parts import ABOUT


class Dossier(msgspec.Struct, frozen=True):
    made_at: datetime
    sections: list[Section]

    def json(self) -> bytes:
        """The file: a name for each section, its rows as objects; days and instants by RFC 3339."""
        values = {
            "made_at": self.made_at,
            **{section.part.name: section.rows for section in self.sections},
        }
        return msgspec.json.format(msgspec.json.encode(values), indent=2)


async def dossier(person_id: int) -> Dossier:
    return Dossier(clock.now(), await ask(ABOUT, person_id, STAYS))


# What is a word of ours in the rows, as people say it.
WORDS = {
    "yes": N_("oui"),
    "no": N_("non"),
    "email": N_("e-mail"),
    "sms": N_("SMS"),
    "push": N_("sur l'appareil"),
    "paper": N_("papier"),
    "phone": N_("téléphone"),
    "post": N_("courrier"),
    "online": N_("en ligne"),
    "desk": N_("au comptoir"),
    "monthly": N_("en ligne, chaque mois"),
    "sepa": N_("prélèvement"),
    "cash": N_("espèces"),
    "cheque": N_("chèque"),
    "transfer": N_("virement"),
    "payment": N_("paiement"),
    "refund": N_("remboursement"),
    "dispute": N_("contestation"),
    "reinstated": N_("contestation gagnée"),
    "tenant": N_("locataire"),
    "neighbour": N_("voisin"),
    "reduced": N_("réduit"),
    "free": N_("gratuit"),
    "club_life": N_("vie du club"),
    "partner_offers": N_("avantages des partenaires"),
    "reminders": N_("rappels de cotisation"),
    "issued": N_("en cours ou passé"),
    "redeemed": N_("utilisé"),
    "cancelled": N_("annulé"),
    "revoked": N_("retiré"),
    "person": N_("une personne"),
    "till": N_("une caisse"),
    "system": N_("le club"),
    "fr": N_("français"),
    "proved": N_("prouvé"),
    "to_check": N_("à vérifier"),
    "print": N_("lettre"),
    "door": N_("visite"),
    "erased": N_("effacé"),
    "returned": N_("remboursement revenu"),
    "merchant": N_("commerçant"),
    "insurer": N_("assureur"),
    "treasurer": N_("trésorier"),
    "manager": N_("responsable"),
    "admin": N_("administrateur"),
    "referent": N_("référent du bailleur"),
    "any": N_("à tout moment"),
    "morning": N_("le matin"),
    "noon": N_("à midi"),
    "afternoon": N_("l’après-midi"),
    "evening": N_("le soir"),
    "sent": N_("envoyée"),
    "contacted": N_("contact pris"),
    "quoted": N_("devis fait"),
    "signed": N_("signée"),
    "refused": N_("sans suite"),
    "withdrawn": N_("retirée"),
    "kept": N_("gardée"),
    "reversed": N_("annulée"),
    "travel": N_("deux lieux éloignés"),
    "self": N_("utilisations dans son magasin"),
    "totp": N_("application"),
    "passkey": N_("clé d'accès"),
}


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def spoken(name: str, value: Any) -> str:
    """One value as it is read on the page; "" for what is not known."""
    match value:
        case None | "" | dict():  # details of an act, for programs
            return ""
        case bool():
            return WORDS["yes" if value else "no"]
        case str() if _INSTANT.fullmatch(value):
            return formats.moment(datetime.fromisoformat(value))
        case str() if _DAY.fullmatch(value):
            return formats.day(date.fromisoformat(value))
        case int() if name.endswith("_cents"):
            return formats.euros(value)
    return WORDS.get(str(value), str(value))


class Taken(msgspec.Struct, frozen=True):
    """A list that left the house (D3)."""

    number: str
    at: datetime
    by: str
    facts: dict[str, Any]


async def lists_taken(limit: int = 50) -> list[Taken]:
    """The newest first, as far as the record goes."""
    rows = await fetch(
        "SELECT a.object_id, a.at, concat_ws(' ', p.given_name, p.family_name) AS by,"
        " a.facts::text AS facts FROM audit_entry a LEFT JOIN person p"
        " ON a.actor = 'person' AND p.id = a.actor_id WHERE a.verb = 'list.export'"
        " ORDER BY a.id DESC LIMIT $1",
        limit,
    )
    return [
        Taken(row[0], row[1], row[2], msgspec.json.decode(row[3], type=dict[str, Any]))
        for row in rows
    ]
