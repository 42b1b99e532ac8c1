"""The record's verbs in the counter's words."""

from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit import formats
from backend.kit.errors import N_
from backend.people.queries import Act

SAID = {
    "household_joined": N_("Adhésion au club"),
    "adult_added": N_("Adulte ajouté au foyer"),
    "child_added": N_("Enfant ajouté au foyer"),
    "person_left": N_("Départ du foyer"),
    "check_closed": N_("Logement vérifié"),
    "dues_taken": N_("Cotisation encaissée"),
    "dues_undone": N_("Cotisation annulée et rendue"),
    "paper_card_made": N_("Carte papier imprimée"),
    "card_revoked": N_("Carte retirée"),
    "person.rename": N_("Nom corrigé"),
    "contact.add": N_("Adresse ajoutée"),
    "contact.end": N_("Adresse retirée"),
    "trace.print": N_("Papier de suivi remis"),
    "voucher.claim": N_("Bon pris"),
    "voucher.cancel": N_("Bon annulé"),
    "voucher.revoke": N_("Bon retiré"),
    "voucher.print": N_("Bon imprimé"),
    "voucher.redeem": N_("Avantage utilisé"),
    "voucher.undo": N_("Utilisation annulée"),
    "session.open": N_("Connexion"),
    "session.end": N_("Déconnexion"),
}


class Line(msgspec.Struct, frozen=True):
    """One act as it is read: what, which one, by whom."""

    what: str
    detail: str
    by: str


def line(act: Act) -> Line:
    return Line(said(act.verb), _detail(act.facts), _by(act))


def said(verb: str) -> str:
    """A verb without words of its own is shown as it is: better than a silent gap."""
    return SAID.get(verb, verb)


def _detail(facts: dict[str, Any]) -> str:
    if "title" in facts:
        return str(facts["title"])
    return formats.euros(facts["amount_cents"]) if "amount_cents" in facts else ""


def _by(act: Act) -> str:
    if act.own:
        return N_("par la personne")
    if act.actor is Actor.TILL:
        return N_("à la caisse")
    return act.by or N_("par le club")
