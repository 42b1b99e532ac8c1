"""Cards of named adults: a phone's, whose code changes each minute, and one on paper (M6)."""

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value, transaction, within
from backend.kit.errors import N_
from backend.membership.errors import NotInHousehold
from backend.membership.rules import CardKind
from backend.notifications import service as notifications

TOKEN_BYTES = 16


class PaperCard(msgspec.Struct, frozen=True):
    """`token` is printed as a code and never stored; the card is found again by its hash."""

    public_id: str
    token: bytes


async def make_paper_card(by: By, person_id: int) -> PaperCard:
    """A new card on paper; one that was made before opens nothing any more."""
    async with transaction():
        household_id = await _household_of(person_id)
        await fetch(
            "UPDATE card SET revoked_at = $2 WHERE person = $1 AND kind = 'paper'"
            " AND revoked_at IS NULL",
            person_id,
            clock.now(),
        )
        token = codes.draw_secret()[:TOKEN_BYTES]
        public_id = await _add(household_id, person_id, CardKind.PAPER, codes.hash_token(token))
        assert public_id is not None
        await audit.note(
            "paper_card_made", by, subject_id=person_id, object_kind="card", object_id=public_id
        )
        await notifications.tell_act(by, person_id, N_("Votre carte papier est imprimée."))
    return PaperCard(public_id, token)


async def make_phone_card(person_id: int) -> None:
    """For an adult who has none yet; one that is there stays."""
    async with transaction():
        await add_phone_card(await _household_of(person_id), person_id)


async def revoke_card(by: By, public_id: str) -> None:
    async with transaction():
        row = await fetch_one(
            "UPDATE card SET revoked_at = $2 WHERE public_id = $1 AND revoked_at IS NULL"
            " RETURNING person",
            public_id,
            clock.now(),
        )
        if row is not None:
            await audit.note(
                "card_revoked",
                by,
                subject_id=row["person"],
                object_kind="card",
                object_id=public_id,
            )
            await notifications.tell_act(by, row["person"], N_("Votre carte est retirée."))


async def add_phone_card(household_id: int, person_id: int) -> None:
    within()
    await _add(household_id, person_id, CardKind.PHONE, None)


async def _add(
    household_id: int, person_id: int, kind: CardKind, token_hash: bytes | None
) -> str | None:
    """The new card's public id; None when the person has a living one of this kind."""
    public_id: str | None = await fetch_value(
        "INSERT INTO card (public_id, person, household, kind, secret, token_hash, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT (person, kind) WHERE revoked_at IS NULL DO NOTHING RETURNING public_id",
        codes.random_id(),
        person_id,
        household_id,
        kind.value,
        codes.draw_secret(),
        token_hash,
        clock.now(),
    )
    return public_id


async def _household_of(person_id: int) -> int:
    """Raises NotInHousehold; only adults have cards."""
    found: int | None = await fetch_value(
        "SELECT household FROM household_member WHERE person = $1 AND left_on IS NULL AND adult",
        person_id,
    )
    if found is None:
        raise NotInHousehold
    return found
