"""A damage is charged with a photo or with words, agreed to by a second above a sum, contested (L35)."""

import hashlib
from collections.abc import Sequence

from backend.audit.service import By
from backend.kit import clock, files, keys
from backend.kit.database import fetch, fetch_value, once_more, transaction, within
from backend.lending import busy, owing
from backend.lending.errors import BookingUnknown, ReasonNeeded
from backend.lending.owing_errors import (
    AlreadyContested,
    ContestUnknown,
    DamageAmountWrong,
    DamageNeedsProof,
    DebtNotOpen,
    LoanOfNobody,
    NeedsAnother,
    NeverOut,
    TooManyPhotos,
)
from backend.lending.queries import debts
from backend.lending.queries.debts import Debt
from backend.lending.rules import SHORTEST_REASON, WENT_OUT, DebtKind, check_reason
from backend.lending.service import ledger, telling_money, waiving
from backend.lending.service.rows import find_line
from backend.membership.queries import Household
from backend.membership.service import lock_household
from backend.membership.service.tracing import note

MOST_PHOTOS = 4
LONGEST_WORDS = 1000
# The books keep no more of what was said than this; words stand with the debt, and go with it (L45).
ACCEPTED, WAIVED = "Contestation acceptée.", "Annulé par le club."


@once_more
async def charge_damage(
    by: By, line_id: int, cents: int, said: str, photos: Sequence[bytes] = (), *, key: str
) -> str:
    """What the household owes for what was seen; gives the debt. Sent twice, it is one.

    Above the policy's sum it is owed once somebody else of the staff agrees. Raises
    DamageAmountWrong, DamageNeedsProof, TooManyPhotos, FileRefused, LoanOfNobody, NeverOut.
    """
    words = " ".join(said.split())[:LONGEST_WORDS]
    check_damage(cents, words, photos)
    body = [line_id, cents, words, [hashlib.sha256(photo).hexdigest() for photo in photos]]
    async with transaction():
        before = await keys.earlier("loan_damage", key, body, str)
        if before is not None:
            return before
        line = await find_line(line_id)
        if line is None or line.booking_id is None:
            raise BookingUnknown
        if line.household_id is None:
            raise LoanOfNobody
        household = await lock_household(line.household_id)
        await _check_went_out(line_id)
        [model] = await busy.models("r.id = $1", line.resource_id)
        second = owing.needs_second(model.policy, cents + await _asked_before(line_id))
        debt = await ledger.open_debt(
            household.id, line_id, DebtKind.DAMAGE, cents, by=by, note=words, second=second
        )
        for photo in photos:
            await _keep(debt, photo)
        if not second:
            await telling_money.tell_owed(household, debt)
        await note(by, household, "loan_damage_asked", debt=debt.public_id, amount_cents=cents)
        await keys.keep("loan_damage", key, body, debt.public_id)
    return debt.public_id


@once_more
async def agree(by: By, public_id: str) -> None:
    """Somebody else of the staff says that it is right: now it is owed, and the household told.

    Raises NeedsAnother, DebtNotOpen.
    """
    async with transaction():
        household, debt = await _decide(by, public_id)
        await fetch(
            "UPDATE loan_debt SET agreed_at = $2, agreed_by = $3 WHERE id = $1",
            debt.id,
            clock.now(),
            by.id,
        )
        await ledger.charge(debt, by=by)
        await telling_money.tell_owed(household, debt)
        await note(by, household, "loan_damage_agreed", debt=public_id)


@once_more
async def drop(by: By, public_id: str, reason: str) -> None:
    """Somebody else of the staff says no: it was never owed. Raises NeedsAnother, DebtNotOpen."""
    said = check_reason(reason)
    async with transaction():
        household, debt = await _decide(by, public_id)
        await fetch(
            "UPDATE loan_debt SET dropped_at = $2, dropped_by = $3, drop_reason = $4 WHERE id = $1",
            debt.id,
            clock.now(),
            by.id,
            said,
        )
        await note(by, household, "loan_damage_dropped", debt=public_id)


@once_more
async def waive(by: By, public_id: str, cents: int, reason: str, *, key: str) -> None:
    """Nobody owes this part any more. Raises WaiverTooLarge, ReasonNeeded, DebtNotOpen."""
    said, body = check_reason(reason), [public_id, cents, reason]
    async with transaction():
        if await keys.earlier("loan_waiver", key, body, bool):
            return
        household, debt = await lock_debt(public_id)
        if not debt.charged:
            raise DebtNotOpen
        await fetch(
            "UPDATE loan_debt SET waived_for = waived_for || $2::text WHERE id = $1", debt.id, said
        )
        await waiving.waive(debt, cents, WAIVED, by=by)
        await note(by, household, "loan_waived", debt=public_id, amount_cents=cents)
        await keys.keep("loan_waiver", key, body, True)


@once_more
async def contest(by: By, household_id: int, public_id: str, words: str) -> None:
    """A member says no, once, and why; until somebody answers, nothing of it is asked for.

    Raises DebtUnknown, AlreadyContested, DebtNotOpen, ReasonNeeded.
    """
    said = check_words(words)
    async with transaction():
        household = await lock_household(household_id)
        debt = await debts.get_debt(public_id, household_id)
        if debt.contested_at is not None:
            raise AlreadyContested
        if not debt.may_contest:
            raise DebtNotOpen
        await fetch_value(
            "INSERT INTO debt_contest (debt, at, by, words) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT ON CONSTRAINT debt_contest_one DO NOTHING RETURNING id",
            debt.id,
            clock.now(),
            by.id,
            said,
        )
        await note(by, household, "loan_contested", debt=public_id)


@once_more
async def answer(by: By, public_id: str, words: str, *, accepted: bool) -> None:
    """The club's answer, in words: nothing is owed, or it stays (L35). Raises ContestUnknown."""
    said = check_words(words)
    async with transaction():
        household, debt = await lock_debt(public_id)
        if not debt.is_contested:
            raise ContestUnknown
        await fetch(
            "UPDATE debt_contest SET answered_at = $2, answered_by = $3, answer = $4, accepted = $5"
            " WHERE debt = $1",
            debt.id,
            clock.now(),
            by.id,
            said,
            accepted,
        )
        if accepted and debt.stands_cents:
            await waiving.waive(debt, debt.stands_cents, ACCEPTED, by=by)
        await telling_money.tell_answer(household, await debts.get_debt(public_id))
        await note(by, household, "loan_contest_answered", debt=public_id, accepted=accepted)


async def lock_debt(public_id: str) -> tuple[Household, Debt]:
    """With its household, as both are now. Raises DebtUnknown."""
    within()
    household = await lock_household((await debts.get_debt(public_id)).household_id)
    return household, await debts.get_debt(public_id)


def check_damage(cents: int, words: str, photos: Sequence[bytes]) -> None:
    if cents <= 0:
        raise DamageAmountWrong().at("amount")
    if not photos and len(words) < SHORTEST_REASON:
        raise DamageNeedsProof().at("note")
    if len(photos) > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS).at("photos")


def check_words(words: str) -> str:
    """What a member or the club writes, in as many lines as they like."""
    said = words.strip()[:LONGEST_WORDS]
    if len(said) < SHORTEST_REASON:
        raise ReasonNeeded
    return said


async def _check_went_out(line_id: int) -> None:
    line = await find_line(line_id)
    assert line is not None
    if line.state not in WENT_OUT:
        raise NeverOut


async def _asked_before(line_id: int) -> int:
    """Cents of damages that somebody asked for already: a sum in pieces is still the sum (L35)."""
    mine = [debt for debt in await debts.of_line(line_id) if debt.kind is DebtKind.DAMAGE]
    return sum(debt.amount_cents if debt.waits_for_second else debt.stands_cents for debt in mine)


async def _decide(by: By, public_id: str) -> tuple[Household, Debt]:
    household, debt = await lock_debt(public_id)
    if not debt.waits_for_second:
        raise DebtNotOpen
    if by.id is None or by.id == debt.asked_by:
        raise NeedsAnother
    return household, debt


async def _keep(debt: Debt, photo: bytes) -> None:
    """The same picture twice is one."""
    await fetch_value(
        "INSERT INTO damage_photo (debt, stored_file) VALUES ($1, $2)"
        " ON CONFLICT ON CONSTRAINT damage_photo_once DO NOTHING RETURNING id",
        debt.id,
        await files.keep_picture(photo),
    )
