"""How much a request may say: reading it must never hold up the others.

A form is parsed before anybody knows who sent it (its token stands in it), so that what it may cost
is bounded by its size and by its number of fields. A route that takes more says so:

    @post("/gestion/imports", guards=[MANAGER], request_max_body_size=MOST_FILE)
"""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.enums import RequestEncodingType
from litestar.exceptions import HTTPException

MOST_FILE = 12 * 1024 * 1024
MOST_FORM = 256 * 1024
MOST_JSON = 16 * 1024
MOST_FIELDS = 1000


class Bounded(Request[Any, Any, Any]):
    """A request whose forms are bounded and leave nothing behind.

    Litestar keeps the last thousand forms it parsed, whoever sent them: memory for a stranger to
    fill, and codes that stay after their page.
    """

    kept: FormMultiDict | None = None

    async def form(self) -> FormMultiDict:
        if self.content_type[0] != RequestEncodingType.URL_ENCODED:
            return await super().form()
        if self.kept is None:
            self.kept = _parsed(await self.body())
        return self.kept


def _parsed(body: bytes) -> FormMultiDict:
    """Text only: files come as parts, so a long form of this kind is nobody's on any route."""
    if len(body) > MOST_FORM or body.count(b"&") >= MOST_FIELDS:
        raise HTTPException(status_code=413)
    return FormMultiDict(parse_qsl(body.decode("latin-1"), keep_blank_values=True))
