"""The club's legal and help texts."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.kit import clock
from backend.kit.database import fetch_value, transaction
from backend.kit.errors import Missing
from backend.places import rules
from backend.places.errors import TextEmpty, TextMoved


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
        await audit.note(
            "text.published",
            by,
            object_kind="text",
            object_id=slug,
            changes={slug: [after, version]},
        )
    return version
