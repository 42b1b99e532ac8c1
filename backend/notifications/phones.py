"""The telephones that ring for somebody: let in by a tap, gone with the session they stand in."""

from datetime import datetime

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_as, fetch_value, transaction, within
from backend.notifications import push
from backend.notifications.errors import PhoneMissing, PhoneNotUsable, TooManyPhones
from backend.notifications.push import Keys
from backend.notifications.webpush import is_point

MOST_PHONES = 5
MOST_FAILURES = 10  # in a row, of a service that refuses


class Phone(msgspec.Struct, frozen=True):
    """As its owner sees it."""

    public_id: str
    device: str
    created_at: datetime
    session: int


class Ringing(msgspec.Struct, frozen=True):
    """As it is rung."""

    id: int
    endpoint: str
    p256dh: bytes
    auth: bytes
    ours: bytes

    @property
    def keys(self) -> Keys:
        return Keys(self.endpoint, self.p256dh, self.auth, self.ours)


async def phones_of(person_id: int) -> list[Phone]:
    return await fetch_as(
        Phone,
        "SELECT public_id, device, created_at, session FROM push_subscription WHERE person = $1"
        " ORDER BY id",
        person_id,
    )


async def ringing(person_id: int) -> list[Ringing]:
    return await fetch_as(
        Ringing,
        "SELECT id, endpoint, p256dh, auth, ours FROM push_subscription WHERE person = $1"
        " ORDER BY id",
        person_id,
    )


async def can_ring(person_id: int) -> bool:
    found: bool = await fetch_value(
        "SELECT EXISTS (SELECT 1 FROM push_subscription WHERE person = $1)", person_id
    )
    return found


async def add(by: By, person_id: int, session: int, device: str, keys: Keys) -> None:
    """One browser, once: whoever had it before has it no more. Raises PhoneNotUsable, TooManyPhones."""
    _check_usable(keys)
    async with transaction():
        await fetch("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id)
        await fetch(
            "DELETE FROM push_subscription WHERE endpoint = $1 OR session = $2",
            keys.endpoint,
            session,
        )
        count = await fetch_value(
            "SELECT count(*) FROM push_subscription WHERE person = $1", person_id
        )
        if count >= MOST_PHONES:
            raise TooManyPhones(most=MOST_PHONES)
        await fetch(
            "INSERT INTO push_subscription (public_id, person, session, endpoint, p256dh, auth, ours,"
            " device, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
            " ON CONFLICT ON CONSTRAINT push_subscription_endpoint_key DO NOTHING",
            codes.random_id(),
            person_id,
            session,
            keys.endpoint,
            keys.p256dh,
            keys.auth,
            keys.ours,
            device,
            clock.now(),
        )
        await audit.note("phone.add", by, subject_id=person_id, device=device)


def _check_usable(keys: Keys) -> None:
    gateway = push.gateway()
    if (
        gateway is None
        or not gateway.serves(keys.endpoint)
        or not gateway.vapid.knows(keys.ours)
        or not is_point(keys.p256dh)
        or len(keys.auth) != 16
    ):
        raise PhoneNotUsable


async def remove(by: By, person_id: int, public_id: str) -> None:
    """One of their own. Raises PhoneMissing for anybody else's."""
    async with transaction():
        device = await fetch_value(
            "DELETE FROM push_subscription WHERE person = $1 AND public_id = $2 RETURNING device",
            person_id,
            public_id,
        )
        if device is None:
            raise PhoneMissing
        await audit.note("phone.end", by, subject_id=person_id, device=device)


async def end_with(sessions: list[int]) -> None:
    """Nothing rings any more where somebody signed out. A contribution of whatever ends sessions."""
    within()
    await fetch("DELETE FROM push_subscription WHERE session = ANY($1)", sessions)


async def end_all(person_id: int, *, but: int | None) -> None:
    """Nor anywhere, but in this one. Where a session had run out by itself before, too."""
    within()
    await fetch(
        "DELETE FROM push_subscription WHERE person = $1 AND session IS DISTINCT FROM $2",
        person_id,
        but,
    )


async def hand_on(old: list[int], new: int, person_id: int) -> None:
    """The same person signed in again in the same browser: it goes on ringing. For another it does not."""
    within()
    await fetch(
        "DELETE FROM push_subscription WHERE session = ANY($1) AND person <> $2", old, person_id
    )
    await fetch("UPDATE push_subscription SET session = $2 WHERE session = ANY($1)", old, new)


async def note_reached(phone_id: int) -> None:
    await fetch(
        "UPDATE push_subscription SET reached_at = $2, failures = 0 WHERE id = $1",
        phone_id,
        clock.now(),
    )


async def note_refused(phone_id: int) -> None:
    """After some in a row it is taken out."""
    await fetch("UPDATE push_subscription SET failures = failures + 1 WHERE id = $1", phone_id)
    await fetch(
        "DELETE FROM push_subscription WHERE id = $1 AND failures >= $2", phone_id, MOST_FAILURES
    )


async def forget(phone_id: int) -> None:
    """Its browser, or its service, let it go."""
    await fetch("DELETE FROM push_subscription WHERE id = $1", phone_id)
