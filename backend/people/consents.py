"""The words people say yes or no to, each version kept: the register names the one that was read.

A change of words is a new version below, never an edit: a yes was said to the words of its day.
"""

import msgspec

from backend.kit.errors import N_
from backend.people.rules import Subject


class Words(msgspec.Struct, frozen=True):
    title: str
    sentence: str


TEXTS: dict[str, dict[Subject, Words]] = {
    "2026-11": {
        Subject.CLUB_LIFE: Words(
            N_("La vie du club"),
            N_("Ateliers, sorties, nouveautés : le club vous écrit."),
        ),
        Subject.PARTNER_OFFERS: Words(
            N_("Les avantages des partenaires"),
            N_("Le club vous envoie les offres. Vos coordonnées restent au club."),
        ),
        Subject.REMINDERS: Words(
            N_("Les rappels de cotisation"),
            N_("Le club vous prévient avant la fin de votre adhésion."),
        ),
    },
}
NEWEST = "2026-11"
