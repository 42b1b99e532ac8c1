"""Residences in the office: who is reached in which, and the list that is taken away."""

import csv
import io

import httpx
import pytest

from backend.insight import queries as insight
from backend.kit import clock
from backend.kit.database import fetch
from tests.integration.desk.conftest import words
from tests.integration.statements import statements
from tests.integration.test_referents import live_there
from web.office.reach import NOTE

AT = "/gestion/residences"


async def live(office: httpx.AsyncClient) -> None:
    """Three residences of two landlords, of 1, 2 and 6 people; Tours A is in a priority district."""
    await live_there("L/01 00001", 2, "orme")
    await live_there("L/01 00002", 6, "orme")
    await live_there("L/01 00003", 1, "autre")
    for at, name in enumerate(("Tours A", "Bois B", "Cour C")):
        await fetch(
            "UPDATE residence SET name = $2, priority_district = $3 WHERE id ="
            " (SELECT id FROM residence ORDER BY id LIMIT 1 OFFSET $1)",
            at,
            name,
            at == 0,
        )


def names(page: str) -> list[str]:
    found = {name: page.find(f">{name}</a>") for name in ("Tours A", "Bois B", "Cour C")}
    return sorted((name for name, at in found.items() if at >= 0), key=lambda name: found[name])


async def test_list_is_sorted_and_filtered_by_its_address(office: httpx.AsyncClient):
    """An unknown word changes nothing; the order turns round at the second click."""
    await live(office)
    orme = next(each for each in await insight.landlords() if each.name == "orme").public_id
    for query, wanted in (
        ("?tri=personnes", ["Bois B", "Tours A", "Cour C"]),
        ("?tri=personnes&sens=inverse", ["Cour C", "Tours A", "Bois B"]),
        ("?tri=residence", ["Bois B", "Cour C", "Tours A"]),
        ("?tri=residence&sens=inverse", ["Tours A", "Cour C", "Bois B"]),
        (f"?tri=residence&bailleur={orme}", ["Bois B", "Tours A"]),
        ("?quartier=1", ["Tours A"]),
    ):
        assert names((await office.get(f"{AT}{query}")).text) == wanted, query
    for query in ("", "?tri=x&sens=y&quartier=z&bailleur=%00", "?tri=part", "?tri=economies"):
        assert len(names((await office.get(f"{AT}{query}")).text)) == 3, query
    assert "tri=personnes&amp;sens=inverse" in (await office.get(f"{AT}?tri=personnes")).text


async def test_total_is_the_sum_of_the_list_that_is_taken_away(office: httpx.AsyncClient):
    """D3: figures, page and list say the same; rows of few people carry the note."""
    await live(office)
    today = clock.today()
    rows = await insight.residences(None, today, today.replace(month=1, day=1))
    total = insight.add_up(rows)
    page = words((await office.get(AT)).text)
    assert f"{total.households} sur {total.dwellings} logements" in page
    assert total.people == 9
    taken = await office.get(f"{AT}/liste?tri=personnes")
    table = list(csv.DictReader(io.StringIO(taken.text.lstrip("\ufeff")), delimiter=";"))
    assert [row["Personnes"] for row in table] == ["6", "2", "1"]
    assert [row["Note"] for row in table] == ["", NOTE, NOTE]
    for column, value in (
        ("Logements", total.dwellings),
        ("Foyers adhérents", total.households),
        ("Personnes", total.people),
        ("Utilisations", total.uses),
    ):
        assert sum(int(row[column]) for row in table) == value, column
    assert (await office.get(f"{AT}/liste?format=xlsx")).content.startswith(b"PK")


async def test_empty_club_says_where_residences_come_from(office: httpx.AsyncClient):
    page = await office.get(AT)
    assert "Pas encore de résidence" in words(page.text)


async def test_page_asks_little_of_the_database(office: httpx.AsyncClient):
    """PERF6: at most 6 statements a page."""
    await live(office)
    await office.get(AT)
    async with statements() as said:
        await office.get(f"{AT}?tri=part")
    assert len(said) <= 6, [each[:60] for each in said]


@pytest.mark.parametrize("query", ["", "?residence=none"])
async def test_register_still_offers_every_residence(office: httpx.AsyncClient, query: str):
    await live(office)
    page = (await office.get(f"/gestion/adherents{query}")).text
    assert page.count("Amiens</option>") == 3
