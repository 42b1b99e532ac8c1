"""The switches of the consent register, as the member's page and the counter's both show them."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from backend.kit.errors import N_
from backend.people.consents import NEWEST, TEXTS, Words
from backend.people.rules import CHOSEN, NEWS, Choice, Medium, Source, Subject, may_send

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
    """Every purpose, as the register stands."""
    return [_group(subject, lambda s, m: may_send(s, m, choices)) for subject in CHOSEN]


def news(typed: Mapping[str, str]) -> list[Group]:
    """What is asked for at joining: nothing is ticked but by whoever joins."""
    return [_group(subject, lambda s, m: bool(typed.get(_name(s, m)))) for subject in NEWS]


def _group(subject: Subject, is_on: Callable[[Subject, Medium], bool]) -> Group:
    return Group(
        TEXTS[NEWEST][subject],
        [
            Switch(_name(subject, medium), label, is_on(subject, medium))
            for medium, label in MEDIA.items()
        ],
    )


def read(
    typed: Mapping[str, str], subjects: Sequence[Subject] = CHOSEN
) -> frozenset[tuple[Subject, Medium]]:
    """What is ticked; a browser does not send the others."""
    return frozenset(
        (subject, medium)
        for subject in subjects
        for medium in Medium
        if typed.get(_name(subject, medium))
    )


def version(typed: Mapping[str, str]) -> str:
    """Which words stood on the page that was sent: it may have been open since before a release."""
    said = typed.get(VERSION, "")
    return said if said in TEXTS else NEWEST


def _name(subject: Subject, medium: Medium) -> str:
    return f"{subject}-{medium}"


VERSION = "texte"
# The fields of the news, for a form of several steps that carries them along.
FIELDS = (VERSION, *(_name(subject, medium) for subject in NEWS for medium in MEDIA))
