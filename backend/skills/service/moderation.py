"""What staff do: let a listing through, answer reports, bring two together, close an exchange."""

from datetime import timedelta
from typing import Any

from backend.audit.errors import OwnCase
from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.kit.limits import Limit, spend
from backend.membership.queries import Member
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.skills import queries, rules
from backend.skills.errors import (
    ExchangeUnknown,
    ListingMoved,
    ListingUnknown,
    NotForMinors,
    OwnListing,
    ReportUnknown,
    WordsUnreadable,
)
from backend.skills.queries import Settings
from backend.skills.rules import Outcome, Wrong
from backend.skills.service.meeting import lock_pair

HERE = "/entraide"
MINE = f"{HERE}/mes-annonces"
REPORTS = Limit("skills.report", 10, timedelta(days=1))
REMOVED = N_("Votre annonce « %(title)s » est retirée.")


async def allow(by: By, public_id: str, version: int) -> None:
    """Staff looked, and it may be shown (X8); `version` is of the words they read.

    Raises ListingUnknown, OwnCase for one's own, ListingMoved when they are others meanwhile.
    """
    await _review(by, public_id, version, "allowed")


async def refuse_listing(by: By, public_id: str, version: int) -> None:
    """Staff looked, and it may not; its owner is told why (X8). Raises as `allow`."""
    await _review(by, public_id, version, "refused")


async def _review(by: By, public_id: str, version: int, to: str) -> None:
    async with transaction():
        owner = await fetch_value("SELECT person FROM listing WHERE public_id = $1", public_id)
        check_not_about(by, owner)
        held = await fetch_one(
            "UPDATE listing SET review = $2, reviewed_at = $3, reviewed_by = $4, version = version + 1"
            " WHERE public_id = $1 AND review = 'waiting' AND ended_at IS NULL AND version = $5"
            " RETURNING person, title, version",
            public_id,
            to,
            clock.now(),
            by.id,
            version,
        )
        if held is None:
            review = await fetch_value(
                "SELECT review FROM listing WHERE public_id = $1 AND ended_at IS NULL", public_id
            )
            if review is None:
                raise ListingUnknown
            if review != to:
                raise ListingMoved
            return
        await _note(by, f"listing.{to}", held["person"], public_id)
        await notifications.tell(
            f"listing.{to}",
            f"listing.{to}:{public_id}:{held['version']}",
            person_id=held["person"],
            values={"title": held["title"], "link": link(MINE)},
        )


def check_not_about(by: By, *people: int | None) -> None:
    """Nobody of the house decides on what they put up, said or are said to have done. Raises OwnCase."""
    if by.id is not None and by.id in people:
        raise OwnCase


async def report(
    by: By,
    member: Member,
    wrong: Wrong,
    words: str,
    *,
    listing: str = "",
    exchange: str = "",
) -> None:
    """A neighbour says that something is wrong, with a listing they may read or an exchange of theirs.

    Said twice while it waits it is one report (X9); dues or not, who is bothered says so. Raises
    NotForMinors, ListingUnknown, ExchangeUnknown, WordsUnreadable, OwnListing, Busy.
    """
    if not member.adult:
        raise NotForMinors
    said = words.strip()
    if len(said) > rules.LONGEST_WORDS:
        raise WordsUnreadable().at("words")
    about = await _about(member, listing, exchange)
    await spend(REPORTS, member.person_public_id)
    async with transaction():
        new = await fetch_one(
            "INSERT INTO skill_report (public_id, listing, exchange, reporter, wrong, words, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (listing, coalesce(exchange, 0), reporter) WHERE answered_at IS NULL"
            " DO NOTHING RETURNING id",
            codes.random_id(),
            about["listing"],
            about["exchange"],
            member.person_id,
            wrong.value,
            said,
            clock.now(),
        )
        if new is not None:
            await note("skills.report", by, subject_id=member.person_id, wrong=wrong.value)


async def _about(member: Member, listing: str, exchange: str) -> Any:
    if exchange:
        row = await fetch_one(
            "SELECT id AS exchange, listing FROM exchange WHERE public_id = $1"
            " AND $2 IN (asker, owner)",
            exchange,
            member.person_id,
        )
        if row is None:
            raise ExchangeUnknown
        return row
    found = await queries.get_listing(member, listing)
    if found.own:
        raise OwnListing
    return await fetch_one(
        "SELECT id AS listing, NULL::bigint AS exchange FROM listing WHERE public_id = $1", listing
    )


async def answer_report(by: By, public_id: str, outcome: Outcome) -> None:
    """Staff answered: nothing, a warning, or what is wrong is taken away; who reported hears that.

    Raises ReportUnknown, OwnCase. A second answer changes nothing.
    """
    async with transaction():
        check_not_about(by, *await queries.people_of_report(public_id))
        held = await fetch_one(
            "UPDATE skill_report SET answered_at = $2, answered_by = $3, outcome = $4"
            " WHERE public_id = $1 AND answered_at IS NULL"
            " RETURNING listing, exchange, reporter",
            public_id,
            clock.now(),
            by.id,
            outcome.value,
        )
        if held is None:
            if await fetch_one("SELECT 1 FROM skill_report WHERE public_id = $1", public_id):
                return
            raise ReportUnknown
        if outcome is Outcome.REMOVED:
            await _take_away(by, held)
        await note(
            "skills.answer",
            by,
            subject_id=held["reporter"],
            object_kind="skill_report",
            object_id=public_id,
            outcome=outcome.value,
        )
        await notifications.tell(
            "skills.answered",
            f"skills.answered:{public_id}",
            person_id=held["reporter"],
            values={"outcome": outcome.value, "link": link(HERE)},
        )


async def _take_away(by: By, held: Any) -> None:
    """The words of the one who was reported; where the report is about a listing, it and what is
    open about it.
    """
    within()
    if held["exchange"] is not None:
        await fetch(
            "UPDATE exchange_message SET hidden_at = coalesce(hidden_at, $3) WHERE exchange = $1"
            " AND author <> $2",
            held["exchange"],
            held["reporter"],
            clock.now(),
        )
        await _close(held["exchange"])
        return
    gone = await fetch_one(
        "UPDATE listing SET ended_at = coalesce(ended_at, $2), version = version + 1 WHERE id = $1"
        " RETURNING person, public_id, title",
        held["listing"],
        clock.now(),
    )
    assert gone is not None
    for row in await fetch(
        "SELECT id FROM exchange WHERE listing = $1 AND state IN ('asked', 'agreed') ORDER BY id",
        held["listing"],
    ):
        await _close(row["id"])
    await _note(by, "listing.remove", gone["person"], gone["public_id"])
    await notifications.tell_act(by, gone["person"], REMOVED, facts={"title": gone["title"]})


async def _close(exchange_id: int) -> None:
    within()
    await fetch(
        "UPDATE exchange SET state = 'closed', changed_at = $2, asker_shares_at = NULL,"
        " owner_shares_at = NULL WHERE id = $1 AND state IN ('asked', 'agreed', 'done')",
        exchange_id,
        clock.now(),
    )


async def tell_pair(by: By, offer: str, request: str, *, told: bool) -> None:
    """Staff bring two together: each hears of the other's listing, or the pair is put aside (X5).

    Once for a pair, whoever taps first. Raises ListingUnknown.
    """
    async with transaction():
        rows = await fetch(
            "SELECT l.id, l.public_id, l.kind, l.person, l.title, p.given_name FROM listing l"
            " JOIN person p ON p.id = l.person WHERE l.public_id = ANY($1) AND l.ended_at IS NULL"
            " AND l.expires_on >= $2 AND l.review IN ('free', 'allowed') AND l.agreed_at IS NOT NULL",
            [offer, request],
            clock.today(),
        )
        sides = {row["kind"]: row for row in rows}
        if set(sides) != {"offer", "request"} or sides["offer"]["public_id"] != offer:
            raise ListingUnknown
        people = [row["person"] for row in rows]
        await lock_pair(*people)
        if told and not await queries.may_meet(*people):
            raise ListingUnknown
        new = await fetch_one(
            "INSERT INTO skill_proposal (offer, request, told, at, by) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT ON CONSTRAINT skill_proposal_once DO NOTHING RETURNING id",
            sides["offer"]["id"],
            sides["request"]["id"],
            told,
            clock.now(),
            by.id,
        )
        if new is None:
            return
        await note("skills.pair", by, object_kind="listing", object_id=request, told=told)
        if told:
            for mine, theirs in (("offer", "request"), ("request", "offer")):
                await _tell_of(sides[mine], sides[theirs], new["id"])


async def _tell_of(mine: Any, theirs: Any, proposal_id: int) -> None:
    within()
    await notifications.tell(
        "skills.matched",
        f"skills.matched:{proposal_id}:{mine['kind']}",
        person_id=mine["person"],
        values={
            "name": mine["given_name"],
            "title": theirs["title"],
            "link": link(f"{HERE}/annonces/{theirs['public_id']}"),
        },
    )


async def set_settings(by: By, wanted: Settings) -> None:
    """Raises SettingsWrong."""
    rules.check_settings(wanted.listed_days, wanted.warn_minutes, wanted.most_minutes)
    async with transaction():
        before = await queries.settings()
        await fetch(
            "INSERT INTO skill_setting (listed_days, hours, warn_minutes, most_minutes, changed_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT ON CONSTRAINT skill_setting_one_key DO UPDATE"
            " SET listed_days = EXCLUDED.listed_days, hours = EXCLUDED.hours, warn_minutes ="
            " EXCLUDED.warn_minutes, most_minutes = EXCLUDED.most_minutes, changed_at ="
            " EXCLUDED.changed_at",
            wanted.listed_days,
            wanted.hours,
            wanted.warn_minutes,
            wanted.most_minutes,
            clock.now(),
        )
        await note("skills.settings", by, before=str(before), after=str(wanted))


async def _note(by: By, verb: str, person_id: int, public_id: str) -> None:
    within()
    await note(verb, by, subject_id=person_id, object_kind="listing", object_id=public_id)
