"""Messages: queued with their reason, sent after it."""

from collections.abc import Iterable

from backend.audit.rules import Actor
from backend.audit.service import By
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_value, within
from backend.notifications import post, texts
from backend.notifications.gateway import Outgoing
from backend.notifications.post import KINDS, SILENT
from backend.notifications.rules import Way, waking
from backend.people import queries as people
from backend.people.rules import Address, Channel
from backend.places import queries as places


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

    `asked` names who is asked, just before it leaves, whether it is still to be said (post.Asks); such
    a message rings nobody at night. Texts stand in texts/<kind>.txt.jinja and .sms.jinja; they get `values` and `club`, its name.
    """
    within()
    message = await _message(kind, key, channel, to, values)
    if not await _trace(kind, key, Way(channel.value), person_id):
        return None
    if asked is None:
        return await outbox.put(KINDS[channel], key, message)
    due_at = waking(channel, clock.now())
    return await outbox.put(post.asked_kind(asked, channel), key, message, due_at=due_at)


async def withdraw(keys: list[str]) -> None:
    """What has not left goes nowhere, and leaves no trace of having been said."""
    within()
    await outbox.forget(keys, [])
    await fetch("DELETE FROM message WHERE key = ANY($1) AND sent_at IS NULL", keys)


async def queue_silence(
    kind: str, key: str, *, channel: Channel, to: str, values: dict[str, object]
) -> int | None:
    """The same work as `queue`, and nothing is sent: nobody can tell from the answer or its time."""
    within()
    message = await _message(kind, key, channel, to, values)
    await _trace(kind, key, Way(channel.value), None)
    return await outbox.put(SILENT, key, message)


async def tell(kind: str, key: str, *, person_id: int, values: dict[str, object]) -> Address | None:
    """To the person's best address; without one nothing is sent and the print run takes it up."""
    within()
    best = await people.best_contact(person_id)
    if best is None:
        await _trace(kind, key, Way.PAPER, person_id)
        return None
    await queue(kind, key, person_id=person_id, channel=best.channel, to=best.value, values=values)
    return best


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


async def _message(
    kind: str, key: str, channel: Channel, to: str, values: dict[str, object]
) -> Outgoing:
    voice = await places.voice()
    mail = channel is Channel.EMAIL
    render = texts.render_mail if mail else texts.render_sms
    words = render(kind, {"club": voice.name, **values})
    return Outgoing(
        key,
        channel,
        to,
        words.subject,
        words.text,
        words.html,
        sender=voice.mail_name if mail else voice.sms_sender,
        reply_to=voice.reply_to if mail else "",
    )


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
