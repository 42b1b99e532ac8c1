"""Hours, where the club turns them on: one says how long, the other confirms, else staff decide (X6, X7)."""

from typing import Any

from backend.audit.service import By, note
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, transaction, within
from backend.kit.locks import alone
from backend.membership.queries import Member
from backend.skills import queries, rules
from backend.skills.errors import (
    ExchangeUnknown,
    HoursFull,
    HoursOff,
    MoveImpossible,
)
from backend.skills.rules import ExchangeState
from backend.skills.service.exchanges import tell_one
from backend.skills.service.moderation import check_not_about


async def claim_hours(by: By, member: Member, public_id: str, minutes: int) -> None:
    """How long a done exchange took, in quarters of an hour; said once, whoever says it first.

    Raises HoursOff, ExchangeUnknown, MoveImpossible, MinutesWrong.
    """
    await _check_on()
    rules.check_minutes(minutes)
    async with transaction():
        held = await _lock(public_id, member.person_id)
        if held["state"] != ExchangeState.DONE or not await queries.may_meet(
            held["asker"], held["owner"]
        ):
            raise MoveImpossible
        giver, receiver = _sides(held)
        new = await fetch_one(
            "INSERT INTO hours_claim (exchange, giver, receiver, minutes, claimed_by, claimed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT ON CONSTRAINT hours_claim_once DO NOTHING"
            " RETURNING id",
            held["id"],
            giver,
            receiver,
            minutes,
            member.person_id,
            clock.now(),
        )
        if new is not None:
            await _note(by, "hours.claim", public_id, minutes)
            other = giver if member.person_id == receiver else receiver
            await tell_one("exchange.hours", f"exchange.hours:{public_id}", other, public_id)


async def confirm_hours(by: By, member: Member, public_id: str) -> None:
    """The other one agrees within seven days: the hours move (X6).

    Raises ExchangeUnknown, MoveImpossible after that, HoursFull when an account would pass its limit.
    """
    async with transaction():
        held = await _lock(public_id, member.person_id)
        claim = await _claim(held)
        if await _has_moved(held):
            return
        late = clock.now() > claim["claimed_at"] + rules.CONFIRM_WITHIN
        if claim["claimed_by"] == member.person_id or claim["refused_at"] or late:
            raise MoveImpossible
        await _transfer(by, held, claim, claim["minutes"])


async def refuse_hours(by: By, member: Member, public_id: str) -> None:
    """The other one does not agree: staff decide."""
    async with transaction():
        held = await _lock(public_id, member.person_id)
        claim = await _claim(held)
        if claim["claimed_by"] == member.person_id or await _has_moved(held):
            raise MoveImpossible
        await fetch(
            "UPDATE hours_claim SET refused_at = coalesce(refused_at, $2) WHERE id = $1",
            claim["id"],
            clock.now(),
        )
        await _note(by, "hours.refuse", public_id, claim["minutes"])


async def decide_hours(by: By, public_id: str, minutes: int) -> None:
    """Staff decide what was not agreed on in seven days; 0 for none; both hear of it, once (X6).

    Raises OwnCase for one of the two.
    """
    async with transaction():
        held = await _lock(public_id, None)
        check_not_about(by, held["asker"], held["owner"])
        claim = await _claim(held)
        open_still = claim["refused_at"] is None and (
            clock.now() <= claim["claimed_at"] + rules.CONFIRM_WITHIN
        )
        if open_still or await _has_moved(held):
            raise MoveImpossible
        if minutes:
            rules.check_minutes(minutes)
            await _transfer(by, held, claim, minutes)
        else:
            await _note(by, "hours.drop", public_id, 0)
        await fetch(
            "UPDATE hours_claim SET decided_at = $2 WHERE id = $1", claim["id"], clock.now()
        )
        for person_id in (claim["giver"], claim["receiver"]):
            once = f"exchange.decided:{public_id}:{person_id}"
            await tell_one("exchange.decided", once, person_id, public_id)


async def _transfer(by: By, held: Any, claim: Any, minutes: int) -> None:
    """One row; the database moves both accounts, or refuses both (X7)."""
    within()
    await alone("hours")  # the two accounts are read here, and written by the trigger alone
    settings = await _check_on()
    for person_id, change in ((claim["giver"], minutes), (claim["receiver"], -minutes)):
        balance = await queries.balance_of(person_id)
        if rules.passes_limit(balance, change, settings.most_minutes):
            raise HoursFull
    await fetch(
        "INSERT INTO hours_move (exchange, giver, receiver, minutes, at, by)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        held["id"],
        claim["giver"],
        claim["receiver"],
        minutes,
        clock.now(),
        by.id,
    )
    await _note(by, "hours.move", held["public_id"], minutes)


async def _check_on() -> queries.Settings:
    """Raises HoursOff, also for what was claimed before the club turned them off."""
    settings = await queries.settings()
    if not settings.hours:
        raise HoursOff
    return settings


async def _lock(public_id: str, person_id: int | None) -> Any:
    """As one of the two, or as staff with None. Raises ExchangeUnknown."""
    within()
    held = await fetch_one(
        "SELECT e.id, e.public_id, e.asker, e.owner, e.state, l.kind FROM exchange e"
        " JOIN listing l ON l.id = e.listing WHERE e.public_id = $1"
        " AND ($2::bigint IS NULL OR $2 IN (e.asker, e.owner)) FOR NO KEY UPDATE OF e",
        public_id,
        person_id,
    )
    if held is None:
        raise ExchangeUnknown
    return held


async def _claim(held: Any) -> Any:
    within()
    claim = await fetch_one("SELECT * FROM hours_claim WHERE exchange = $1", held["id"])
    if claim is None or claim["decided_at"] is not None:
        raise MoveImpossible
    return claim


async def _has_moved(held: Any) -> bool:
    within()
    return bool(await fetch_one("SELECT 1 FROM hours_move WHERE exchange = $1", held["id"]))


def _sides(held: Any) -> tuple[int, int]:
    """Who gave and who received: of an offer its owner gave, of a request who answered it."""
    if held["kind"] == "offer":
        return held["owner"], held["asker"]
    return held["asker"], held["owner"]


async def _note(by: By, verb: str, public_id: str, minutes: int) -> None:
    within()
    await note(
        verb, by, subject_id=None, object_kind="exchange", object_id=public_id, minutes=minutes
    )
