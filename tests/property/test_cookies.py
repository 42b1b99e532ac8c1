"""A browser's cookies are also those of others."""

from typing import Any, cast

from hypothesis import example, given
from hypothesis import strategies as st
from litestar.types import HTTPScope

from backend.http.security import Security
from backend.settings import load

HOSTILE = [
    "x",
    'x={"a":1}',
    "é=1",
    "path=/",
    "expires=0",
    "a[b]=1",
    "=",
    "",
    'x="',
    "x=a,b=c",
    "\\",
]
NEIGHBOURS = st.lists(
    st.sampled_from(HOSTILE)
    | st.text(st.characters(max_codepoint=255, exclude_characters=";\r\n\0"), max_size=12).filter(
        lambda text: text.partition("=")[0].strip() not in {"session", "csrf"}
    ),
    max_size=5,
)
SECURITY = Security(cast("Any", None), load({"PALIER_ENV": "test", "PALIER_HOME": "/nowhere"}))


def around_of(*lines: str) -> Any:
    headers = [(b"cookie", line.encode("latin-1")) for line in lines]
    scope = cast("HTTPScope", {"headers": headers, "client": None})
    return SECURITY._around(scope), scope["headers"]


@given(before=NEIGHBOURS, between=NEIGHBOURS, after=NEIGHBOURS)
@example(before=HOSTILE, between=HOSTILE, after=HOSTILE)
def test_our_cookies_are_read_when_their_neighbours_are_strange(
    before: list[str], between: list[str], after: list[str]
) -> None:
    """SEC10: what another page left in the browser signs nobody out and blocks no form."""
    ours = [*before, "session=abc", *between, "csrf=def", *after]
    found, _ = around_of("; ".join(ours))
    assert (found.session_token, found.csrf_cookie) == ("abc", "def")


@given(before=NEIGHBOURS, after=NEIGHBOURS)
def test_our_cookies_are_read_when_they_come_on_two_lines(
    before: list[str], after: list[str]
) -> None:
    """SEC10: HTTP/2 may split the header; everybody after us reads one line."""
    found, headers = around_of("; ".join([*before, "session=abc"]), "; ".join(["csrf=def", *after]))
    assert (found.session_token, found.csrf_cookie) == ("abc", "def")
    assert len(headers) == 1
