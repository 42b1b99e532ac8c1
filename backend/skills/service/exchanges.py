"""Two neighbours about one listing: asked, agreed, done; words through the club, contact by both (X3)."""

from datetime import timedelta
from typing import Any

from backend.audit.service import By, note
from backend.kit import clock, codes, keys
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.kit.limits import Limit, spend
from backend.membership.queries import Member
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.people import queries as people
from backend.skills import queries, rules
from backend.skills.errors import (
    AnswerAwaited,
    ExchangeJustOver,
    ExchangeUnknown,
    ListingUnknown,
    MoveImpossible,
    OwnListing,
)
from backend.skills.rules import ExchangeState
from backend.skills.service.listings import check_grown, check_member
from backend.skills.service.meeting import lock_pair

SCOPE = "exchange"
PAGE = "/entraide/echanges"
# A neighbour asks a few people and talks with them; who goes past this sells something or harasses.
ASKS = Limit("skills.ask", 6, timedelta(days=1))
WORDS = Limit("skills.say", 30, timedelta(hours=1))
FOR_YOU = N_("Le comptoir a répondu pour vous à un voisin : « %(title)s ».")


async def ask(
    by: By, member: Member, listing: str, words: str, key: str, *, shares: bool = False
) -> str:
    """The first message about a listing; who has an open exchange about it gets that one (X3).

    Raises NotForMinors, SkillDuesNeeded, ListingUnknown, OwnListing, ExchangeJustOver, WordsUnreadable,
    ContactInWords, Busy.
    """
    check_member(member)
    said = rules.check_message(words, shared=False)
    found = await queries.get_listing(member, listing)
    if found.own:
        raise OwnListing
    await spend(ASKS, member.person_public_id)
    async with transaction():
        body = {"person": member.person_id, "listing": listing, "words": said}
        earlier = await keys.earlier(SCOPE, key, body, str)
        if earlier is not None:
            return earlier
        await check_grown(member.person_id)
        await lock_pair(member.person_id, found.owner_id)
        if not await queries.may_meet(member.person_id, found.owner_id):
            raise ListingUnknown
        public_id = await _open(by, member, listing, found, said, shares=shares)
        await keys.keep(SCOPE, key, body, public_id)
        return public_id


async def _open(
    by: By, member: Member, listing: str, found: queries.ListingCard, said: str, *, shares: bool
) -> str:
    within()
    known = await fetch(
        "SELECT e.public_id, e.state, e.changed_at, l.public_id = $1 AS same FROM exchange e"
        " JOIN listing l ON l.id = e.listing WHERE e.asker = $2 AND e.owner = $3",
        listing,
        member.person_id,
        found.owner_id,
    )
    for each in known:
        if each["same"] and ExchangeState(each["state"]) in rules.OPEN:
            again: str = each["public_id"]
            return again
    if any(_is_just_over(each) for each in known):
        raise ExchangeJustOver
    now, public_id = clock.now(), codes.random_id()
    new = await fetch_one(
        "INSERT INTO exchange (public_id, listing, asker, owner, state, asker_shares_at, created_at,"
        " changed_at) SELECT $1, l.id, $2, l.person, 'asked', $3, $4, $4 FROM listing l"
        " WHERE l.public_id = $5 AND l.person = $6 AND l.ended_at IS NULL RETURNING id",
        public_id,
        member.person_id,
        now if shares else None,
        now,
        listing,
        found.owner_id,
    )
    if new is None:
        raise ListingUnknown
    await _write(new["id"], member.person_id, said)
    await _record("exchange.ask", by, member, public_id, found.title)
    await tell_one("exchange.asked", f"exchange.asked:{public_id}", found.owner_id, public_id)
    return public_id


def _is_just_over(held: Any) -> bool:
    """A no, or given up by either: whoever asks, gives up and asks again would write all day.

    It is about one thing, and for a day about all the owner has: a neighbour who said no has said it.
    """
    lasts = rules.A_NO_LASTS if held["same"] else rules.NO_OTHER_FOR
    return held["state"] in rules.OVER and held["changed_at"] > clock.now() - lasts


async def say(by: By, member: Member, public_id: str, words: str, key: str) -> None:
    """One more message, to the other one, by the club. Raises ExchangeUnknown, MoveImpossible,
    AnswerAwaited, WordsUnreadable, ContactInWords, Busy.
    """
    check_member(member)
    await spend(WORDS, member.person_public_id)
    async with transaction():
        held = await _lock(member.person_id, public_id)
        body = {"person": member.person_id, "exchange": public_id, "words": words}
        if await keys.earlier(SCOPE, key, body, bool):
            return
        if ExchangeState(held["state"]) not in rules.OPEN:
            raise MoveImpossible
        await _check_meeting(held)
        turn, before = await _unanswered(held["id"], member.person_id)
        if len(before) >= rules.MOST_UNANSWERED:
            raise AnswerAwaited
        said = rules.check_message(words, shared=_both_share(held), before=before)
        await _write(held["id"], member.person_id, said)
        await _record("exchange.say", by, member, public_id, held["title"])
        # Once until the other answers, or on another day: a flood of words is no flood of letters.
        once = f"exchange.message:{public_id}:{turn}:{clock.today()}"
        await tell_one("exchange.message", once, _other(held, member), public_id)
        await keys.keep(SCOPE, key, body, answer=True)


async def _unanswered(exchange_id: int, person_id: int) -> tuple[int, list[str]]:
    """The number of the other's last message, 0 for none, and what this one wrote since."""
    turn: int = await fetch_value(
        "SELECT coalesce(max(id), 0) FROM exchange_message WHERE exchange = $1 AND author <> $2",
        exchange_id,
        person_id,
    )
    rows = await fetch(
        "SELECT words FROM exchange_message WHERE exchange = $1 AND id > $2 ORDER BY id",
        exchange_id,
        turn,
    )
    return turn, [row["words"] for row in rows]


async def accept(by: By, member: Member, public_id: str, *, shares: bool) -> None:
    """The owner says yes, and whether to show their contact to the one who asked."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        if held["state"] == ExchangeState.AGREED:
            return
        _check_owner(held, member)
        await _check_meeting(held)
        await _move(by, held, member, ExchangeState.AGREED)
        if shares:
            await _share(held, "owner", on=True)
        await tell_one("exchange.agreed", f"exchange.agreed:{public_id}", held["asker"], public_id)


async def refuse(by: By, member: Member, public_id: str) -> None:
    """The owner says no, kindly and without a reason."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        if held["state"] == ExchangeState.REFUSED:
            return
        _check_owner(held, member)
        await _move(by, held, member, ExchangeState.REFUSED)
        await tell_one(
            "exchange.refused", f"exchange.refused:{public_id}", held["asker"], public_id
        )


async def withdraw(by: By, member: Member, public_id: str) -> None:
    """Either of the two gives it up before it is done; contact details are hidden again."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        if held["state"] == ExchangeState.WITHDRAWN:
            return
        await _move(by, held, member, ExchangeState.WITHDRAWN)
        await tell_one(
            "exchange.withdrawn", f"exchange.withdrawn:{public_id}", _other(held, member), public_id
        )


async def share(by: By, member: Member, public_id: str, *, on: bool) -> None:
    """Show my contact once we both do, or hide it again at any time (X3)."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        side = "asker" if held["asker"] == member.person_id else "owner"
        if on and (side == "owner" or held["state"] != "asked") and held["state"] != "agreed":
            raise MoveImpossible
        if on:
            await _check_meeting(held)
        await _share(held, side, on=on)
        verb = "exchange.share" if on else "exchange.hide"
        await _record(verb, by, member, public_id, held["title"])


async def finish(by: By, member: Member, public_id: str) -> None:
    """It took place; either of the two says so."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        if held["state"] == ExchangeState.DONE:
            return
        await _move(by, held, member, ExchangeState.DONE)
        await fetch("UPDATE exchange SET done_at = $2 WHERE id = $1", held["id"], clock.now())
        await tell_one(
            "exchange.done", f"exchange.done:{public_id}", _other(held, member), public_id
        )


async def thank(by: By, member: Member, public_id: str) -> None:
    """Whoever was helped says thank you, once."""
    async with transaction():
        held = await _lock(member.person_id, public_id)
        if held["state"] != ExchangeState.DONE or member.person_id != _helped(held):
            raise MoveImpossible
        if held["thanked_at"] is not None:
            return
        await _check_meeting(held)
        await fetch("UPDATE exchange SET thanked_at = $2 WHERE id = $1", held["id"], clock.now())
        await _record("exchange.thank", by, member, public_id, held["title"])
        await tell_one(
            "exchange.thanked", f"exchange.thanked:{public_id}", _other(held, member), public_id
        )


def _both_share(held: Any) -> bool:
    return held["asker_shares_at"] is not None and held["owner_shares_at"] is not None


def _other(held: Any, member: Member) -> int:
    other: int = held["owner"] if held["asker"] == member.person_id else held["asker"]
    return other


def _helped(held: Any) -> int:
    """Of an offer the one who asked, of a request the one who had put it up."""
    helped: int = held["asker"] if held["kind"] == "offer" else held["owner"]
    return helped


async def _check_meeting(held: Any) -> None:
    """Both are grown up, here, and neither blocked the other (X9). Raises MoveImpossible."""
    if not await queries.may_meet(held["asker"], held["owner"]):
        raise MoveImpossible


def _check_owner(held: Any, member: Member) -> None:
    if held["owner"] != member.person_id:
        raise MoveImpossible


async def _lock(person_id: int, public_id: str) -> Any:
    """One of the two alone gets it. Raises ExchangeUnknown."""
    within()
    held = await fetch_one(
        "SELECT e.id, e.public_id, e.asker, e.owner, e.state, e.asker_shares_at, e.owner_shares_at,"
        " e.done_at, e.thanked_at, l.kind, l.title FROM exchange e JOIN listing l ON l.id = e.listing"
        " WHERE e.public_id = $1 AND $2 IN (e.asker, e.owner) FOR NO KEY UPDATE OF e",
        public_id,
        person_id,
    )
    if held is None:
        raise ExchangeUnknown
    return held


async def _move(by: By, held: Any, member: Member, to: ExchangeState) -> None:
    within()
    rules.check_move(ExchangeState(held["state"]), to)
    hidden = "" if to in {ExchangeState.AGREED, ExchangeState.DONE} else _HIDDEN
    await fetch(
        f"UPDATE exchange SET state = $2, changed_at = $3 {hidden} WHERE id = $1",  # noqa: S608 - our own words
        held["id"],
        to.value,
        clock.now(),
    )
    await _record(f"exchange.{to}", by, member, held["public_id"], held["title"])


_HIDDEN = ", asker_shares_at = NULL, owner_shares_at = NULL"


async def _share(held: Any, side: str, *, on: bool) -> None:
    within()
    await fetch(
        f"UPDATE exchange SET {side}_shares_at = $2 WHERE id = $1",  # noqa: S608 - asker or owner
        held["id"],
        clock.now() if on else None,
    )


async def _write(exchange_id: int, person_id: int, said: str) -> None:
    within()
    await fetch(
        "INSERT INTO exchange_message (public_id, exchange, author, words, at)"
        " VALUES ($1, $2, $3, $4, $5)",
        codes.random_id(),
        exchange_id,
        person_id,
        said,
        clock.now(),
    )


async def _record(verb: str, by: By, member: Member, public_id: str, title: str) -> None:
    """On record; and told to the member where somebody of the club did it for them (D6)."""
    within()
    await note(verb, by, subject_id=member.person_id, object_kind="exchange", object_id=public_id)
    await notifications.tell_act(by, member.person_id, FOR_YOU, facts={"title": title})


async def tell_one(kind: str, key: str, person_id: int, exchange: str) -> None:
    """That something waits, never who said what: words and names stay in the space (X3)."""
    within()
    known = await people.find_person(person_id)
    if known is not None:
        values: dict[str, object] = {"name": known.given_name, "link": link(f"{PAGE}/{exchange}")}
        await notifications.tell(kind, key, person_id=person_id, values=values)
