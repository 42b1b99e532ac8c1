"""The register in the office: filtered, kept as views, taken away as a list."""

import httpx
import pytest

from backend.kit.database import fetch_value
from backend.membership import views
from tests.factories import add_household, add_person, pay_dues
from tests.integration.desk.conftest import words
from tests.integration.office.conftest import Post
from tests.integration.statements import statements

AT = "/gestion/adherents"


async def test_register_is_filtered_by_its_address(office: httpx.AsyncClient):
    """M1: what a filter says is what is shown; an unknown word filters nothing."""
    zoe = await add_household("Zoé", "Petit", "zoe@example.org")
    await add_household("Bob", "Martin")
    await pay_dues(zoe.household_id)
    for query, here, away in (
        ("", "Bob Martin", None),
        ("?etat=current", "Zoé Petit", "Bob Martin"),
        ("?joindre=nobody", "Bob Martin", "Zoé Petit"),
        ("?q=petit", "Zoé Petit", "Bob Martin"),
        ("?q=%00&residence=%00", "Bob Martin", None),
        ("?etat=nonsense&fin=99&tarif=x&joindre=y", "Bob Martin", None),
    ):
        page = words((await office.get(f"{AT}{query}")).text)
        assert here in page, query
        assert away is None or away not in page, query
    assert "Aucun foyer ne répond" in (await office.get(f"{AT}?residence=none")).text


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 30, "٣", "%00"])
async def test_an_invented_page_is_the_first(office: httpx.AsyncClient, before: str):
    await add_household("Zoé", "Petit")
    answer = await office.get(f"{AT}?avant={before}")
    assert answer.status_code == 200
    assert "Zoé Petit" in answer.text


async def test_list_that_is_taken_away_is_the_one_that_is_shown(office: httpx.AsyncClient):
    """D3: marked and noted in the record; the same filters give the same people."""
    await add_household("Zoé", "Petit", "zoe@example.org")
    await add_household("Bob", "=cmd()")
    answer = await office.get(f"{AT}/liste?joindre=email")
    assert "Zoé Petit" in answer.text
    assert "Bob" not in answer.text
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    everybody = (await office.get(f"{AT}/liste")).text
    assert "Bob =cmd()" in everybody
    sheet = await office.get(f"{AT}/liste?format=xlsx")
    assert sheet.content.startswith(b"PK")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb LIKE '%export%'") == 3


async def test_a_view_is_kept_for_its_owner_alone(office: httpx.AsyncClient, send: Post):
    """SEC11: my views are mine; the newest filters of a name stay."""
    await send(f"{AT}/vues", {"name": "Sans contact", "query": "joindre=nobody"})
    await send(f"{AT}/vues", {"name": "Sans contact", "query": "joindre=nobody&etat=grace"})
    page = (await office.get(AT)).text
    assert "/gestion/adherents?joindre=nobody&amp;etat=grace" in page
    other = await add_person("Karim", "Autre")
    await views.keep(other, "À lui", "etat=grace")
    assert "À lui" not in (await office.get(AT)).text
    theirs = (await views.views_of(other))[0].public_id
    await send(f"{AT}/vues/retrait", {"view": theirs})
    assert len(await views.views_of(other)) == 1
    assert (await send(f"{AT}/vues", {"name": "", "query": "etat=grace"})).status_code == 422
    wicked = await send(f"{AT}/vues", {"name": "x", "query": "//evil.example/?a=b\r\nX: y"})
    assert "evil.example/" not in wicked.headers["location"].partition("?")[0]


async def test_page_asks_little_of_the_database(office: httpx.AsyncClient):
    """PERF6: at most 6 statements a page."""
    await add_household("Zoé", "Petit")
    await office.get(AT)
    async with statements() as said:
        await office.get(f"{AT}?etat=prospect")
    assert len(said) <= 6, [each[:60] for each in said]


async def test_a_view_keeps_no_name_that_was_searched_for(office: httpx.AsyncClient, send: Post):
    """D1: an erasure would not find it there."""
    answer = await send(f"{AT}/vues", {"name": "Grâce", "query": "q=Martin&etat=grace"})
    assert answer.headers["location"] == f"{AT}?etat=grace&fait=enregistre"
    assert await fetch_value("SELECT query FROM saved_view") == "etat=grace"


async def test_the_record_of_a_list_keeps_no_name_that_was_searched_for(office: httpx.AsyncClient):
    """D1, D3: an erasure would not find it there; what else was asked for stands in it."""
    await add_household("Zoé", "Petit", "zoe@example.org")
    assert "Zoé Petit" in (await office.get(f"{AT}/liste?q=petit&joindre=email")).text
    noted = "SELECT facts ->> 'filter' FROM audit_entry WHERE verb = 'list.export'"
    assert await fetch_value(noted) == "joindre=email"
