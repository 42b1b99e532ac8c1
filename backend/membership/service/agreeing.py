"""Which version of the terms somebody agreed to when they joined."""

from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch, within

AGREED = ("conditions", "confidentialite")


async def agree(person_id: int, by: By | None) -> None:
    """The newest version of each text that joining accepts; 0 is the house's own. A contribution.

    Who comes back to the same version has agreed to it already.
    """
    within()
    await fetch(
        "INSERT INTO text_agreed (person, slug, version, at, taken_by)"
        " SELECT $1, s, coalesce((SELECT max(version) FROM legal_text t WHERE t.slug = s), 0), $3, $4"
        " FROM unnest($2::text[]) AS s ON CONFLICT ON CONSTRAINT text_agreed_once DO NOTHING",
        person_id,
        list(AGREED),
        clock.now(),
        None if by is None else by.id,
    )
