"""After a POST one is sent on: what a caller typed never becomes a header."""

import pytest
from litestar.testing import RequestFactory

from backend.http import respond


@pytest.mark.parametrize("way", [{}, {"hx-request": "true"}])
def test_typed_words_make_no_header_of_their_own(
    monkeypatch: pytest.MonkeyPatch, way: dict[str, str]
):
    """SEC9: a line end in an address is dropped, whoever put it there."""
    monkeypatch.setattr(respond, "set_csrf", lambda *_: None)
    monkeypatch.setattr(respond, "around", lambda _: None)
    request = RequestFactory().post("/", headers=way)
    sent = respond.redirect(request, "/a?q=b\r\nset-cookie: x\x00", said="enregistre")
    target = sent.headers["hx-redirect" if way else "location"]
    assert target == "/a?q=bset-cookie: x&fait=enregistre"
