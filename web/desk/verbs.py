"""The record's verbs in the counter's words."""

from datetime import date, datetime
from typing import Any

import msgspec

from backend.audit.rules import Actor
from backend.kit import clock, formats
from backend.kit.errors import N_
from backend.people.queries import Act

SAID = {
    "household_joined": N_("Adhésion au club"),
    "adult_added": N_("Adulte ajouté au foyer"),
    "child_added": N_("Enfant ajouté au foyer"),
    "person_left": N_("Départ du foyer"),
    "person_moved_in": N_("Entrée dans le foyer"),
    "household_merged": N_("Foyers réunis"),
    "household_rehoused": N_("Logement changé"),
    "household_ended": N_("Le foyer a quitté le club"),
    "stay_confirmed": N_("Habite toujours là"),
    "became_neighbours": N_("Devenu voisin"),
    "check_closed": N_("Logement vérifié"),
    "dues_taken": N_("Cotisation encaissée"),
    "plan_stopped": N_("Paiement mensuel arrêté"),
    "payment_short": N_("Paiement incomplet reçu : à voir"),
    "dues_undone": N_("Cotisation annulée et rendue"),
    "drawer_opened": N_("Caisse ouverte"),
    "drawer_closed": N_("Caisse comptée et fermée"),
    "drawer_deposit": N_("Espèces portées à la banque"),
    "paper_card_made": N_("Carte papier imprimée"),
    "card_revoked": N_("Carte retirée"),
    "person.rename": N_("Nom corrigé"),
    "contact.add": N_("Adresse ajoutée"),
    "contact.end": N_("Adresse retirée"),
    "consent.choose": N_("Choix de messages notés"),
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
    """One act as it is read: what, which one, by whom: a `name`, or a word for who has none here."""

    what: str
    detail: str
    name: str
    word: str


def line(act: Act) -> Line:
    name = "" if act.own or act.actor is Actor.TILL else act.by
    return Line(said(act.verb), _detail(act.facts), name, _word(act))


def when(value: date | datetime) -> str:
    """Short, since a row has little room: the hour of today, "sam. 21 nov." of another day."""
    if isinstance(value, datetime):
        on = clock.paris(value).date()
        return formats.hour(value) if on == clock.today() else _short(on)
    return _short(value)


def _short(on: date) -> str:
    return formats.short_day(on, clock.today())


def said(verb: str) -> str:
    """A verb without words of its own is shown as it is: better than a silent gap."""
    return SAID.get(verb, verb)


def _detail(facts: dict[str, Any]) -> str:
    if "title" in facts:
        return str(facts["title"])
    return formats.euros(facts["amount_cents"]) if "amount_cents" in facts else ""


def _word(act: Act) -> str:
    if act.own:
        return N_("par la personne")
    return N_("à la caisse") if act.actor is Actor.TILL else N_("par le club")
