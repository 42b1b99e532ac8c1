"""Messages: queued with their reason, sent after it."""

from collections.abc import Collection, Iterable, Sequence

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_value, within
from backend.notifications import phones, post, texts
from backend.notifications.letters import compose, compose_ring
from backend.notifications.post import AWAITED, BY_DAY, KINDS, SILENT
from backend.notifications.ringing import Rung
from backend.notifications.rules import Way, waking
from backend.people import queries as people
from backend.people.rules import Address, Channel


async def queue(
    kind: str,
    key: str,
    *,
    person_id: int | None,
    channel: Channel,
    to: str,
    values: dict[str, object],
    asked: str | None = None,
) -> int | None:
    """One message to one address, rendered now; `key` makes it once. Gives the outbox row to drain.

    `asked` names who is asked, just before it leaves, whether it is still to be said (post.Asks). An
    SMS that can wait (all but post.AWAITED) rings nobody at night. Texts stand in texts/<kind>.txt.jinja
    and .sms.jinja; they get `values` and `club`, its name.
    """
    within()
    message = await compose(kind, key, channel, to, values)
    if not await _trace(kind, key, Way(channel.value), person_id):
        return None
    if kind in AWAITED:
        return await outbox.put(KINDS[channel], key, message)
    way = BY_DAY[channel] if asked is None else post.asked_kind(asked, channel)
    return await outbox.put(way, key, message, due_at=waking(channel, clock.now()))


async def withdraw(keys: list[str]) -> None:
    """What has not left goes nowhere, and leaves no trace of having been said."""
    within()
    await outbox.forget(keys, [])
    await fetch("DELETE FROM message WHERE key = ANY($1) AND sent_at IS NULL", keys)


async def unsay(kinds: Collection[str], about: Sequence[str]) -> None:
    """That something was told of these goes before the other messages do: by kind, and by what stands
    behind it in the key.
    """
    within()
    rows = await fetch(
        "DELETE FROM message WHERE kind = ANY($1) AND split_part(key, ':', 2) = ANY($2)"
        " RETURNING key",
        list(kinds),
        list(about),
    )
    await outbox.drop([row["key"] for row in rows])


async def queue_silence(
    kind: str, key: str, *, channel: Channel, to: str, values: dict[str, object]
) -> int | None:
    """The same work as `queue`, and nothing is sent: nobody can tell from the answer or its time."""
    within()
    message = await compose(kind, key, channel, to, values)
    await _trace(kind, key, Way(channel.value), None)
    return await outbox.put(SILENT, key, message)


async def tell(
    kind: str,
    key: str,
    *,
    person_id: int,
    values: dict[str, object],
    to: Address | None = None,
    asked: str | None = None,
) -> Address | None:
    """To the person's telephones that ring, where there are some and the kind has words for them; else,
    or where none of them takes it, to `to` or their best address. Without an address nothing is sent
    and the print run takes it up. `asked` as for `queue`.
    """
    within()
    best = to or await people.best_contact(person_id)
    if texts.has_push(kind) and await phones.can_ring(person_id):
        await _queue_ring(kind, key, person_id, best, values, asked)
    elif best is None:
        await _trace(kind, key, Way.PAPER, person_id)
    else:
        await queue(
            kind,
            key,
            person_id=person_id,
            channel=best.channel,
            to=best.value,
            values=values,
            asked=asked,
        )
    return best


async def _queue_ring(
    kind: str,
    key: str,
    person_id: int,
    best: Address | None,
    values: dict[str, object],
    asked: str | None,
) -> None:
    """Both wordings now, with their reason; which of them leaves is seen when it does."""
    if not await _trace(kind, key, Way.PUSH, person_id):
        return
    rung = Rung(person_id, await compose_ring(kind, values))
    if best is not None:
        way = BY_DAY[best.channel] if asked is None else post.asked_kind(asked, best.channel)
        letter = await compose(kind, key, best.channel, best.value, values)
        rung = Rung(person_id, rung.ring, way, letter)
    way = post.PUSH if asked is None else post.asked_kind(asked, Way.PUSH)
    await outbox.put(way, key, rung, due_at=waking(Way.PUSH, clock.now()))


async def tell_act(
    by: By,
    person_id: int,
    what: str,
    *,
    to: Iterable[Address] | None = None,
    facts: dict[str, str] | None = None,
) -> None:
    """The trace that staff leave with whom they act for (D6). Who acts for themselves needs none.

    `what` is a sentence of the catalogue; its %(facts)s are filled where it is said. To the best
    address, or to each of `to` when the addresses themselves change.
    """
    within()
    if by.actor is not Actor.PERSON or by.id == person_id:
        return
    key = f"desk.act:{codes.random_id()}"
    values: dict[str, object] = {"what": what, "at": clock.now(), "facts": facts or {}}
    known = list(to or ())
    if not known:
        await tell("desk.act", key, person_id=person_id, values=values)
    for at, address in enumerate(known):
        await queue(
            "desk.act",
            f"{key}:{at}",
            person_id=person_id,
            channel=address.channel,
            to=address.value,
            values=values,
        )


async def note_sent(kind: str, key: str, *, person_id: int, way: Channel | Way) -> None:
    """What a capability composed and sent itself stands among the messages of its person."""
    within()
    await fetch(
        "INSERT INTO message (person, way, kind, key, queued_at, sent_at)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT ON CONSTRAINT message_key_key DO NOTHING",
        person_id,
        way.value,
        kind,
        key,
        clock.now(),
    )


async def hand_over(person_id: int) -> int:
    """What had no address was given on paper; how many messages that was."""
    within()
    rows = await fetch(
        "UPDATE message SET sent_at = $2 WHERE person = $1 AND way = 'paper' AND sent_at IS NULL"
        " RETURNING id",
        person_id,
        clock.now(),
    )
    return len(rows)


async def best_contact(person_id: int) -> tuple[Channel, str] | None:
    """Where service messages of a person go, or None."""
    within()
    best = await people.best_contact(person_id)
    return None if best is None else (best.channel, best.value)


async def _trace(kind: str, key: str, way: Way, person_id: int | None) -> bool:
    new = await fetch_value(
        "INSERT INTO message (person, way, kind, key, queued_at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT ON CONSTRAINT message_key_key DO NOTHING RETURNING id",
        person_id,
        way.value,
        kind,
        key,
        clock.now(),
    )
    return new is not None
