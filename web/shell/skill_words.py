"""The skill exchange in French: kinds, places, parts of the week, states, signs."""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from backend.kit.errors import N_
from backend.kit.translations import translated
from backend.skills import law, rules
from backend.skills.rules import ExchangeState, ListingKind, Outcome, Place, Wrong

KINDS = {ListingKind.OFFER: N_("Je propose"), ListingKind.REQUEST: N_("Je cherche")}
KIND_TAGS = {ListingKind.OFFER: N_("Propose"), ListingKind.REQUEST: N_("Cherche")}
CATEGORIES = rules.CATEGORY_NAMES
PLACES = {
    Place.ANYWHERE: N_("Peu importe"),
    Place.AT_MINE: N_("Chez moi"),
    Place.AT_THEIRS: N_("Chez le voisin"),
    Place.AT_DESK: N_("À la conciergerie"),
}
# As a neighbour reads them.
THEIR_PLACES = {
    Place.ANYWHERE: N_("Lieu à convenir"),
    Place.AT_MINE: N_("Chez la personne de l’annonce"),
    Place.AT_THEIRS: N_("Chez vous"),
    Place.AT_DESK: N_("À la conciergerie"),
}
DAYS = (
    N_("lundi"),
    N_("mardi"),
    N_("mercredi"),
    N_("jeudi"),
    N_("vendredi"),
    N_("samedi"),
    N_("dimanche"),
)
PARTS = (N_("matin"), N_("après-midi"), N_("soir"))
# A word and its sign.
STATES = {
    ExchangeState.ASKED: ("mind", N_("En attente d’une réponse")),
    ExchangeState.AGREED: ("yes", N_("C’est d’accord")),
    ExchangeState.DONE: ("yes", N_("C’est fait")),
    ExchangeState.REFUSED: ("plain", N_("Pas cette fois")),
    ExchangeState.WITHDRAWN: ("plain", N_("Annulé")),
    ExchangeState.CLOSED: ("plain", N_("Fermé par le club")),
}
NOTICES = {sign.value: words for sign, words in law.NOTICES.items()}
WRONGS = {
    Wrong.RUDE: N_("Des mots blessants"),
    Wrong.SELLING: N_("Une vente ou un travail payé"),
    Wrong.DANGEROUS: N_("Un danger"),
    Wrong.NOT_COME: N_("La personne n’est pas venue"),
    Wrong.OTHER: N_("Autre chose"),
}
OUTCOMES = {
    Outcome.NOTHING: N_("Rien à retirer"),
    Outcome.WARNED: N_("Nous lui avons parlé"),
    Outcome.REMOVED: N_("Retiré"),
}


class Message(msgspec.Struct, frozen=True):
    """The form of one more message."""

    words: str
    key: Annotated[str, msgspec.Meta(max_length=64)]


class Yes(msgspec.Struct, frozen=True):
    """A tap, and whether the contact may be shown."""

    shares: str = ""


def spoken_slots(slots: Sequence[int]) -> str:
    """As in « lundi matin, jeudi »: a whole day by its name alone; empty for whoever said nothing."""
    said = []
    for day, name in enumerate(DAYS):
        parts = [part for part in range(rules.PARTS_OF_A_DAY) if _slot(day, part) in slots]
        if len(parts) == rules.PARTS_OF_A_DAY:
            said.append(translated(name))
        else:
            said += [f"{translated(name)} {translated(PARTS[part])}" for part in parts]
    return ", ".join(said)


def _slot(day: int, part: int) -> int:
    return day * rules.PARTS_OF_A_DAY + part


def week() -> list[tuple[str, list[tuple[int, str]]]]:
    """The days with their parts, each by its number, as a form shows them."""
    return [
        (name, [(_slot(day, part), words) for part, words in enumerate(PARTS)])
        for day, name in enumerate(DAYS)
    ]


def slots_of(typed: dict[str, str]) -> tuple[int, ...]:
    """The boxes `slot_0` to `slot_20` that were ticked."""
    every = range(len(DAYS) * rules.PARTS_OF_A_DAY)
    return tuple(slot for slot in every if typed.get(f"slot_{slot}"))
