"""What partners write of their offers, and what the club answers. Only an accepted one holds."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_, Invalid, Missing, Refused
from backend.offers import rules, service
from backend.offers.errors import PlaceGone
from backend.offers.rules import OfferState, ProposalState, Terms
from backend.offers.service import OfferWish

SHORTEST_REASON, LONGEST_REASON = 3, 300


class ProposalUnknown(Missing):
    slug = "proposal_unknown"
    sentence = N_("Nous ne trouvons pas cette proposition.")
    next = N_("Revenez à la liste des avantages.")


class ProposalMoved(Refused):
    slug = "proposal_moved"
    sentence = N_("Cette proposition a changé entre-temps.")
    next = N_("Rechargez la page, puis recommencez.")


class ProposalOpen(Refused):
    """One change of an offer at a time."""

    slug = "proposal_open"
    sentence = N_("Un changement de cet avantage est déjà en cours.")
    next = N_("Reprenez-le dans la liste de vos avantages.")


class ReasonMissing(Invalid):
    slug = "proposal_unexplained"
    sentence = N_("Dites pourquoi en quelques mots.")
    next = N_("Le partenaire lira cette phrase.")


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """`offer` is the public id of the offer that would change, None for a new one."""

    id: int
    public_id: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    offer_id: int | None
    offer: str | None
    wish: OfferWish
    state: ProposalState
    written_at: datetime
    sent_at: datetime | None
    answered_at: datetime | None
    reason: str | None

    @property
    def label(self) -> str:
        return rules.in_words(service.terms_of(self.wish))

    @property
    def is_open(self) -> bool:
        """Whether its partner can still write it."""
        return self.state in rules.PROPOSAL_MOVES[ProposalState.WRITTEN]


class Version(msgspec.Struct, frozen=True):
    """The terms of an offer from an instant on; its vouchers of that time keep them."""

    version: int
    since: datetime
    terms: Terms

    @property
    def label(self) -> str:
        return rules.in_words(self.terms)


async def write(by: By, partner_id: int, wish: OfferWish, offer_id: int | None = None) -> str:
    """A first writing, for nobody but the partner; gives its public id."""
    service.terms_of(wish)
    async with transaction():
        await _check_own(partner_id, wish, offer_id)
        public_id = codes.random_id()
        id_ = await fetch_value(
            "INSERT INTO offer_proposal (public_id, partner, offer, wish, state, written_by,"
            " written_at) VALUES ($1, $2, $3, $4, 'written', $5, $6)"
            " ON CONFLICT (offer) WHERE offer IS NOT NULL AND state IN ('written', 'sent')"
            " DO NOTHING RETURNING id",
            public_id,
            partner_id,
            offer_id,
            msgspec.json.encode(wish).decode(),
            by.id,
            clock.now(),
        )
        if id_ is None:
            raise ProposalOpen
        await note("proposal.write", by, object_kind="proposal", object_id=public_id)
    return public_id


async def rewrite(by: By, proposal: Proposal, wish: OfferWish) -> None:
    """Before it is sent, or after the club refused it."""
    service.terms_of(wish)
    async with transaction():
        await _check_own(proposal.partner_id, wish, proposal.offer_id)
        await _check_alone(proposal)
        await _step(proposal.id, ProposalState.WRITTEN)
        await fetch(
            "UPDATE offer_proposal SET wish = $2, written_at = $3, written_by = $4 WHERE id = $1",
            proposal.id,
            msgspec.json.encode(wish).decode(),
            clock.now(),
            by.id,
        )
        await note("proposal.write", by, object_kind="proposal", object_id=proposal.public_id)


async def send(by: By, proposal: Proposal) -> None:
    """From here the club answers."""
    async with transaction():
        await _step(proposal.id, ProposalState.SENT)
        await fetch(
            "UPDATE offer_proposal SET sent_at = $2, reason = NULL, answered_at = NULL,"
            " answered_by = NULL WHERE id = $1",
            proposal.id,
            clock.now(),
        )
        await note("proposal.send", by, object_kind="proposal", object_id=proposal.public_id)


async def withdraw(by: By, proposal: Proposal) -> None:
    async with transaction():
        await _step(proposal.id, ProposalState.WITHDRAWN)
        await note("proposal.withdraw", by, object_kind="proposal", object_id=proposal.public_id)


async def accept(by: By, proposal: Proposal) -> str:
    """The offer is published, or has a new version; vouchers that are out keep their terms.

    Gives the offer's public id.
    """
    async with transaction():
        await _answer(by, proposal, ProposalState.ACCEPTED, None)
        if proposal.offer_id is None or proposal.offer is None:
            offer_id, public_id = await service.add_draft(by, proposal.partner_id, proposal.wish)
            await service.make_public(by, offer_id)
            await fetch("UPDATE offer_proposal SET offer = $2 WHERE id = $1", proposal.id, offer_id)
            return public_id
        await service.add_version(by, proposal.offer_id, await _with_target(proposal))
        if await _state_of(proposal.offer_id) is OfferState.DRAFT:
            await service.make_public(by, proposal.offer_id)
        return proposal.offer


async def refuse(by: By, proposal: Proposal, reason: str) -> None:
    """The partner reads why, and may mend it and send it again."""
    if not SHORTEST_REASON <= len(reason.strip()) <= LONGEST_REASON:
        raise ReasonMissing().at("reason")
    async with transaction():
        await _answer(by, proposal, ProposalState.REFUSED, reason.strip())


async def get(public_id: str, partner_ids: Collection[int] | None = None) -> Proposal:
    """One of the partners' own; with None any that was sent, for the club. Raises ProposalUnknown."""
    row = await fetch_one(
        f"{_PROPOSAL} WHERE r.public_id = $1 AND ($2::bigint[] IS NULL AND r.sent_at IS NOT NULL"
        " OR r.partner = ANY($2))",
        public_id,
        None if partner_ids is None else list(partner_ids),
    )
    if row is None:
        raise ProposalUnknown
    return _proposal(row)


async def get_seen(public_id: str, sent_at: str) -> Proposal:
    """What the club has read and answers: as sent at that instant. Raises ProposalMoved for another."""
    proposal = await get(public_id)
    if proposal.sent_at is None or proposal.sent_at.isoformat() != sent_at:
        raise ProposalMoved
    return proposal


async def of_partner(partner_id: int) -> list[Proposal]:
    """Those that are not yet an offer, newest first."""
    rows = await fetch(
        f"{_PROPOSAL} WHERE r.partner = $1 AND r.state IN ('written', 'sent', 'refused')"
        " ORDER BY r.id DESC",
        partner_id,
    )
    return [_proposal(row) for row in rows]


async def waiting() -> list[Proposal]:
    """What the club has to answer, the oldest first."""
    rows = await fetch(f"{_PROPOSAL} WHERE r.state = 'sent' ORDER BY r.sent_at, r.id")
    return [_proposal(row) for row in rows]


async def versions(offer_id: int) -> list[Version]:
    """All terms an offer ever had, newest first."""
    rows = await fetch(
        "SELECT version, since, terms FROM offer_version WHERE offer = $1 ORDER BY version DESC",
        offer_id,
    )
    return [
        Version(row["version"], row["since"], msgspec.json.decode(row["terms"], type=Terms))
        for row in rows
    ]


async def _check_own(partner_id: int, wish: OfferWish, offer_id: int | None) -> None:
    """Shops and offer are the partner's; whom an offer is for is the club's to say."""
    within()
    known = await fetch_value(
        "SELECT count(*) FROM shop WHERE id = ANY($1) AND partner = $2",
        list(set(wish.shop_ids)),
        partner_id,
    )
    if known != len(set(wish.shop_ids)):
        raise PlaceGone().at("shop_ids")
    if offer_id is not None and not await fetch_value(
        "SELECT count(*) FROM offer WHERE id = $1 AND partner = $2 AND state <> 'ended'",
        offer_id,
        partner_id,
    ):
        raise ProposalUnknown


async def _check_alone(proposal: Proposal) -> None:
    """A refused change is taken up again only while no other one of its offer is under way."""
    if proposal.offer_id is None:
        return
    await service.lock_offer(proposal.offer_id)
    if await fetch_value(
        "SELECT count(*) FROM offer_proposal WHERE offer = $1 AND id <> $2"
        " AND state IN ('written', 'sent')",
        proposal.offer_id,
        proposal.id,
    ):
        raise ProposalOpen


async def _step(proposal_id: int, to: ProposalState) -> None:
    """One statement decides; a move that is not in the table finds no row."""
    within()
    moved = await fetch_value(
        "UPDATE offer_proposal SET state = $2 WHERE id = $1 AND state = ANY($3) RETURNING id",
        proposal_id,
        to.value,
        [state.value for state in rules.PROPOSAL_MOVES[to]],
    )
    if moved is None:
        raise ProposalMoved


async def _answer(by: By, proposal: Proposal, to: ProposalState, reason: str | None) -> None:
    within()
    moved = await fetch_value(
        "UPDATE offer_proposal SET state = $2, answered_at = $3, answered_by = $4, reason = $5"
        " WHERE id = $1 AND state = 'sent' AND sent_at = $6 RETURNING id",
        proposal.id,
        to.value,
        clock.now(),
        by.id,
        reason,
        proposal.sent_at,
    )
    if moved is None:
        raise ProposalMoved
    await note(f"proposal.{to.value}", by, object_kind="proposal", object_id=proposal.public_id)


async def _with_target(proposal: Proposal) -> OfferWish:
    """The wish, for whom the offer already is: that is the club's to say, and its picture too."""
    row = await fetch_one(
        "SELECT site_ids, landlord_ids, priority_district_only, picture FROM offer WHERE id = $1",
        proposal.offer_id,
    )
    assert row is not None, "an offer is never deleted"
    return msgspec.structs.replace(
        proposal.wish,
        site_ids=tuple(row["site_ids"]),
        landlord_ids=tuple(row["landlord_ids"]),
        priority_district_only=row["priority_district_only"],
        picture=row["picture"],
    )


async def _state_of(offer_id: int) -> OfferState:
    return OfferState(await fetch_value("SELECT state FROM offer WHERE id = $1", offer_id))


_PROPOSAL = """
SELECT r.id, r.public_id, r.partner AS partner_id, p.public_id AS partner_public_id,
       p.name AS partner_name, r.offer AS offer_id, o.public_id AS offer, r.wish, r.state,
       r.written_at, r.sent_at, r.answered_at, r.reason
FROM offer_proposal r JOIN partner p ON p.id = r.partner LEFT JOIN offer o ON o.id = r.offer
"""


def _proposal(row: Any) -> Proposal:
    values = dict(row)
    wish = msgspec.json.decode(values.pop("wish"), type=OfferWish)
    return Proposal(wish=wish, state=ProposalState(values.pop("state")), **values)
