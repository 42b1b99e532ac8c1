"""The club's own name, days of grace and legal texts."""

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock, text
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import Missing
from backend.places import rules
from backend.places.errors import TextEmpty, TextMoved


class ClubWish(msgspec.Struct, frozen=True, kw_only=True):
    """`grace_days`: how long a household stays a member after its last paid day."""

    name: str
    short_name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    email: str = ""
    phone: str = ""
    rna: str = ""
    siret: str = ""
    grace_days: int = rules.GRACE_DAYS


async def save_club(wish: ClubWish, by: By) -> None:
    """The one row of this installation, made the first time."""
    rules.check_grace(wish.grace_days)
    values = _club_values(wish)
    async with transaction():
        await fetch(
            "INSERT INTO club (one, name, short_name, street, postcode, town, email, phone, rna,"
            " siret, grace_days, updated_at) VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
            " ON CONFLICT ON CONSTRAINT club_one_key DO UPDATE SET name = $1, short_name = $2,"
            " street = $3, postcode = $4, town = $5, email = $6, phone = $7, rna = $8, siret = $9,"
            " grace_days = $10, updated_at = $11",
            *values,
        )
        await audit.note("club.saved", by, object_kind="club", grace_days=wish.grace_days)


async def publish_text(slug: str, title: str, body: str, after: int, by: By) -> int:
    """A new version of a legal text; the older ones stay. `after` is the version that was edited.

    Raises TextMoved when somebody published another one meanwhile.
    """
    if slug not in rules.LEGAL_TEXTS:
        raise Missing
    if not title.strip() or not body.strip():
        raise TextEmpty().at("body" if title.strip() else "title")
    async with transaction():
        version: int | None = await fetch_value(
            "INSERT INTO legal_text (slug, version, title, body, published_at)"
            " SELECT $1, $2::bigint, $3, $4, $5 WHERE $2::bigint - 1 = coalesce("
            "  (SELECT max(version) FROM legal_text WHERE slug = $1), 0)"
            " ON CONFLICT ON CONSTRAINT legal_text_once DO NOTHING RETURNING version",
            slug,
            after + 1,
            title.strip(),
            body.strip(),
            clock.now(),
        )
        if version is None:
            raise TextMoved
        await audit.note("text.published", by, object_kind="text", object_id=slug, version=version)
    return version


def _club_values(wish: ClubWish) -> tuple[object, ...]:
    return (
        text.normalise_name(wish.name),
        wish.short_name.strip() or text.normalise_name(wish.name),
        wish.street.strip(),
        wish.postcode.strip(),
        wish.town.strip(),
        text.normalise_email(wish.email) if wish.email else "",
        text.normalise_phone(wish.phone) if wish.phone else "",
        wish.rna.strip().upper(),
        rules.normalise_siret(wish.siret),
        wish.grace_days,
        clock.now(),
    )
