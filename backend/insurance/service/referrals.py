"""A member asks to be called, takes it back, says what was saved; the other side marks where it is.

What the member agreed to is kept word for word. The other side hears by e-mail that somebody waits,
or that somebody took their wish back, and never who: names stay in its space, so that they can go.
"""

from datetime import datetime
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.insurance import referrals, rules
from backend.insurance.errors import (
    AgreementMissing,
    AgreementMoved,
    ContactUnreadable,
    DuesNeeded,
    MoveImpossible,
    NotForYou,
    NotWithClub,
    ReferralUnknown,
    YesMissing,
)
from backend.insurance.referrals import Recipient
from backend.insurance.rules import ContactWay, Declarant, ReferralKind, ReferralState, Slot
from backend.kit import clock, codes, text
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, Invalid
from backend.membership.queries import Member
from backend.membership.rules import Status
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.people.rules import Channel, Source

UP_TO_DATE = frozenset({Status.CURRENT, Status.PROVISIONAL})
MINE = "/compte/demandes"
SPACES = {ReferralKind.INSURER: "/assureur", ReferralKind.FIRM: "/partenaire/demandes"}
OPEN = [state.value for state in rules.OPEN]
ASKED = N_("Vous serez rappelé par %(name)s. Vous pouvez changer d'avis au comptoir.")
WITHDRAWN = N_("Votre demande à %(name)s est retirée.")


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """`target`: the public id of an insurance offer or of a building firm. `read`: the words shown.

    `contact` is a telephone number or an e-mail, as typed. `source`: where the member said yes; other
    than online it was heard by staff, who read the words aloud (D6).
    """

    kind: ReferralKind
    target: str
    contact: str
    slot: Slot
    agreed: bool
    read: str
    source: Source = Source.ONLINE


async def ask(by: By, member: Member, wish: Ask) -> str:
    """Gives the public id; who is waiting there already gets that one: a second tap is no second wish.

    Raises NotForYou, DuesNeeded, FirmUnknown or InsuranceUnknown, NobodyCalls, AgreementMissing or
    YesMissing, AgreementMoved, ContactUnreadable.
    """
    _check_asker(member)
    target = await referrals.get_recipient(wish.kind, wish.target)
    agreed = rules.agreement(target.name, wish.kind)
    if not wish.agreed:
        missing = AgreementMissing if wish.source is Source.ONLINE else YesMissing
        raise missing().at("agreed")
    if wish.read.split() != agreed.split():
        raise AgreementMoved
    way, contact = read_contact(wish.contact)
    async with transaction():
        public_id = await _insert(by, member, target, wish, agreed, way, contact)
        if public_id is None:
            return await _waiting(member.person_id, target)
        await note(
            "referral.ask",
            by,
            subject_id=member.person_id,
            object_kind="referral",
            object_id=public_id,
            kind=wish.kind.value,
            title=target.name,
            source=wish.source.value,
        )
        await notifications.tell_act(by, member.person_id, ASKED, facts={"name": target.name})
        await _tell("referral.waiting", target.email, public_id, wish.kind)
    return public_id


def read_contact(typed: str) -> tuple[ContactWay, str]:
    """A landline too, since people are called. Raises ContactUnreadable at its field."""
    try:
        if "@" in typed:
            return ContactWay.EMAIL, text.normalise_email(typed)
        return ContactWay.PHONE, text.normalise_phone(typed)
    except Invalid:
        raise ContactUnreadable().at("contact") from None


async def withdraw(by: By, person_id: int, public_id: str) -> None:
    """At any time: name and contact go at once, and the other side hears that one went (I3)."""
    async with transaction():
        gone = await fetch_one(
            f"{_WITHDRAW} AND public_id = $4 RETURNING {_GONE}",
            clock.now(),
            OPEN,
            person_id,
            public_id,
        )
        if gone is None and await referrals.find_mine(person_id, public_id) is None:
            raise ReferralUnknown
        if gone is not None:
            await note(
                "referral.withdraw",
                by,
                subject_id=person_id,
                object_kind="referral",
                object_id=public_id,
                title=gone["recipient"],
            )
            await notifications.tell_act(
                by, person_id, WITHDRAWN, facts={"name": gone["recipient"]}
            )
            await _pass_on(gone)


async def withdraw_waiting(before: datetime) -> int:
    """A yes is for a call that comes: after some months the request goes, and both sides hear (I3)."""
    within()
    gone = await fetch(
        "UPDATE referral SET withdrawn_at = $2, name = '', contact = '', changed_at = $2,"  # noqa: S608 - our own words
        " state = 'withdrawn' WHERE state = ANY($3::text[]) AND changed_at < $1"
        f" RETURNING {_GONE}, person",
        before,
        clock.now(),
        OPEN,
    )
    for row in gone:
        await _pass_on(row, late=True)
        if row["person"] is not None:
            await notifications.tell(
                "referral.ended",
                f"referral.ended:{row['public_id']}",
                person_id=row["person"],
                values={"who": row["recipient"], "link": link(MINE)},
            )
    return len(gone)


async def withdraw_all(person_id: int) -> None:
    """A contribution of an erasure: nobody is to be called any more."""
    within()
    for row in await fetch(f"{_WITHDRAW} RETURNING {_GONE}", clock.now(), OPEN, person_id):
        await _pass_on(row)


async def move(
    by: By, kind: ReferralKind, scopes: frozenset[int], public_id: str, to: ReferralState
) -> None:
    """The other side marks where it is. Raises ReferralUnknown for another's, NotWithClub,
    MoveImpossible.
    """
    async with transaction():
        held = await _lock(kind, scopes, public_id)
        rules.check_move(kind, ReferralState(held["state"]), to)
        if to is ReferralState.WITHDRAWN:
            raise MoveImpossible  # the member's own
        await fetch(
            "UPDATE referral SET state = $2, changed_at = $3 WHERE id = $1",
            held["id"],
            to.value,
            clock.now(),
        )
        await note(
            f"referral.{to}",
            by,
            subject_id=held["person"],
            object_kind="referral",
            object_id=public_id,
        )


async def declare_for(
    by: By, kind: ReferralKind, scopes: frozenset[int], public_id: str, cents: int
) -> None:
    """The other side says what a signed contract saves a year; what a member said stays.

    Raises SavingTooLarge, ReferralUnknown, NotWithClub, MoveImpossible.
    """
    rules.check_saving(cents)
    async with transaction():
        held = await _lock(kind, scopes, public_id)
        if held["state"] != ReferralState.SIGNED or held["saving_by"] == Declarant.MEMBER:
            raise MoveImpossible
        await _declare(by, held, cents, Declarant.AGENT)


async def declare(by: By, person_id: int, public_id: str, cents: int) -> None:
    """The member says what a signed contract saves a year: their word is the last."""
    rules.check_saving(cents)
    async with transaction():
        held = await fetch_one(
            f"SELECT {_HELD} FROM referral WHERE public_id = $1 AND person = $2 FOR UPDATE",  # noqa: S608 - our own words
            public_id,
            person_id,
        )
        if held is None:
            raise ReferralUnknown
        if held["state"] != ReferralState.SIGNED:
            raise MoveImpossible
        await _declare(by, held, cents, Declarant.MEMBER)


_HELD = "id, public_id, person, state, saving_by"
_GONE = "public_id, kind, insurer, partner, recipient"
# $1 now, $2 the open states, $3 whose. What is signed or refused keeps its state, and the day of it
# that the club's years go by, without its names.
_WITHDRAW = (
    "UPDATE referral SET withdrawn_at = $1, name = '', contact = '',"
    " changed_at = CASE WHEN state = ANY($2::text[]) THEN $1::timestamptz ELSE changed_at END,"
    " state = CASE WHEN state = ANY($2::text[]) THEN 'withdrawn' ELSE state END"
    " WHERE withdrawn_at IS NULL AND person = $3"
)


def _check_asker(member: Member) -> None:
    if not member.adult:
        raise NotForYou
    if member.status() not in UP_TO_DATE:
        raise DuesNeeded


async def _insert(
    by: By,
    member: Member,
    target: Recipient,
    wish: Ask,
    agreed: str,
    way: ContactWay,
    contact: str,
) -> str | None:
    within()
    found: str | None = await fetch_value(
        "INSERT INTO referral (public_id, kind, insurer, offer, partner, person, household,"
        " recipient, purpose, channel, text_shown, name, contact, slot, state, sent_at, changed_at,"
        " source, recorded_by)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'sent', $15, $15,"
        " $16, $17)"
        " ON CONFLICT (person, coalesce(insurer, 0), coalesce(partner, 0))"
        " WHERE state IN ('sent', 'contacted', 'quoted') DO NOTHING RETURNING public_id",
        codes.random_id(),
        wish.kind.value,
        target.insurer_id,
        target.offer_id,
        target.partner_id,
        member.person_id,
        member.household_id,
        target.name,
        rules.PURPOSES[wish.kind],
        way.value,
        agreed,
        member.name,
        contact,
        wish.slot.value,
        clock.now(),
        wish.source.value,
        None if wish.source is Source.ONLINE else by.id,
    )
    return found


async def _waiting(person_id: int, target: Recipient) -> str:
    within()
    found: str = await fetch_value(
        "SELECT public_id FROM referral WHERE person = $1 AND insurer IS NOT DISTINCT FROM $2"
        " AND partner IS NOT DISTINCT FROM $3 AND state = ANY($4::text[])",
        person_id,
        target.insurer_id,
        target.partner_id,
        OPEN,
    )
    return found


async def _lock(kind: ReferralKind, scopes: frozenset[int], public_id: str) -> Any:
    """The other side's own, still with them; a withdrawn one is not theirs any more.

    As long as it sees the name it may mark: with the club, in grace too, by the name that was asked.
    """
    within()
    column = "insurer" if kind is ReferralKind.INSURER else "partner"
    held = await fetch_one(
        f"SELECT {_HELD}, recipient, {referrals.with_club('$3')} FROM referral f"  # noqa: S608 - our own words
        f" WHERE public_id = $1 AND {column} = ANY($2) AND withdrawn_at IS NULL FOR UPDATE",
        public_id,
        list(scopes),
        clock.today(),
    )
    if held is None:
        raise ReferralUnknown
    if not held["calls"] or not rules.is_called(held["recipient"], held["called"]):
        raise NotWithClub
    return held


async def _declare(by: By, held: Any, cents: int, said: Declarant) -> None:
    within()
    await fetch(
        "UPDATE referral SET saving_cents = $2, saving_by = $3 WHERE id = $1",
        held["id"],
        cents,
        said.value,
    )
    await note(
        "referral.declare",
        by,
        subject_id=held["person"],
        object_kind="referral",
        object_id=held["public_id"],
        amount_cents=cents,
        said=said.value,
    )


async def _pass_on(gone: Any, *, late: bool = False) -> None:
    """`late`: not by a word of the member's, it waited too long."""
    kind = ReferralKind(gone["kind"])
    email = await referrals.email_of(gone["insurer"], gone["partner"])
    await notifications.withdraw([f"referral.waiting:{gone['public_id']}"])
    await _tell("referral.withdrawn", email, gone["public_id"], kind, late=late)


async def _tell(
    kind: str, email: str | None, public_id: str, whose: ReferralKind, *, late: bool = False
) -> None:
    """That somebody waits, or went: a number and a link, and nothing of the person (I3)."""
    if not email:
        return
    await notifications.queue(
        kind,
        f"{kind}:{public_id}",
        person_id=None,
        channel=Channel.EMAIL,
        to=email,
        values={"number": referrals.number(public_id), "link": link(SPACES[whose]), "late": late},
    )
