"""Who belongs to the club: people, payers, households, cards and prices, written at once.

What the services would have written; the tables' own guards look at it again.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from asyncpg import Range

from backend.audit.rules import Actor
from backend.kit import clock, codes, text, tile
from backend.membership.rules import FIRST_PRICES, CardKind, Proof
from backend.sandbox.demo.bulk import copy, copy_named
from backend.sandbox.demo.model import Family, Human
from backend.sandbox.demo.record import entry


async def enrol(families: Sequence[Family]) -> None:
    """Gives everybody their keys."""
    await _people(families)
    await _payers(families)
    await _households(families)
    await _cards(families)
    await _prices(families)
    await _trace(families)


async def _people(families: Sequence[Family]) -> None:
    everybody = [(family, human) for family in families for human in family.people]
    rows = [_person(family, human) for family, human in everybody]
    for (_, human), key in zip(
        everybody, await copy_named("person", rows, "public_id"), strict=True
    ):
        human.id = key
    await copy(
        "contact_point",
        [
            {
                "public_id": codes.random_id(),
                "person": human.id,
                "channel": human.address.channel.value,
                "value": human.address.value,
                "verified_at": family.joined_at,
                "created_at": family.joined_at,
            }
            for family, human in everybody
            if human.address is not None
        ],
    )


def _person(family: Family, human: Human) -> dict[str, Any]:
    return {
        "public_id": codes.random_id(),
        "given_name": human.given_name,
        "family_name": human.family_name,
        "born_on": human.born_on,
        "language": "fr",
        "search": text.fold(f"{human.given_name} {human.family_name}"),
        "created_at": family.joined_at,
    }


async def _payers(families: Sequence[Family]) -> None:
    rows = [
        {"public_id": codes.random_id(), "created_at": family.joined_at, **printed_payer(family)}
        for family in families
    ]
    for family, key in zip(families, await copy_named("payer", rows, "public_id"), strict=True):
        family.payer_id = key


def printed_payer(family: Family) -> dict[str, Any]:
    address = family.head.address
    return {
        "name": f"{family.head.given_name} {family.head.family_name}",
        "street": family.home.street,
        "postcode": family.home.postcode,
        "town": family.home.town,
        "email": address.value if address is not None and "@" in address.value else None,
    }


async def _households(families: Sequence[Family]) -> None:
    rows = [_household(family) for family in families]
    for family, key in zip(families, await copy_named("household", rows, "public_id"), strict=True):
        family.id = key
    await copy(
        "household_member",
        [
            {
                "household": family.id,
                "person": human.id,
                "adult": human.adult,
                "joined_on": clock.paris(family.joined_at).date(),
            }
            for family in families
            for human in family.people
        ],
    )
    await copy(
        "staff_check",
        [
            {"household": family.id, "asked_at": family.joined_at}
            for family in families
            if family.proof is Proof.TO_CHECK
        ],
    )


def _household(family: Family) -> dict[str, Any]:
    return {
        "public_id": family.public_id,
        "tile": tile.tile_number(family.public_id),
        "payer": family.payer_id,
        "category": family.category.value,
        "proof": family.proof.value,
        "claimed_contract": family.home.contract,
        "dwelling": family.home.dwelling_id,
        "site": family.site_id,
        "street": family.home.street,
        "postcode": family.home.postcode,
        "town": family.home.town,
        "created_at": family.joined_at,
    }


async def _cards(families: Sequence[Family]) -> None:
    """Each adult's on a phone, and one on paper for who has none (M6)."""
    await copy(
        "card",
        [
            _card(family, human, kind)
            for family in families
            for human in family.adults
            for kind in _card_kinds(family)
        ],
    )


def _card_kinds(family: Family) -> tuple[CardKind, ...]:
    return tuple(CardKind) if family.head.address is None else (CardKind.PHONE,)


def _card(family: Family, human: Human, kind: CardKind) -> dict[str, Any]:
    token = codes.hash_token(codes.draw_secret()) if kind is CardKind.PAPER else None
    return {
        "public_id": codes.random_id(),
        "person": human.id,
        "household": family.id,
        "kind": kind.value,
        "secret": codes.draw_secret(),
        "token_hash": token,
        "made_at": family.joined_at,
    }


async def _prices(families: Sequence[Family]) -> None:
    """Since before anybody joined."""
    since = clock.paris(families[0].joined_at).date() - timedelta(days=1)
    await copy(
        "price",
        [
            {"category": category.value, "month_cents": cents, "during": Range(since, None)}
            for category, cents in FIRST_PRICES.items()
        ],
    )


async def _trace(families: Sequence[Family]) -> None:
    await copy(
        "audit_entry",
        [
            entry(
                family.joined_at,
                (Actor.PERSON, family.head.id),
                "household_joined",
                subject_id=family.head.id,
                object=("household", family.public_id),
                category=family.category,
                proof=family.proof,
            )
            for family in families
        ],
    )
