"""What an import of a landlord's list would do, decided without touching anything (M8)."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec
from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from backend.kit.errors import N_
from backend.kit.openings import Calendar
from backend.places.errors import (
    ClosureBackwards,
    ClosureTooLong,
    ClubRnaWrong,
    ClubSiretWrong,
    DebitDaysWrong,
    GraceTooLong,
    OpeningPast,
    RangeBackwards,
    SenderWrong,
    SiteNeverOpens,
)

# Past this share of lines rejected, or of dwellings gone, somebody has to say yes.
SHARE_TO_CONFIRM = 0.05
GRACE_DAYS, MOST_GRACE_DAYS = 30, 120
DEBIT_DAYS, MOST_DEBIT_DAYS = 14, 20
MUST_OPEN_WITHIN = timedelta(days=60)
LONGEST_CLOSURE = timedelta(days=366)

# The pages every space links to, by their address; their texts are the club's own.
LEGAL_TEXTS = {
    "aide": N_("Aide"),
    "assurance": N_("Quitter son assurance du logement"),
    "accessibilite": N_("Accessibilité"),
    "ecoconception": N_("Écoconception"),
    "mentions-legales": N_("Mentions légales"),
    "conditions": N_("Conditions"),
    "confidentialite": N_("Confidentialité"),
    "retractation": N_("Rétractation"),
    "convention": N_("Convention de partenariat"),
}


class Occupancy(StrEnum):
    LET = "let"
    VACANT = "vacant"


class ChangeKind(StrEnum):
    """What an import did to a dwelling."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """Where a dwelling is in its building; "" for what the list does not say."""

    building: str
    stair: str
    floor: str
    door: str

    @property
    def place(self) -> str:
        """As people say it."""
        parts = (
            ("bâtiment ", self.building),
            ("escalier ", self.stair),
            ("étage ", self.floor),
            ("porte ", self.door),
        )
        said = ", ".join(word + value for word, value in parts if value)
        return said[:1].upper() + said[1:]


class DwellingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One dwelling as the landlord's list tells it.

    `contract_folded` is what a tenant's contract number is compared with; a vacant dwelling has
    none, so that the last tenant's number proves nothing. `surface_dm2` is hundredths of a m².
    """

    external_id: str
    contract_number: str
    contract_folded: str | None
    residence_code: str
    residence_name: str
    street: str
    building: str
    stair: str
    floor: str
    door: str
    postcode: str
    town: str
    insee_code: str
    rooms: int
    surface_dm2: int | None
    priority_district: bool
    agreement: str
    entered_on: date | None
    occupancy: Occupancy


class Rejected(msgspec.Struct, frozen=True):
    """A line left out: its number in the file, the column at fault ("" for the whole), why."""

    line: int
    column: str
    reason: str


class Reading(msgspec.Struct, frozen=True):
    """What a file says. `mentioned` also has the dwellings of rejected lines: they are not gone."""

    lines: list[DwellingLine]
    rejected: list[Rejected]
    mentioned: frozenset[str]


class Changed(msgspec.Struct, frozen=True):
    before: DwellingLine
    after: DwellingLine

    @property
    def fields(self) -> list[str]:
        return [
            name
            for name in DwellingLine.__struct_fields__
            if getattr(self.before, name) != getattr(self.after, name)
        ]


class Plan(msgspec.Struct, frozen=True):
    new: list[DwellingLine]
    changed: list[Changed]
    same: list[DwellingLine]
    gone: list[DwellingLine]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import does, or would do when `batch` is None."""

    landlord: str
    landlord_is_new: bool
    plan: Plan
    rejected: list[Rejected]
    needs_confirmation: bool
    batch: str | None = None

    @property
    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self.plan, name)) for name in ("new", "changed", "same", "gone")}


def with_one_name(reading: Reading) -> Reading:
    """Each residence under the first name its lines give it, so that a second import finds it same."""
    names: dict[tuple[str, str], str] = {}
    lines = []
    for line in reading.lines:
        name = names.setdefault((line.residence_code, line.postcode), line.residence_name)
        same = name == line.residence_name
        lines.append(line if same else msgspec.structs.replace(line, residence_name=name))
    return msgspec.structs.replace(reading, lines=lines)


def diff(existing: Iterable[DwellingLine], reading: Reading) -> Plan:
    """The moves from the dwellings we know to those of the file."""
    known = {line.external_id: line for line in existing}
    plan = Plan(new=[], changed=[], same=[], gone=[])
    for line in reading.lines:
        before = known.get(line.external_id)
        if before is None:
            plan.new.append(line)
        elif before == line:
            plan.same.append(line)
        else:
            plan.changed.append(Changed(before, line))
    plan.gone.extend(line for id_, line in known.items() if id_ not in reading.mentioned)
    return plan


def needs_confirmation(plan: Plan, reading: Reading) -> bool:
    """Whether more than 5 % of the file is rejected, or of the known dwellings would go."""
    rejected = len(reading.rejected)
    known = len(plan.changed) + len(plan.same) + len(plan.gone)
    return _past(rejected, of=len(reading.lines) + rejected) or _past(len(plan.gone), of=known)


def _past(part: int, *, of: int) -> bool:
    return part > of * SHARE_TO_CONFIRM


def check_grace(days: int) -> None:
    if not 0 <= days <= MOST_GRACE_DAYS:
        raise GraceTooLong().at("grace_days")


def check_debit(days: int) -> None:
    if not 1 <= days <= MOST_DEBIT_DAYS:
        raise DebitDaysWrong().at("debit_days")


def normalise_siret(text: str) -> str | None:
    """The 14 digits, their check digits right; None when nothing was typed."""
    if not text.strip():
        return None
    try:
        return str(siret.validate(text))
    except ValidationError:
        raise ClubSiretWrong().at("siret") from None


def normalise_rna(text: str) -> str:
    """W and nine signs, those of the department first (2A, 2B); "" when nothing was typed.

    The national directory gives no check digit. Associations of Alsace-Moselle have no number.
    """
    found = re.sub(r"[\s.\-]", "", text).upper()
    if found and not re.fullmatch(r"W[0-9][0-9AB][0-9]{7}", found):
        raise ClubRnaWrong().at("rna")
    return found


def normalise_sms_sender(text: str) -> str:
    """What operators take as a sender: 3 to 11 letters and figures, a letter at least."""
    found = text.strip()
    if found and not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9]{3,11}", found):
        raise SenderWrong().at("sms_sender")
    return found


def check_opens(calendar: Calendar, now: datetime) -> None:
    """A site that people are sent to opens some day soon (L16)."""
    opening = calendar.next_opening(now)
    if opening is None or opening.starts_at > now + MUST_OPEN_WITHIN:
        raise SiteNeverOpens


def check_closure(first_on: date, last_on: date, starts: time | None, ends: time | None) -> None:
    if last_on < first_on:
        raise ClosureBackwards().at("last_on")
    if last_on - first_on > LONGEST_CLOSURE:
        raise ClosureTooLong().at("last_on")
    if starts is not None and ends is not None and ends <= starts:
        raise RangeBackwards().at("ends")


def check_extra(opens_on: date, opens: time, closes: time, today: date) -> None:
    if opens_on < today:
        raise OpeningPast().at("opens_on")
    if closes <= opens:
        raise RangeBackwards().at("closes")
