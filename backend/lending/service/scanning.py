"""A label under the scanner: what it means here and now, and doing it, under one key (L27, L28).

One transaction decides and acts, so that a scan sent again after a lost answer gives that answer,
and never the opposite gesture.
"""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from backend.kit import clock
from backend.kit.database import fetch_one, once_more, transaction, within
from backend.lending.errors import NotAnswered, OutOfUse, ToInspect
from backend.lending.rules import LineState, Outcome
from backend.lending.service.acts import check_staff, once
from backend.lending.service.counter import give_line, lend_unit
from backend.lending.service.custodies import get_unit
from backend.lending.service.returning import find_line_again, take_line
from backend.lending.values import Ask, Back, For, Handed
from backend.membership.rules import short_name

# A label that is read again was held too long: it never means the opposite. Of what another household
# just brought, or just took, a moment is enough: then it may well be meant.
JUST_NOW = timedelta(minutes=2)
TWICE = timedelta(seconds=10)


class Did(StrEnum):
    """What a scan did, or why it did nothing."""

    GIVEN = "given"
    LENT = "lent"
    TAKEN = "taken"
    TO_CHECK = "to_check"  # taken back; it is counted or looked at before it is on its shelf (L30)
    FOUND = "found"  # the same with what was lost
    ALREADY_GIVEN = "already_given"
    ALREADY_TAKEN = "already_taken"
    TO_FILL = "to_fill"  # kilometres and charge are written before it goes (L39)
    KEPT_FOR = "kept_for"  # it lies ready for somebody; nobody is at the counter
    ON_SHELF = "on_shelf"


DONE = frozenset({Did.GIVEN, Did.LENT, Did.TAKEN, Did.TO_CHECK, Did.FOUND})


class Scanned(msgspec.Struct, frozen=True, kw_only=True):
    """A label, and who stands at the counter. `anyway`: though it lies ready for somebody else."""

    unit: str
    whom: For | None = None
    anyway: bool = False


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: with whom, and what to look at. `line` None where nothing is lent."""

    did: Did
    unit: str
    name: str
    resource: str
    line: int | None = None
    person: str = ""
    person_public_id: str = ""
    household: str = ""
    due_at: datetime | None = None
    late_since: datetime | None = None
    cut_short: bool = False
    checklist: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.did in DONE


class _Label(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as it lies there. `line` is the open loan, `last_*` the one before."""

    id: int
    code: str
    resource_id: int
    resource: str
    name: str
    pieces: tuple[str, ...]
    checklist: tuple[str, ...]
    asks_charge: bool
    line: int | None
    state: LineState | None
    household_id: int | None
    out_noted_at: datetime | None
    due_at: datetime | None
    last_household_id: int | None
    last_noted_at: datetime | None
    to_inspect: int | None
    is_blocked: bool


@once_more
async def scan(ask: Ask, scanned: Scanned) -> Scan:
    """Raises UnitUnknown, UnitRetired, ToInspect, OutOfUse, NotAnswered, ReservedByOther and what a
    hand-over or a loan of the moment refuses.
    """
    check_staff(ask)

    async def act() -> Scan:
        await get_unit(scanned.unit)
        return await _turn(ask, scanned, await _label(scanned.unit))

    async with transaction():
        return await once(ask, {"verb": "scan", "scanned": scanned}, Scan, act)


async def _turn(ask: Ask, scanned: Scanned, label: _Label) -> Scan:
    """Out: it comes back. On its shelf: it goes to whoever is at the counter."""
    if label.line is not None:
        return await _back(ask, scanned, label, label.line)
    if label.to_inspect is not None:
        if _again(label.last_noted_at, label.last_household_id, scanned):
            return await _said(Did.ALREADY_TAKEN, label, label.to_inspect)
        raise ToInspect
    if label.is_blocked:
        raise OutOfUse(name=label.name)
    if scanned.whom is None:
        return await _nobody(label)
    return await _away(ask, scanned, label, scanned.whom)


async def _back(ask: Ask, scanned: Scanned, label: _Label, line_id: int) -> Scan:
    if _again(label.out_noted_at, label.household_id, scanned):
        return await _said(Did.ALREADY_GIVEN, label, line_id)
    if label.state is LineState.LOST:
        await find_line_again(ask, line_id, Back())
        return await _said(Did.FOUND, label, line_id)
    later = bool(label.pieces) or label.asks_charge
    await take_line(ask, line_id, Back(outcome=Outcome.FINE, later=later))
    return await _said(Did.TO_CHECK if later else Did.TAKEN, label, line_id)


async def _nobody(label: _Label) -> Scan:
    """Just back, kept for somebody, or simply there."""
    if label.last_noted_at is not None and clock.now() < label.last_noted_at + JUST_NOW:
        return await _said(Did.ALREADY_TAKEN, label, None)
    row = await fetch_one(_KEPT, label.id, clock.now(), _midnight())
    if row is None:
        return await _said(Did.ON_SHELF, label, None)
    return await _said(Did.KEPT_FOR, label, row["id"])


async def _away(ask: Ask, scanned: Scanned, label: _Label, whom: For) -> Scan:
    if _again(label.last_noted_at, label.last_household_id, scanned):
        return await _said(Did.ALREADY_TAKEN, label, None)
    row = await fetch_one(
        _BOOKED, label.resource_id, clock.now(), _midnight(), whom.household_id, label.id
    )
    if row is not None and row["state"] == LineState.REQUESTED:
        raise NotAnswered
    if label.asks_charge:
        return await _said(Did.TO_FILL, label, None if row is None else row["id"])
    seen = Handed(anyway=scanned.anyway)
    if row is None:
        lent = await lend_unit(ask, whom, label.code, None, seen)
        return await _said(Did.LENT, label, lent.line, cut_short=lent.cut_short)
    await give_line(ask, row["id"], label.code, seen)
    return await _said(Did.GIVEN, label, row["id"])


def _again(noted_at: datetime | None, household_id: int | None, scanned: Scanned) -> bool:
    """The same label a moment ago."""
    if noted_at is None:
        return False
    same = scanned.whom is None or scanned.whom.household_id == household_id
    return clock.now() < noted_at + (JUST_NOW if same else TWICE)


def _midnight() -> datetime:
    return clock.start_of_day(clock.today() + timedelta(days=1))


async def _label(code: str) -> _Label:
    within()
    row = await fetch_one(_LABEL, code, clock.now())
    assert row is not None, "the caller looked it up"
    values = dict(row)
    state = values.pop("state")
    for name in ("pieces", "checklist"):
        values[name] = tuple(values[name])
    return _Label(state=None if state is None else LineState(state), **values)


async def _said(did: Did, label: _Label, line_id: int | None, *, cut_short: bool = False) -> Scan:
    """With whose it is, and until when, as the act left it."""
    row = None if line_id is None else await fetch_one(_WHOSE, line_id)
    person = "" if row is None else short_name(row["given_name"] or "", row["family_name"] or "")
    due_at = None if row is None else row["due_at"]
    late = due_at is not None and did in {Did.TAKEN, Did.TO_CHECK} and due_at <= clock.now()
    return Scan(
        did=did,
        unit=label.code,
        name=label.name,
        resource=label.resource,
        line=line_id,
        person=person,
        person_public_id="" if row is None else row["person"] or "",
        household="" if row is None else row["household"] or "",
        due_at=due_at,
        late_since=due_at if late else None,
        cut_short=cut_short,
        checklist=label.checklist,
        pieces=label.pieces,
    )


_LABEL = """
SELECT u.id, u.code, r.id AS resource_id, r.public_id AS resource, r.name, r.pieces, p.checklist,
       p.asks_charge, c.line, l.state, c.household AS household_id, c.out_noted_at,
       upper(l.during) AS due_at, before.household AS last_household_id,
       before.in_noted_at AS last_noted_at,
       (SELECT min(i.id) FROM booking_line i WHERE i.unit = u.id AND i.state = 'returned')
         AS to_inspect,
       EXISTS (SELECT 1 FROM booking_line b WHERE b.unit = u.id AND b.state = 'blocked'
         AND b.during @> $2::timestamptz) AS is_blocked
FROM unit u JOIN resource r ON r.id = u.resource JOIN lending_policy p ON p.id = r.policy
LEFT JOIN custody c ON c.unit = u.id AND c.in_at IS NULL AND c.undone_at IS NULL
LEFT JOIN booking_line l ON l.id = c.line
LEFT JOIN LATERAL (SELECT x.household, x.in_noted_at FROM custody x WHERE x.unit = u.id
  AND x.in_at IS NOT NULL AND x.undone_at IS NULL ORDER BY x.out_at DESC, x.id DESC LIMIT 1
) before ON true
WHERE u.code = $1
"""
_WHOSE = """
SELECT n.given_name, n.family_name, n.public_id AS person, h.public_id AS household,
       upper(l.during) AS due_at
FROM booking_line l JOIN booking b ON b.id = l.booking LEFT JOIN person n ON n.id = b.person
LEFT JOIN household h ON h.id = b.household WHERE l.id = $1
"""
# What the household may take today of this model: this very copy first, what is ready first.
_BOOKED = """
SELECT l.id, l.state FROM booking_line l JOIN booking b ON b.id = l.booking
WHERE l.resource = $1 AND upper(l.during) > $2 AND lower(l.during) < $3 AND b.household = $4
  AND l.state IN ('requested', 'confirmed', 'ready')
ORDER BY l.state = 'requested', l.unit IS NOT DISTINCT FROM $5 DESC, l.state = 'ready' DESC,
  lower(l.during), l.id LIMIT 1
"""
_KEPT = """
SELECT l.id FROM booking_line l WHERE l.unit = $1 AND l.state = 'ready'
  AND upper(l.during) > $2 AND lower(l.during) < $3 ORDER BY lower(l.during), l.id LIMIT 1
"""
