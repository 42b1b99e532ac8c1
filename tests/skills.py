"""Neighbours with listings: two homes of one residence, one of another, one without any."""

from backend.audit.service import SYSTEM, By, person
from backend.kit import codes
from backend.kit.database import fetch_value
from backend.membership.queries import Member
from backend.skills import queries
from backend.skills import service as skills
from backend.skills.rules import Category, ListingKind, Words
from backend.skills.service import Entry
from tests import factories


def words(title: str = "Je répare les vélos", **said: object) -> Words:
    values = {"kind": ListingKind.OFFER, "category": Category.REPAIRS, **said}
    return Words(title=title, **values)  # type: ignore[arg-type]


async def list_(member: Member, title: str = "Je répare les vélos", **said: object) -> str:
    """Published by its owner."""
    return await skills.enter(
        by(member), member, Entry(words=words(title, **said)), codes.random_id()
    )


async def ask(member: Member, listing: str, said: str = "Bonjour, quand ?", **more: bool) -> str:
    return await skills.ask(by(member), member, listing, said, codes.random_id(), **more)


async def agreed(asker: Member, owner: Member, **said: object) -> str:
    """An exchange both said yes to, with nobody's contact shown."""
    exchange = await ask(asker, await list_(owner, **said))
    await skills.accept(by(owner), owner, exchange, shares=False)
    return exchange


async def done(asker: Member, owner: Member, **said: object) -> str:
    exchange = await agreed(asker, owner, **said)
    await skills.finish(by(asker), asker, exchange)
    return exchange


async def titles(member: Member, said: str = "", **more: object) -> list[str]:
    found = await queries.search(member, said, **more)  # type: ignore[arg-type]
    return [each.title for each in found.listings]


def by(member: Member) -> By:
    return person(member.person_id)


async def staff() -> By:
    return person(await factories.add_person("Nadia", "Comptoir"))


async def turn_hours_on(**said: int) -> None:
    await skills.set_settings(SYSTEM, queries.Settings(hours=True, **said))


async def review(listing: str, *, yes: bool) -> None:
    """By staff who read it as it stands."""
    version = await fetch_value("SELECT version FROM listing WHERE public_id = $1", listing)
    await (skills.allow if yes else skills.refuse_listing)(await staff(), listing, version)
