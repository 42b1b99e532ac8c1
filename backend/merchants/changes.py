"""What merchants change of their own shops: at once where the club lets them, else when it agrees."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, Invalid, Missing, Refused
from backend.kit.files import File
from backend.merchants import rules
from backend.merchants.queries import ShopCard
from backend.merchants.rules import Hours
from backend.merchants.service.shops import let_go_of_picture
from backend.merchants.wishes import FREE, Answer, Part

SHORTEST_REASON, LONGEST_REASON = 3, 300
LAST = 6


class ChangeUnknown(Missing):
    slug = "shop_change_unknown"
    sentence = N_("Nous ne trouvons pas cette demande.")
    next = N_("Revenez à la liste des demandes.")


class ChangeAnswered(Refused):
    slug = "shop_change_answered"
    sentence = N_("Cette demande a déjà sa réponse.")
    next = N_("Revenez à la liste des demandes.")


class ReasonMissing(Invalid):
    slug = "answer_unexplained"
    sentence = N_("Dites pourquoi en quelques mots.")
    next = N_("Le commerçant lira cette phrase.")


class ShopDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the merchant typed; `photo` the bytes of a new picture, None keeps the last."""

    hours: tuple[Hours, ...]
    phone: str | None
    photo: bytes | None = None


class Outcome(msgspec.Struct, frozen=True):
    """Which parts are changed, and which wait for the club."""

    done: tuple[Part, ...]
    waiting: tuple[Part, ...]


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A wish beside what holds today."""

    public_id: str
    part: Part
    shop_public_id: str
    shop_name: str
    partner_name: str
    partner_public_id: str
    hours: tuple[Hours, ...]
    hours_now: tuple[Hours, ...]
    phone: str | None
    phone_now: str | None
    has_photo: bool
    asked_at: datetime
    state: Answer
    answered_at: datetime | None
    reason: str | None


async def free_parts() -> frozenset[Part]:
    """What merchants change alone today."""
    row = await fetch_one("SELECT parts FROM shop_freedom ORDER BY id DESC LIMIT 1")
    return FREE if row is None else frozenset(Part(part) for part in row["parts"])


async def set_free_parts(by: By, parts: Collection[Part]) -> None:
    """The club's rule for all merchants from now on; what waits goes on waiting."""
    async with transaction():
        told = sorted(part.value for part in parts)
        await fetch(
            "INSERT INTO shop_freedom (parts, since, by) VALUES ($1, $2, $3)",
            told,
            clock.now(),
            by.id,
        )
        await note("shop.freedom", by, object_kind="setting", object_id="shop_freedom", parts=told)


async def ask(by: By, shop: ShopCard, wish: ShopDetails) -> Outcome:
    """Changes what may be changed at once, and keeps the rest for the club. What is the same stays."""
    rules.check_hours(wish.hours)
    phone = text.normalise_phone(wish.phone) if wish.phone else None
    async with transaction():
        # Of two wishes for one part the second replaces the first.
        await fetch("SELECT id FROM shop WHERE id = $1 FOR NO KEY UPDATE", shop.id)
        free = await free_parts()
        changed: list[tuple[Part, Any]] = []
        if sorted(wish.hours) != sorted(shop.hours):
            changed.append((Part.HOURS, msgspec.json.encode(wish.hours).decode()))
        if phone != shop.phone:
            changed.append((Part.PHONE, phone))
        if wish.photo is not None:
            changed.append((Part.PHOTO, await files.keep_picture(wish.photo)))
        for part, value in changed:
            await _write(by, shop.id, part, value, at_once=part in free)
    asked = [part for part, _ in changed]
    return Outcome(
        tuple(part for part in asked if part in free),
        tuple(part for part in asked if part not in free),
    )


async def accept(by: By, public_id: str) -> None:
    """The shop is as its merchant wished."""
    async with transaction():
        row = await _lock_waiting(public_id)
        await _apply(row["shop"], Part(row["part"]), row[row["part"]])
        await _answer(by, row, Answer.ACCEPTED, None)


async def refuse(by: By, public_id: str, reason: str) -> None:
    """The shop stays as it is; the merchant reads why."""
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise ReasonMissing().at("reason")
    async with transaction():
        row = await _lock_waiting(public_id)
        await _answer(by, row, Answer.REFUSED, reason.strip())
        await _let_go_of_photo(row["id"], row["photo"])


async def waiting() -> list[Change]:
    """What the club has to answer, the oldest first."""
    rows = await fetch(f"{_CHANGE} WHERE c.state = 'waiting' ORDER BY c.asked_at, c.id")
    return [_change(row) for row in rows]


async def of_shop(shop_id: int) -> list[Change]:
    """The last wishes for a shop with their answers, newest first."""
    rows = await fetch(
        f"{_CHANGE} WHERE c.shop = $1 AND c.state <> 'replaced' ORDER BY c.id DESC LIMIT $2",
        shop_id,
        LAST,
    )
    return [_change(row) for row in rows]


async def photo_of(public_id: str) -> File | None:
    """The picture of a wish, for the club to look at."""
    file_id = await fetch_value("SELECT photo FROM shop_change WHERE public_id = $1", public_id)
    return None if file_id is None else await files.get(file_id)


async def _write(by: By, shop_id: int, part: Part, value: Any, *, at_once: bool) -> None:
    within()
    for row in await fetch(
        "UPDATE shop_change SET state = 'replaced', answered_at = $3"
        " WHERE shop = $1 AND part = $2 AND state = 'waiting' RETURNING id, photo",
        shop_id,
        part.value,
        clock.now(),
    ):
        await _let_go_of_photo(row["id"], row["photo"])
    if at_once:
        await _apply(shop_id, part, value)
        await note("shop.change", by, object_kind="shop", object_id=shop_id, part=part.value)
        return
    await fetch(
        "INSERT INTO shop_change (public_id, shop, part, hours, phone, photo, asked_by, asked_at,"
        " state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting')",
        codes.random_id(),
        shop_id,
        part.value,
        value if part is Part.HOURS else None,
        value if part is Part.PHONE else None,
        value if part is Part.PHOTO else None,
        by.id,
        clock.now(),
    )
    await note("shop.ask", by, object_kind="shop", object_id=shop_id, part=part.value)


async def _let_go_of_photo(change_id: int, photo: int | None) -> None:
    """A picture that no shop will show is kept by nobody, unless it is another one's too."""
    within()
    if photo is not None:
        await fetch("UPDATE shop_change SET photo = NULL WHERE id = $1", change_id)
        await files.release(photo)


async def _apply(shop_id: int, part: Part, value: Any) -> None:
    match part:
        case Part.HOURS:
            await _set_hours(shop_id, msgspec.json.decode(value, type=tuple[Hours, ...]))
        case Part.PHONE:
            await fetch("UPDATE shop SET phone = $2 WHERE id = $1", shop_id, value)
        case Part.PHOTO:
            before = await fetch_value("SELECT photo FROM shop WHERE id = $1", shop_id)
            await fetch("UPDATE shop SET photo = $2 WHERE id = $1", shop_id, value)
            await let_go_of_picture(shop_id, before)


async def _set_hours(shop_id: int, hours: Sequence[Hours]) -> None:
    await fetch("DELETE FROM shop_hours WHERE shop = $1", shop_id)
    await fetch(
        "INSERT INTO shop_hours (shop, weekday, opens, closes)"
        " SELECT $1, * FROM unnest($2::bigint[], $3::time[], $4::time[])",
        shop_id,
        [each.weekday for each in hours],
        [each.opens for each in hours],
        [each.closes for each in hours],
    )


async def _lock_waiting(public_id: str) -> Any:
    row = await fetch_one(
        "SELECT id, shop, part, hours, phone, photo, state FROM shop_change WHERE public_id = $1"
        " FOR NO KEY UPDATE",
        public_id,
    )
    if row is None:
        raise ChangeUnknown
    if row["state"] != Answer.WAITING:
        raise ChangeAnswered
    return row


async def _answer(by: By, row: Any, answer: Answer, reason: str | None) -> None:
    await fetch(
        "UPDATE shop_change SET state = $2, answered_at = $3, answered_by = $4, reason = $5"
        " WHERE id = $1",
        row["id"],
        answer.value,
        clock.now(),
        by.id,
        reason,
    )
    await note(
        f"shop.wish.{answer.value}",
        by,
        object_kind="shop",
        object_id=row["shop"],
        part=row["part"],
    )


_CHANGE = """
SELECT c.public_id, c.part, s.public_id AS shop_public_id, s.name AS shop_name,
       p.name AS partner_name, p.public_id AS partner_public_id,
       coalesce(c.hours::text, '[]') AS hours, c.phone, s.phone AS phone_now,
       c.photo IS NOT NULL AS has_photo, c.asked_at, c.state, c.answered_at, c.reason,
       coalesce((SELECT json_agg(json_build_object('weekday', h.weekday, 'opens', h.opens,
         'closes', h.closes) ORDER BY h.weekday, h.opens) FROM shop_hours h WHERE h.shop = s.id),
         '[]')::text AS hours_now
FROM shop_change c JOIN shop s ON s.id = c.shop JOIN partner p ON p.id = s.partner
"""


def _change(row: Any) -> Change:
    values = dict(row)
    for name in ("hours", "hours_now"):
        values[name] = msgspec.json.decode(values[name], type=tuple[Hours, ...])
    return Change(part=Part(values.pop("part")), state=Answer(values.pop("state")), **values)
