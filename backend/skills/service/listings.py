"""A listing's life: entered by its owner or for them, agreed to, changed, renewed, ended."""

from datetime import date, timedelta
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, files, keys
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.notifications import service as notifications
from backend.people.rules import Source
from backend.skills import law, queries, rules, words
from backend.skills.errors import (
    AgreementMissing,
    KindFixed,
    ListingMoved,
    ListingUnknown,
    NotForMinors,
    SkillDuesNeeded,
    TooManyListings,
)
from backend.skills.rules import MOST_LISTINGS, Review, Words

MAY_USE = frozenset({Status.CURRENT, Status.PROVISIONAL, Status.GRACE})
SCOPE = "listing"
ENTERED = N_("Une annonce à votre nom est notée : « %(title)s ».")
ENDED = N_("Votre annonce « %(title)s » est terminée.")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is entered. `photo`: bytes as they came. `source`: online, or where staff heard it.

    `agreed`: staff read `rules.AGREEMENT` aloud and heard a yes; without it nothing is shown before
    the member says so (X1).
    """

    words: Words
    photo: bytes | None = None
    source: Source = Source.ONLINE
    agreed: bool = True


async def enter(by: By, member: Member, entry: Entry, key: str) -> str:
    """Gives the public id; the same key again gives the same (X1, X2, X8).

    Raises NotForMinors, SkillDuesNeeded, TooManyListings, what check_words raises, FileRefused.
    """
    check_member(member)
    said = rules.check_words(entry.words)
    body = {"person": member.person_id, "words": said, "source": entry.source.value}
    async with transaction():
        earlier = await keys.earlier(SCOPE, key, body, str)
        if earlier is not None:
            return earlier
        await check_grown(member.person_id)
        await _lock_person(member.person_id)
        await _check_count(member.person_id)
        signs = law.signs(said, await queries.trade_of(member.person_id))
        public_id = await _insert(by, member, entry, said, signs)
        await note(
            "listing.enter",
            by,
            subject_id=member.person_id,
            object_kind="listing",
            object_id=public_id,
            source=entry.source.value,
            signs=[sign.value for sign in signs],
        )
        await notifications.tell_act(by, member.person_id, ENTERED, facts={"title": said.title})
        await keys.keep(SCOPE, key, body, public_id)
        return public_id


def check_member(member: Member) -> None:
    """Raises NotForMinors (X9) or SkillDuesNeeded."""
    if not member.adult:
        raise NotForMinors
    if member.status() not in MAY_USE:
        raise SkillDuesNeeded


async def check_grown(person_id: int) -> None:
    """By the birth date, where it is known (X9). Raises NotForMinors."""
    within()
    if not await queries.is_grown(person_id):
        raise NotForMinors


async def _lock_person(person_id: int) -> None:
    """So that two taps do not pass together, nor a trade that is said at this moment."""
    within()
    await fetch("SELECT 1 FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id)


async def _check_count(person_id: int) -> None:
    within()
    count: int = await fetch_value(
        "SELECT count(*) FROM listing WHERE person = $1 AND ended_at IS NULL AND expires_on >= $2",
        person_id,
        clock.today(),
    )
    if count >= MOST_LISTINGS:
        raise TooManyListings(most=MOST_LISTINGS)


async def _insert(by: By, member: Member, entry: Entry, said: Words, signs: list[law.Sign]) -> str:
    within()
    now, public_id = clock.now(), codes.random_id()
    online = entry.source is Source.ONLINE
    agreed = online or entry.agreed
    found = await _learn(said)
    await fetch(
        "INSERT INTO listing (public_id, person, kind, category, title, details, place, slots, weekly,"
        " words, photo, source, recorded_by, agreed_at, agreed_where, heard_by, text_shown, review,"
        " signs, created_at, expires_on) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,"
        " $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        public_id,
        member.person_id,
        said.kind.value,
        said.category.value,
        said.title,
        said.details,
        said.place.value,
        list(said.slots),
        said.weekly,
        found,
        None if entry.photo is None else await files.keep_picture(entry.photo),
        entry.source.value,
        None if online else by.id,
        now if agreed else None,
        entry.source.value if agreed else None,
        by.id if agreed and not online else None,
        rules.AGREEMENT if agreed else "",
        (Review.WAITING if signs else Review.FREE).value,
        [sign.value for sign in signs],
        now,
        await _until(),
    )
    return public_id


async def _learn(said: Words) -> list[str]:
    """The words it is found by; the club knows them from now on (X4)."""
    within()
    found = words.kept(said.title, said.details)
    await fetch(
        "INSERT INTO skill_word (word) SELECT unnest($1::text[])"
        " ON CONFLICT ON CONSTRAINT skill_word_word_key DO NOTHING",
        found,
    )
    return found


async def _until() -> date:
    """The last day of what runs from today."""
    settings = await queries.settings()
    return clock.today() + timedelta(days=settings.listed_days)


async def agree(by: By, person_id: int, public_id: str) -> None:
    """The owner says yes, online, to what staff noted for them (X1). Raises ListingUnknown."""
    await _agree(by, person_id, public_id, Source.ONLINE)


async def agree_for(by: By, person_id: int, public_id: str, source: Source) -> None:
    """Staff heard the yes. Raises AgreementMissing where they say it was online."""
    if source is Source.ONLINE:
        raise AgreementMissing().at("agreed")
    await _agree(by, person_id, public_id, source)


async def _agree(by: By, person_id: int, public_id: str, source: Source) -> None:
    async with transaction():
        held = await _lock(person_id, public_id)
        if held["agreed_at"] is not None:
            return
        await fetch(
            "UPDATE listing SET agreed_at = $2, agreed_where = $3, heard_by = $4, text_shown = $5,"
            " expires_on = $6, version = version + 1 WHERE id = $1",
            held["id"],
            clock.now(),
            source.value,
            None if source is Source.ONLINE else by.id,
            rules.AGREEMENT,
            await _until(),
        )
        await _note("listing.agree", by, person_id, public_id, source=source.value)


async def change(
    by: By, person_id: int, public_id: str, version: int, typed: Words, photo: bytes | None = None
) -> None:
    """Its words; what the law asks is looked at anew (X8), and what staff refused once always is.

    A photo replaces the one before. An offer stays an offer: who gave and who received hangs on it.
    Raises ListingUnknown, ListingMoved when somebody changed it meanwhile, what check_words raises.
    """
    said = rules.check_words(typed)
    async with transaction():
        await _lock_person(person_id)
        held = await _lock(person_id, public_id)
        if held["version"] != version or held["ended_at"] is not None:
            raise ListingMoved
        if held["kind"] != said.kind:
            raise KindFixed().at("kind")
        signs = [str(sign) for sign in law.signs(said, await queries.trade_of(person_id))]
        if held["review"] == Review.REFUSED:
            signs = signs or held["signs"]
        picture = held["photo"] if photo is None else await files.keep_picture(photo)
        await fetch(
            "UPDATE listing SET category = $2, title = $3, details = $4, place = $5, slots = $6,"
            " weekly = $7, words = $8, photo = $9, review = $10, signs = $11, reviewed_at = NULL,"
            " reviewed_by = NULL, version = version + 1 WHERE id = $1",
            held["id"],
            said.category.value,
            said.title,
            said.details,
            said.place.value,
            list(said.slots),
            said.weekly,
            await _learn(said),
            picture,
            (Review.WAITING if signs else Review.FREE).value,
            signs,
        )
        if held["photo"] not in (None, picture):
            await files.release(held["photo"])
        await _note("listing.change", by, person_id, public_id)


async def renew(by: By, person_id: int, public_id: str) -> date:
    """One tap: it runs again from today; gives its last day (X2). A second tap changes nothing.

    Raises ListingUnknown, ListingMoved when it has ended or its days are not yet over, TooManyListings
    when too many others run meanwhile.
    """
    async with transaction():
        await _lock_person(person_id)
        held = await _lock(person_id, public_id)
        until = await _until()
        if held["expires_on"] == until and held["ended_at"] is None:
            return until
        if not rules.may_renew(held["expires_on"], held["ended_at"], clock.today()):
            raise ListingMoved
        if held["expires_on"] < clock.today():
            await _check_count(person_id)
        await fetch(
            "UPDATE listing SET expires_on = $2, version = version + 1 WHERE id = $1",
            held["id"],
            until,
        )
        await _note("listing.renew", by, person_id, public_id)
        return until


async def end(by: By, person_id: int, public_id: str) -> None:
    """Nobody finds it any more; a second tap changes nothing. Raises ListingUnknown."""
    async with transaction():
        held = await _lock(person_id, public_id)
        if held["ended_at"] is not None:
            return
        await fetch(
            "UPDATE listing SET ended_at = $2, version = version + 1 WHERE id = $1",
            held["id"],
            clock.now(),
        )
        await _note("listing.end", by, person_id, public_id)
        await notifications.tell_act(by, person_id, ENDED, facts={"title": held["title"]})


async def set_trade(by: By, person_id: int, trade: str) -> None:
    """What the member does for a living; listings that are open are looked at again (X8)."""
    said = " ".join(trade.split())[: rules.LONGEST_TITLE]
    async with transaction():
        await _lock_person(person_id)
        await fetch(
            "INSERT INTO skill_profile (person, trade, changed_at) VALUES ($1, $2, $3)"
            " ON CONFLICT ON CONSTRAINT skill_profile_once DO UPDATE SET trade = EXCLUDED.trade,"
            " changed_at = EXCLUDED.changed_at",
            person_id,
            said,
            clock.now(),
        )
        for row in await fetch(
            "SELECT id, kind, category, title, details, weekly, signs FROM listing WHERE person = $1"
            " AND ended_at IS NULL AND review IN ('free', 'allowed') FOR NO KEY UPDATE",
            person_id,
        ):
            told = ("kind", "category", "title", "details", "weekly")
            signs = law.signs(Words(**{name: row[name] for name in told}), said)
            if not set(signs) <= set(row["signs"]):  # staff have not looked at it for this
                await fetch(
                    "UPDATE listing SET review = 'waiting', signs = $2, reviewed_at = NULL,"
                    " reviewed_by = NULL, version = version + 1 WHERE id = $1",
                    row["id"],
                    [sign.value for sign in signs],
                )
        await note("skills.trade", by, subject_id=person_id)


async def _lock(person_id: int, public_id: str) -> Any:
    within()
    held = await fetch_one(
        "SELECT id, kind, title, photo, version, review, signs, agreed_at, expires_on, ended_at"
        " FROM listing"
        " WHERE person = $1 AND public_id = $2 FOR NO KEY UPDATE",
        person_id,
        public_id,
    )
    if held is None:
        raise ListingUnknown
    return held


async def _note(verb: str, by: By, person_id: int, public_id: str, **facts: Any) -> None:
    within()
    await note(verb, by, subject_id=person_id, object_kind="listing", object_id=public_id, **facts)
