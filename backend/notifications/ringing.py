"""A message that rings somebody's telephones first, and is written to them where none takes it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import msgspec

from backend.kit import clock
from backend.kit.database import fetch
from backend.kit.outbox import Instead, Letter, NotYet
from backend.notifications import phones, push
from backend.notifications.gateway import Outgoing
from backend.notifications.push import GoneForGood, NotNow, PushGateway, Refused, Ring
from backend.notifications.rules import Way, waking

TRIES = 4  # some minutes, then it is written
PATIENCE = timedelta(minutes=10)  # with a service that names its hour


class Rung(msgspec.Struct, frozen=True):
    """In the outbox: what rings, and what is written else: by which kind of letter, to nobody on paper."""

    person_id: int
    ring: Ring
    else_kind: str = ""
    written: Outgoing | None = None


async def send(ask: Callable[[Letter], Awaitable[bool]] | None, letter: Letter) -> None:
    """As a sender of the outbox does; `ask` says whether it is still to be said."""
    check_hour()
    if ask is not None and not await ask(letter):
        await fetch("DELETE FROM message WHERE key = $1 AND sent_at IS NULL", letter.key)
        return
    asked = letter.read(Rung)
    if await reach(asked.person_id, asked.ring, letter):
        await _mark_sent(letter)
    else:
        await _write(asked, letter)


def check_hour() -> None:
    moment = clock.now()
    if (due_at := waking(Way.PUSH, moment)) > moment:
        raise NotYet(due_at)


async def reach(person_id: int, ring: Ring, letter: Letter) -> bool:
    """Whether a telephone took it. Raises NotNow while the next try may do better."""
    gateway = push.gateway()
    if gateway is None:
        return False
    taken, busy = False, None
    for phone in await phones.ringing(person_id):
        try:
            taken |= await _ring(gateway, phone, ring, letter.key)
        except NotNow as later:
            busy = later
    if busy is not None and not taken and _is_worth(busy, letter):
        raise busy
    return taken


def _is_worth(busy: NotNow, letter: Letter) -> bool:
    return letter.attempts < TRIES and busy.until <= clock.now() + PATIENCE


async def _ring(gateway: PushGateway, phone: phones.Ringing, ring: Ring, key: str) -> bool:
    try:
        await gateway.send(phone.keys, ring, key)
    except GoneForGood:
        await phones.forget(phone.id)
    except Refused:
        await phones.note_refused(phone.id)
    else:
        await phones.note_reached(phone.id)
        return True
    return False


async def _mark_sent(letter: Letter) -> None:
    await fetch(
        "UPDATE message SET sent_at = $2 WHERE key = $1 AND sent_at IS NULL",
        letter.key,
        clock.now(),
    )


async def _write(asked: Rung, letter: Letter) -> None:
    """By e-mail or SMS, as if there were no telephone; on paper for who has no address."""
    written = asked.written
    way = Way.PAPER if written is None else Way(written.channel.value)
    await fetch("UPDATE message SET way = $2 WHERE key = $1", letter.key, way.value)
    if written is not None:
        raise Instead(asked.else_kind, written, waking(way, clock.now()))
