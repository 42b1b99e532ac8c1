"""A list of members against those who are known (L44)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from backend.audit.service import By
from backend.kit import locks
from backend.kit.database import within
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.lending.member_rows import MemberRow
from backend.membership.queries import enrolled
from backend.membership.queries.enrolled import Enrolled
from backend.membership.rules import Category
from backend.membership.service import enrolling
from backend.places.rules import Rejected

Values = dict[str, Any]
FIELDS = tuple(Enrolled.__struct_fields__)
# What a list leaves out stays as it is: a blank never takes anything away.
KEPT = ("email", "phone", "born_on", "category", "child")
# Where people live, what proves it, and addresses that open an account have rules of their own.
ADDRESSES = ("email", "phone")
FIXED = ("home", "contract", "street", "postcode", "town")
GUARDED = N_("Cette adresse se change sur la fiche de la personne.")
GONE = N_("Cette personne a quitté le club. Son retour se fait au comptoir.")


async def compare(
    rows: Sequence[MemberRow], rejected: list[Rejected]
) -> tuple[list[Values], dict[str, Values]]:
    """Each row as values, and what stands under its code; what a list cannot do is rejected."""
    within()
    # The same list brought twice at once: the second one finds the people of the first.
    await locks.alone("enrolling")
    stands = await enrolled.known([row.code for row in rows])
    homes = stands | await enrolled.known(sorted({row.home for row in rows} - stands.keys()))
    gone = await enrolled.gone([row.code for row in rows if row.code not in stands])
    guarded = await enrolled.guarded(list(stands))
    founders = {row.code: row.category or Category.TENANT for row in rows if row.home == row.code}
    prices = founders | {code: one.category for code, one in homes.items()}
    values = []
    for row in rows:
        before = stands.get(row.code)
        said = {name: getattr(row, name) for name in FIELDS}
        if before is None:
            price = prices.get(row.home)
            rejected += _not_new(row, price, gone)
            said |= {"category": price or Category.TENANT, "child": row.child or False}
        else:
            rejected += _forbidden(row, before, homes)
            rejected += _not_theirs(row, guarded.get(row.code))
            said |= _kept(said, before, ADDRESSES if row.code in guarded else ())
        values.append(said)
    return values, {code: msgspec.structs.asdict(one) for code, one in stands.items()}


def _not_new(row: MemberRow, price: Category | None, gone: Collection[str]) -> list[Rejected]:
    """Why somebody whose code nobody has cannot be entered; `price` is their household's."""
    if row.code in gone:
        return [Rejected(row.line, "CODE", _(GONE))]
    if price is None:
        return [Rejected(row.line, "FOYER", _("Ce foyer n'existe pas."))]
    if row.category not in {None, price}:
        return [Rejected(row.line, "TARIF", _("Ce n'est pas le tarif de ce foyer."))]
    return []


def _forbidden(row: MemberRow, before: Enrolled, homes: Mapping[str, Enrolled]) -> list[Rejected]:
    """What is done on the page of a household, with its rules."""
    found = []
    # Any of those who live together may stand for their household.
    if row.home != row.code and (row.home not in homes or homes[row.home].home != before.home):
        found.append(Rejected(row.line, "FOYER", _("Cette personne est dans un autre foyer.")))
    if row.category not in {None, before.category}:
        found.append(Rejected(row.line, "TARIF", _("Le tarif se change sur la fiche du foyer.")))
    if row.child not in {None, before.child}:
        found.append(Rejected(row.line, "ENFANT", _("Cela se change sur la fiche du foyer.")))
    return found


def _not_theirs(row: MemberRow, had: set[str] | None) -> list[Rejected]:
    """An address that they once had is an old list; another one would open their account."""
    said = {"EMAIL": row.email, "MOBILE": row.phone}
    strange = [column for column, value in said.items() if value and value not in (had or ())]
    return [] if had is None else [Rejected(row.line, column, _(GUARDED)) for column in strange]


def _kept(said: Values, before: Enrolled, kept: Sequence[str]) -> Values:
    blank = [name for name in KEPT if said[name] in {"", None}]
    return {name: getattr(before, name) for name in (*blank, *kept, *FIXED)}


async def write(
    new: Sequence[Values], changed: Sequence[Values], known: Mapping[str, Values], by: By
) -> None:
    """New people first: who changes may be of their household."""
    within()
    await enrolling.enrol([Enrolled(**values) for values in new])
    await enrolling.correct(
        by, [(Enrolled(**known[values["code"]]), Enrolled(**values)) for values in changed]
    )
