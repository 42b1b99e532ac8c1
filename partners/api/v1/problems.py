"""Every answer that is no, as the OpenAPI document tells it."""

from datetime import UTC, date, datetime
from string import Formatter

from litestar.openapi import ResponseSpec
from litestar.openapi.spec import Example

from backend.kit.errors import Busy, DomainError
from backend.vouchers.errors import REASONS
from partners.api.v1.shapes import Problem

MEDIA = "application/problem+json"
_STATUSES = {
    401: "The token opens nothing, or the till was revoked.",
    404: "Nothing of this shop has this code or id.",
    409: "The reason is in `slug`.",
    422: "A field is missing, unknown or out of bounds, or the code is none.",
    429: "Too many failed look-ups; wait as long as Retry-After says.",
    503: "Nothing was lost: send the same request with the same key again.",
}

_NOON = datetime(2026, 11, 21, 11, 0, tzinfo=UTC)
INVENTED = {
    "at": _NOON,
    "until": _NOON,
    "held_until": _NOON,
    "since": date(2026, 12, 1),
    "shop": "La Petite Épicerie, 3 rue du Four, Amiens",
}


def answers(*statuses: int) -> dict[int, ResponseSpec]:
    """These statuses with an example of each reason; 401, 422 and 503 are everywhere."""
    return {
        status: ResponseSpec(
            Problem,
            description=_STATUSES[status],
            media_type=MEDIA,
            generate_examples=False,
            examples=_examples(status),
        )
        for status in sorted({401, 422, 503, *statuses})
    }


def _examples(status: int) -> list[Example]:
    return [
        Example(id=slug, summary=shown.headline, value=_example(slug))
        for slug, shown in REASONS.items()
        if shown.status == status
    ]


def _example(slug: str) -> dict[str, object]:
    """As it is really answered, with invented facts."""
    refusal = _class(slug)
    if issubclass(refusal, Busy):
        return refusal(retry_after=30).problem()
    wanted = [name for _, name, _, _ in Formatter().parse(refusal.sentence + refusal.next) if name]
    return refusal(**{name: INVENTED[name] for name in wanted}).problem()


def _class(slug: str) -> type[DomainError]:
    """The refusal of this name that stands highest."""
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        found = waiting.pop(0)
        if vars(found).get("slug") == slug:
            return found
        waiting += found.__subclasses__()
    raise LookupError(slug)
