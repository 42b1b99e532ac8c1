"""« Je n'ai pas fait cet achat »: a member contests a use, a manager looks and decides (V33).

Nothing happens by itself: the use counts until it is decided, the shop goes on scanning, the member
goes on taking vouchers. The shop is not told who asked, only, where it comes to that, that a use was
undone.
"""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.errors import OwnCase
from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.errors import N_, Invalid, Missing, Refused
from backend.membership.queries import Member
from backend.notifications import service as notifications
from backend.offers.rules import Terms
from backend.vouchers import rules, service
from backend.vouchers.errors import RedemptionUnknown
from backend.vouchers.rules import Outcome, UseChannel, UseMode

LONGEST_WORDS = 500
CLOSED = "contest.closed"
SHOWN_CLOSED = 20


class ContestUnknown(Missing):
    slug = "contest_unknown"
    sentence = N_("Nous ne trouvons pas ce cas.")
    next = N_("Revenez à la liste des cas.")


class ContestTooLate(Refused):
    slug = "contest_too_late"
    sentence = N_("Cette utilisation a plus de 30 jours.")
    next = N_("Appelez le club : il peut encore regarder avec vous.")


class ContestOnce(Refused):
    slug = "contest_once"
    sentence = N_("Le club regarde déjà cette utilisation, ou a répondu.")
    next = N_("Revenez à vos bons pour lire sa réponse.")


class UseUndone(Refused):
    slug = "contest_of_undone"
    sentence = N_("Cette utilisation est déjà annulée.")
    next = N_("Vous n'avez rien à faire.")


class ContestClosed(Refused):
    slug = "contest_closed"
    sentence = N_("Ce cas est déjà réglé.")
    next = N_("Revenez à la liste des cas.")


class OutcomeUnexplained(Invalid):
    slug = "contest_unexplained"
    sentence = N_("Dites pourquoi en quelques mots.")
    next = N_("L'adhérent lira cette phrase.")


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """One case in a list."""

    public_id: str
    title: str
    shop: str
    at: datetime
    saving_cents: int
    opened_at: datetime
    outcome: Outcome | None
    closed_at: datetime | None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of a contested use, for a manager or admin only."""

    public_id: str
    redemption: str
    opened_at: datetime
    words: str
    member: str
    person: str
    title: str
    partner_name: str
    partner_public_id: str
    shop: str
    till: str | None
    till_public_id: str | None
    cashier: str | None
    staff: str | None
    channel: UseChannel
    mode: UseMode
    at: datetime
    device_at: datetime | None
    taken_at: datetime | None
    receipt_ref: str | None
    full_cents: int | None
    paid_cents: int | None
    saving_cents: int
    identity_checked: bool
    undone_at: datetime | None
    outcome: Outcome | None
    reason: str | None
    closed_at: datetime | None
    closed_by: str | None


async def contest(member: Member, by: By, redemption: str, words: str) -> str:
    """Of one's own household, within 30 days, once. Gives the case's public id."""
    async with transaction():
        use = await fetch_one(
            "SELECT r.id, r.at, EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id) AS undone"
            " FROM redemption r WHERE r.public_id = $1 AND r.household = $2",
            redemption,
            member.household_id,
        )
        if use is None:
            raise RedemptionUnknown
        if use["undone"]:
            raise UseUndone
        if clock.now() >= use["at"] + rules.CONTEST_WITHIN:
            raise ContestTooLate
        public_id = codes.random_id()
        made = await fetch_value(
            "INSERT INTO contest (public_id, redemption, person, words, opened_at)"
            " VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT ON CONSTRAINT contest_once DO NOTHING RETURNING id",
            public_id,
            use["id"],
            member.person_id,
            words.strip()[:LONGEST_WORDS],
            clock.now(),
        )
        if made is None:
            raise ContestOnce
        await note(
            "use.contest",
            by,
            subject_id=member.person_id,
            object_kind="redemption",
            object_id=redemption,
        )
    return public_id


async def close(by: By, public_id: str, outcome: Outcome, reason: str) -> None:
    """The use stays or is undone; the member hears which, and why. Raises OwnCase for one's own home."""
    if not rules.SHORTEST_REASON <= len(reason.strip()) <= rules.LONGEST_REASON:
        raise OutcomeUnexplained().at("reason")
    async with transaction():
        if await fetch_value(_OWN, public_id, by.id):
            raise OwnCase
        row = await fetch_one(
            "UPDATE contest k SET outcome = $2, reason = $3, closed_at = $4, closed_by = $5"
            " FROM redemption r JOIN shop s ON s.id = r.shop JOIN offer_version t"
            "  ON t.offer = r.offer AND t.version = r.offer_version"
            " WHERE k.public_id = $1 AND k.closed_at IS NULL AND r.id = k.redemption"
            " RETURNING k.person, r.public_id AS redemption, r.at, s.name AS shop,"
            "  t.terms->>'title' AS title,"
            "  EXISTS (SELECT 1 FROM reversal u WHERE u.redemption = r.id) AS undone",
            public_id,
            outcome.value,
            reason.strip(),
            clock.now(),
            by.id,
        )
        if row is None:
            raise await _why_not_closed(public_id)
        until = None
        if outcome is Outcome.REVERSED and not row["undone"]:
            use, why = row["redemption"], reason.strip()
            until = (await service.take_back(use, why, by, None, telling=False)).voucher_until
        await _tell(row, public_id, outcome, reason.strip(), until)
        await note(
            "use.contest.close",
            by,
            subject_id=row["person"],
            object_kind="redemption",
            object_id=row["redemption"],
            outcome=outcome.value,
        )


async def open_cases() -> list[CaseLine]:
    """Those that wait for a manager, the oldest first."""
    rows = await fetch(f"{_LINE} WHERE k.closed_at IS NULL ORDER BY k.opened_at, k.id")
    return [_line(row) for row in rows]


async def closed_cases() -> list[CaseLine]:
    """The last ones that were decided, newest first."""
    rows = await fetch(
        f"{_LINE} WHERE k.closed_at IS NOT NULL ORDER BY k.closed_at DESC LIMIT $1", SHOWN_CLOSED
    )
    return [_line(row) for row in rows]


async def get_case(public_id: str) -> Case:
    row = await fetch_one(f"{_CASE} WHERE k.public_id = $1", public_id)
    if row is None:
        raise ContestUnknown
    values = dict(row)
    outcome = values.pop("outcome")
    return Case(
        channel=UseChannel(values.pop("channel")),
        mode=UseMode(values.pop("mode")),
        outcome=None if outcome is None else Outcome(outcome),
        **values,
    )


async def _why_not_closed(public_id: str) -> ContestUnknown | ContestClosed:
    known = await fetch_value("SELECT id FROM contest WHERE public_id = $1", public_id)
    return ContestUnknown() if known is None else ContestClosed()


async def _tell(
    row: Any, public_id: str, outcome: Outcome, reason: str, until: datetime | None
) -> None:
    await notifications.tell(
        CLOSED,
        f"{CLOSED}:{public_id}",
        person_id=row["person"],
        values={
            "title": row["title"],
            "shop": row["shop"],
            "at": row["at"],
            "kept": outcome is Outcome.KEPT,
            "reason": reason,
            "until": until,
        },
    )


_OWN = (
    "SELECT EXISTS (SELECT 1 FROM contest k JOIN redemption r ON r.id = k.redemption"
    " JOIN household_member m ON m.household = r.household AND m.left_on IS NULL"
    " WHERE k.public_id = $1 AND m.person = $2)"
)
_LINE = """
SELECT k.public_id, t.terms, s.name AS shop, r.at, r.saving_cents, k.opened_at, k.outcome,
       k.closed_at
FROM contest k JOIN redemption r ON r.id = k.redemption JOIN shop s ON s.id = r.shop
JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
"""
_CASE = """
SELECT k.public_id, r.public_id AS redemption, k.opened_at, k.words,
       n.given_name || ' ' || n.family_name AS member, n.public_id AS person,
       t.terms->>'title' AS title, p.name AS partner_name, p.public_id AS partner_public_id,
       s.name AS shop, l.name AS till, l.public_id AS till_public_id, r.cashier,
       w.given_name || ' ' || w.family_name AS staff, r.channel, r.mode, r.at, r.device_at,
       v.issued_at AS taken_at, r.receipt_ref, r.full_cents, r.paid_cents, r.saving_cents,
       r.identity_checked, u.at AS undone_at, k.outcome, k.reason, k.closed_at,
       c.given_name || ' ' || c.family_name AS closed_by
FROM contest k JOIN redemption r ON r.id = k.redemption JOIN shop s ON s.id = r.shop
JOIN partner p ON p.id = r.partner JOIN person n ON n.id = k.person
JOIN offer_version t ON t.offer = r.offer AND t.version = r.offer_version
LEFT JOIN till l ON l.id = r.till LEFT JOIN voucher v ON v.id = r.voucher
LEFT JOIN person w ON w.id = r.staff LEFT JOIN person c ON c.id = k.closed_by
LEFT JOIN reversal u ON u.redemption = r.id
"""


def _line(row: Any) -> CaseLine:
    values = dict(row)
    terms = msgspec.json.decode(values.pop("terms"), type=Terms)
    outcome = values.pop("outcome")
    return CaseLine(
        title=terms.title,
        outcome=None if outcome is None else Outcome(outcome),
        **values,
    )
