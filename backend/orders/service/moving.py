"""A delivery that would come to a closed door goes to another day, or is called off; each is told (S3)."""

from datetime import date

from backend.audit.service import SYSTEM, By
from backend.kit import clock
from backend.kit.claims import calmly
from backend.kit.database import fetch, once_more, transaction, within
from backend.orders import closed_days, queries
from backend.orders.errors import CallOffReasonNeeded, DeliveryDayWrong, DeliveryOver
from backend.orders.queries import Round
from backend.orders.rules import BACK_WITHIN, LONGEST_WORDS, OPEN, TO_COME, tidy
from backend.orders.service import handing, telling
from backend.orders.service.rounds import lock_round, note_round, tell_partner
from backend.places import queries as places


async def follow_calendars() -> None:
    """What would come to a closed door goes to the next open day of the week, whatever closed it.

    What has none is left to staff, and stands out at the counter.
    """
    for each in await closed_days.met(await places.calendars()):
        if each.to is not None:
            await calmly(put_off(SYSTEM, each.round.public_id, each.to))


@once_more
async def put_off(by: By, public_id: str, on: date) -> None:
    """To an open day on which the service brings nothing else, now or by its week, after its cut-off; its
    households are told, and its partner where the list has left. To the day it is on, nothing is done.

    Raises RoundUnknown, DeliveryOver, DeliveryDayWrong.
    """
    async with transaction():
        round_ = await lock_round(public_id)
        if not round_.may_change:
            raise DeliveryOver
        if on == round_.due_on:
            return
        await _check_day(round_, on)
        await fetch("UPDATE order_round SET due_on = $2 WHERE id = $1", round_.id, on)
        if round_.sent_at is not None:
            await tell_partner(await queries.get_round(public_id), round_.due_on)
        for ticket in await queries.of_round(round_.id, TO_COME):
            await telling.tell_moved(ticket, round_.due_on)
        await note_round("put_off", by, public_id, was=round_.due_on, on=on)


async def _check_day(round_: Round, on: date) -> None:
    within()
    if not clock.today() <= on <= clock.today() + BACK_WITHIN:
        raise DeliveryDayWrong().at("jour")
    is_open = (await places.get_calendar(round_.site_id)).is_open_on(on)
    if not is_open or not (await closed_days.free_days(round_))(on):
        raise DeliveryDayWrong().at("jour")


async def call_off(by: By, public_id: str, reason: str) -> None:
    """Nothing comes: its orders end one by one, each household told why, and the partner where the list
    has left. What was paid goes back as for any order that is cancelled (S6).

    Raises RoundUnknown, DeliveryOver, CallOffReasonNeeded.
    """
    why = tidy(reason, LONGEST_WORDS)
    if not why:
        raise CallOffReasonNeeded().at("raison")
    await _close(by, public_id, why)
    await _end_all(by, public_id)


@once_more
async def _close(by: By, public_id: str, why: str) -> None:
    """From now on it takes nobody, so that what is left to end only gets less."""
    async with transaction():
        round_ = await lock_round(public_id)
        if not round_.may_change:
            raise DeliveryOver
        await fetch(
            "UPDATE order_round SET called_off_at = $2, called_off_for = $3 WHERE id = $1",
            round_.id,
            clock.now(),
            why,
        )
        if round_.sent_at is not None:
            await tell_partner(await queries.get_round(public_id))
        await note_round("call_off", by, public_id, reason=why)


async def finish() -> None:
    """What was called off while its orders could not all be ended."""
    rows = await fetch(
        "SELECT DISTINCT r.public_id FROM order_round r JOIN order_ticket t ON t.round = r.id"
        " WHERE r.called_off_at IS NOT NULL AND t.state = ANY($1) ORDER BY r.public_id",
        [state.value for state in OPEN],
    )
    for row in rows:
        await _end_all(SYSTEM, row["public_id"])


async def _end_all(by: By, public_id: str) -> None:
    round_ = await queries.get_round(public_id)
    for ticket in await queries.of_round(round_.id, OPEN):
        ended = handing.cancel(by, ticket.public_id, reason=round_.called_off_for or "")
        await calmly(ended, ticket=ticket.public_id)
