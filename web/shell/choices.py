"""The switches of the consent register, as the member's page and the counter's both show them."""

from collections.abc import Mapping

import msgspec

from backend.kit.errors import N_
from backend.people.consents import NEWEST, TEXTS, Words
from backend.people.rules import CHOSEN, Choice, Medium, Source, Subject, may_send

MEDIA = {
    Medium.EMAIL: N_("E-mail"),
    Medium.SMS: N_("SMS"),
    Medium.PHONE: N_("Téléphone"),
    Medium.POST: N_("Courrier"),
}
SOURCES = {
    Source.ONLINE: N_("en ligne"),
    Source.DESK: N_("au comptoir"),
    Source.PAPER: N_("sur papier"),
    Source.PHONE: N_("par téléphone"),
}


class Switch(msgspec.Struct, frozen=True):
    name: str
    label: str
    on: bool


class Group(msgspec.Struct, frozen=True):
    """One purpose with a switch for each channel."""

    words: Words
    switches: list[Switch]


def groups(choices: list[Choice]) -> list[Group]:
    return [
        Group(
            TEXTS[NEWEST][subject],
            [
                Switch(_name(subject, medium), label, may_send(subject, medium, choices))
                for medium, label in MEDIA.items()
            ],
        )
        for subject in CHOSEN
    ]


def read(typed: Mapping[str, str]) -> frozenset[tuple[Subject, Medium]]:
    """What is ticked; a browser does not send the others."""
    return frozenset(
        (subject, medium)
        for subject in CHOSEN
        for medium in Medium
        if typed.get(_name(subject, medium))
    )


def _name(subject: Subject, medium: Medium) -> str:
    return f"{subject}-{medium}"
