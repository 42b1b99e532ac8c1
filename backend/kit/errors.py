"""Refusals: named, said in French, with what to do next.

A refusal is declared once, as a class:

    class ShopClosed(Refused):
        slug = "shop_closed"
        sentence = N_("{shop} est fermé.")
        next = N_("Revenez aux heures d'ouverture.")

and raised with its facts: `raise ShopClosed(shop="La Petite Épicerie")`. Whatever is not a
DomainError is a bug.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self

import msgspec

from backend.kit import formats
from backend.kit.translations import typeset


def as_written(sentence: str) -> str:
    return sentence


# Marks a sentence for the gettext catalogues (one of Babel's own keywords) where it is declared;
# it is translated where it is said.
N_ = as_written

Translate = Callable[[str], str]


class DomainError(Exception):
    """A refusal the club foresees. Raise one of its families or, better, a class of your own."""

    status: ClassVar[int]
    title: ClassVar[str]
    slug: ClassVar[str]
    sentence: ClassVar[str]
    next: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, **facts: Any) -> None:
        self.facts: dict[str, Any] = facts
        # Said at once: a fact that a sentence needs and did not get shows where it is raised.
        super().__init__(self.said(as_written))
        self.advice()

    def said(self, translate: Translate = typeset) -> str:
        return _fill(translate(self.sentence), self.facts)

    def advice(self, translate: Translate = typeset) -> str:
        return _fill(translate(self.next), self.facts)

    def problem(self, translate: Translate = typeset) -> dict[str, Any]:
        """The members of an RFC 9457 problem, in builtin types ready for JSON."""
        return {
            "type": f"/problems/{self.slug}",
            "title": translate(self.title),
            "status": self.status,
            "detail": self.said(translate),
            "slug": self.slug,
            "retryable": self.retryable,
            "next": self.advice(translate),
            "facts": msgspec.to_builtins(self.facts),
        }


class Missing(DomainError):
    status = 404
    title = N_("Introuvable")
    slug = "not_found"
    sentence = N_("Nous ne trouvons pas ce que vous cherchez.")
    next = N_("Revenez à l'accueil ou vérifiez l'adresse.")


class Denied(DomainError):
    status = 403
    title = N_("Accès refusé")
    slug = "forbidden"
    sentence = N_("Vous n'avez pas accès à cette page.")
    next = N_("Demandez l'accès à un responsable du club.")


class Refused(DomainError):
    status = 409
    title = N_("Impossible")
    slug = "refused"
    sentence = N_("Cette action n'est pas possible maintenant.")
    next = N_("Rechargez la page pour voir où vous en êtes.")


class Invalid(DomainError):
    """Something typed is wrong; `fields` says what, field by field."""

    status = 422
    title = N_("À corriger")
    slug = "invalid_request"
    sentence = N_("Une information manque ou n'est pas juste.")
    next = N_("Corrigez ce qui est indiqué, puis recommencez.")

    def __init__(self, fields: Mapping[str, str] | None = None, **facts: Any) -> None:
        self.fields: dict[str, str] = dict(fields or {})
        super().__init__(**facts)

    def at(self, field: str) -> Self:
        """The same refusal, told where it belongs: `raise AmountUnreadable().at("price")`."""
        self.fields[field] = self.said()
        return self

    def problem(self, translate: Translate = typeset) -> dict[str, Any]:
        problem = super().problem(translate)
        if self.fields:
            problem["facts"]["fields"] = {
                field: translate(sentence) for field, sentence in self.fields.items()
            }
        return problem


class Busy(DomainError):
    """Too many tries; `retry_after` seconds from now it is worth another one."""

    status = 429
    title = N_("Trop d'essais")
    slug = "rate_limited"
    sentence = N_("Il y a eu trop d'essais.")
    next = N_("Attendez un peu, puis recommencez.")
    retryable = True

    def __init__(self, retry_after: int, **facts: Any) -> None:
        self.retry_after = retry_after
        super().__init__(retry_after=retry_after, **facts)


class Unavailable(DomainError):
    status = 503
    title = N_("Indisponible")
    slug = "temporary_error"
    sentence = N_("Le service ne répond pas pour l'instant.")
    next = N_("Recommencez dans un instant. Rien n'est perdu.")
    retryable = True


def all_errors(*packages: str) -> list[type[DomainError]]:
    """Every refusal imported so far; with packages, only those declared under one of them.

    A class without a slug of its own is not one: it says its parent's refusal more precisely.
    """
    return [
        error
        for error in dict.fromkeys(_descendants(DomainError))
        if "slug" in vars(error) and (not packages or error.__module__.split(".")[0] in packages)
    ]


def _descendants(error: type[DomainError]) -> Iterator[type[DomainError]]:
    for child in error.__subclasses__():
        yield child
        yield from _descendants(child)


def _fill(sentence: str, facts: Mapping[str, Any]) -> str:
    """The sentence with its facts as people read them: days, moments and euros in French."""
    return sentence.format_map({name: _spoken(name, fact) for name, fact in facts.items()})


def _spoken(name: str, fact: Any) -> Any:
    if isinstance(fact, datetime):
        return formats.moment(fact)
    if isinstance(fact, date):
        return formats.day(fact)
    if name.endswith("_cents"):
        return formats.euros(fact)
    return fact
