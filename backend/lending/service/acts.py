"""What every verb shares: its key, its trace, and what stays of a refusal."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from backend.audit.service import note
from backend.kit import clock, keys
from backend.kit.database import fetch, within
from backend.kit.errors import DomainError
from backend.lending.errors import JustTaken, StaffOnly
from backend.lending.limit_errors import LimitReached
from backend.lending.limits import Counted, Wish, check_limits
from backend.lending.rules import Period, check_reason
from backend.lending.stock_errors import RecordChanged
from backend.lending.values import Ask, For, Want

T = TypeVar("T")


async def once(ask: Ask, body: dict[str, Any], kind: type[T], act: Callable[[], Awaitable[T]]) -> T:
    """Does it under the key, or gives the answer that it gave before (L12)."""
    within()
    given = await keys.earlier(ask.scope, ask.key, body, kind)
    if given is None:
        given = await act()
        await keys.keep(ask.scope, ask.key, body, given)
    return given


async def trace(verb: str, ask: Ask, person_id: int | None, booking: str, **facts: Any) -> None:
    within()
    await note(
        f"lending.{verb}",
        ask.by,
        subject_id=person_id,
        object_kind="booking",
        object_id=booking,
        **facts,
    )


def check_staff(ask: Ask) -> None:
    if not ask.is_staff:
        raise StaffOnly


def check_version(stands: int, seen: int | None) -> None:
    """Raises RecordChanged where the page shows an older one (L12)."""
    if seen is not None and seen != stands:
        raise RecordChanged


def check_own(ask: Ask, whom: For) -> None:
    """A member books for their own household, whatever a form says."""
    if not ask.is_staff and ask.household_id != whom.household_id:
        raise StaffOnly


async def check_wish(ask: Ask, wish: Wish, lines: Sequence[Counted], booking: str) -> None:
    """The limits; staff go past one with a reason, which is kept (L22)."""
    within()
    broken = broken_limit(wish, lines)
    if broken is None:
        return
    if not ask.is_staff or not ask.override:
        raise broken
    reason = check_reason(ask.override)
    await trace(
        "override",
        ask,
        wish.person_id,
        booking,
        rule=broken.slug,
        reason=reason,
        counted=[each["booking"] for each in broken.facts["counted"]],
    )


def broken_limit(wish: Wish, lines: Sequence[Counted]) -> LimitReached | None:
    """The first limit that stands in the way, as the refusal it would be."""
    try:
        check_limits(wish, lines)
    except LimitReached as refusal:
        return refusal
    return None


def unmet(wants: Sequence[Want]) -> Callable[[DomainError], Awaitable[None]]:
    """What stays of a wish that could not be met, without a name (L43)."""

    async def write(refusal: DomainError) -> None:
        if not isinstance(refusal, JustTaken | LimitReached):
            return
        await fetch(
            "INSERT INTO unmet_wish (resource, during, why, at)"
            " SELECT r.id, tstzrange(v.start, v.stop), $4, $5"
            " FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) v (public_id, start, stop)"
            " JOIN resource r USING (public_id) WHERE v.start < v.stop",
            [want.resource for want in wants],
            [want.period.start for want in wants],
            [want.period.end for want in wants],
            refusal.slug,
            clock.now(),
        )

    return write


def unmet_change(line_id: int, period: Period) -> Callable[[DomainError], Awaitable[None]]:
    """The same of other dates that a tenant wished for what they have booked."""

    async def write(refusal: DomainError) -> None:
        if not isinstance(refusal, JustTaken | LimitReached):
            return
        await fetch(
            "INSERT INTO unmet_wish (resource, during, why, at)"
            " SELECT resource, tstzrange($2, $3), $4, $5 FROM booking_line WHERE id = $1",
            line_id,
            period.start,
            period.end,
            refusal.slug,
            clock.now(),
        )

    return write
