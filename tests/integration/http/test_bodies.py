"""What a stranger sends costs the club little."""

import re
from pathlib import Path

import httpx
import pytest
from litestar import _parsers

from backend.http.bodies import MOST_FIELDS, MOST_FILE, MOST_FORM, MOST_JSON
from tests import factories
from tests.integration.http.routes import all_routes

FORM = {"content-type": "application/x-www-form-urlencoded"}
PARTS = {"content-type": "multipart/form-data; boundary=x"}
ROOT = Path(__file__).resolve().parents[3]


def assert_told(answer: httpx.Response) -> None:
    assert answer.status_code == 413
    assert "Cet envoi est trop gros." in answer.text
    assert "Raccourcissez votre texte" in answer.text


@pytest.mark.parametrize(
    "body",
    [b"a=" + b"x" * MOST_FORM, b"&a=1" * MOST_FIELDS, b"&" * MOST_FIELDS],
    ids=["long", "fields", "nothing"],
)
async def test_form_is_refused_before_it_is_read_when_it_is_too_large(client, body):
    """413 with what to do: one worker must not be anybody's to hold."""
    assert_told(await client.post("/adherer", content=body, headers=FORM))


async def test_form_of_parts_is_refused_when_no_file_is_asked_for(client):
    """Also where it calls itself an upload."""
    part = b'--x\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\n%b\r\n--x--\r\n'
    assert_told(await client.post("/adherer", content=part % (b"x" * MOST_FORM), headers=PARTS))


async def test_form_of_parts_is_refused_when_it_has_a_thousand(client):
    """4xx and never 500."""
    part = b'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n'
    body = part * (MOST_FIELDS + 1) + b"--x--\r\n"
    answer = await client.post("/adherer", content=body, headers=PARTS)
    assert 400 <= answer.status_code < 500


async def test_form_is_not_kept_when_it_was_read(client):
    """Neither a stranger's words nor a code stay in memory after their page."""
    _parsers.parse_url_encoded_form_data.cache_clear()
    answer = await client.post("/adherer", content=b"a=1&b=2", headers=FORM)
    assert answer.status_code == 403
    assert _parsers.parse_url_encoded_form_data.cache_info().currsize == 0


def test_large_bodies_are_taken_only_where_a_file_is_read(settings):
    """The routes of pages that hold a form with a file, and no other."""
    large = {
        path
        for method, path, handler in all_routes(settings)
        if method != "GET" and (handler.resolve_request_max_body_size() or 0) > MOST_FORM
    }
    forms = [
        text
        for file in (ROOT / "web" / "templates").rglob("*.html")
        for text in [file.read_text()]
        if "multipart/form-data" in text
    ]
    assert len(forms) == 14
    assert large == {
        "/compte/attestation",
        "/comptoir/prets/{line}/controle",
        "/comptoir/prets/{line}/degat",
        "/comptoir/prets/{line}/remise",
        "/comptoir/prets/{line}/retour",
        "/devenir-partenaire",
        "/entraide/mes-annonces",
        "/entraide/mes-annonces/{public_id}",
        "/gestion/assurance/offres",
        "/gestion/assurance/offres/{public_id}/modifier",
        "/partenaire/points-de-vente/{public_id}",
        "/gestion/bailleurs/{slug}/coordonnees",
        "/gestion/club/logo",
        "/gestion/imports",
        "/gestion/inventaire",
        "/gestion/inventaire/listes",
        "/gestion/inventaire/{public_id}/modifier",
        "/gestion/partenaires/{public_id}/points-de-vente",
        "/gestion/points-de-vente/{public_id}",
        "/gestion/tresorerie/banque/releves",
        "/hooks/stripe",
    }


async def test_file_is_taken_when_it_is_larger_than_a_form(office, send):
    """What is too much for a form is little for a list."""
    list_ = b"code;nom\r\n" + b"1;x\r\n" * 100_000
    answer = await send("/gestion/imports", {"landlord": "+"}, files={"list": ("l.csv", list_)})
    assert answer.status_code == 422
    much = {"list": ("l.csv", b"x" * MOST_FILE)}
    assert (await send("/gestion/imports", {"landlord": "+"}, files=much)).status_code == 413


async def test_api_refuses_when_its_body_is_too_large(client):
    """A till says little; its program reads what to do."""
    market = await factories.add_market()
    headers = {"authorization": f"Bearer {market.till.token}", "idempotency-key": "k1"}
    body = {"code": "x" * MOST_JSON}
    for path in ("looks", "redemptions", f"redemptions/{'A' * 22}/reversal"):
        answer = await client.post(f"/api/v1/{path}", json=body, headers=headers)
        assert answer.status_code == 413, path
        assert re.match("application/problem", answer.headers["content-type"])
        assert answer.json()["slug"] == "too_large"
