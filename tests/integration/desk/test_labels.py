"""Labels of copies as PDF: whole sheets, started ones, and single ones from a roll."""

import re
from collections.abc import AsyncIterator

import pytest

from backend.kit import clock, codes, qr
from backend.kit.codes import Unit, parse, text_of
from backend.kit.database import fetch
from backend.lending import labels
from backend.lending import service as lend
from tests import lending
from tests.integration.desk.conftest import Counter, words
from tests.lending import Shelf, day, staff
from web.desk import labels as pages

HERE = "/comptoir/etiquettes"
pytestmark = pytest.mark.usefixtures("saturday")


@pytest.fixture
async def saturday(db: object) -> AsyncIterator[None]:
    with clock.frozen(day("2026-11-21", 10)):
        yield


@pytest.fixture
async def shelf(saturday: None) -> Shelf:
    return await lending.add_shelf()


async def test_labels_of_a_model_are_printed_and_stay_good(desk: Counter, shelf: Shelf):
    """L33: one copy or all of a model; printing again changes no code."""
    drill = await shelf.resource(copies=3)
    before = [row["code"] for row in await fetch("SELECT code FROM unit ORDER BY id")]
    page = (await desk.browser.get(f"{HERE}?objet={drill.id}")).text
    assert page.count(" checked") == 3
    one = (await desk.browser.get(f"{HERE}?exemplaire={drill.code}")).text
    assert one.count(" checked") == 1
    for _ in range(2):
        assert await desk.paper(HERE, planche="a4-65", place="64", exemplaire=before)
    assert await desk.paper(HERE, planche="roll-62", exemplaire=drill.code)
    assert [row["code"] for row in await fetch("SELECT code FROM unit ORDER BY id")] == before
    assert "Perceuse" in await desk.open(f"{HERE}?q=perceuse")
    assert "Aucun objet" in await desk.open(f"{HERE}?q=zzz")


async def test_all_that_a_list_finds_is_printed_when_nothing_is_ticked(desk: Counter, shelf: Shelf):
    """L33, L44: the office's list of copies says "all of the list"; its filters come along."""
    await shelf.resource(copies=2)
    for filters in ({"q": "perceuse"}, {"point": "tilleuls"}):
        assert await desk.paper(HERE, planche="a4-65", all="1", **filters)
    nothing = await desk.send(HERE, planche="a4-65", all="1", q="scie")
    assert "Aucune étiquette n'est choisie." in words(nothing.text)


async def test_paper_is_refused_when_nothing_or_no_place_is_chosen(desk: Counter, shelf: Shelf):
    """L33: what is lent no more has no label; a sheet has only its places."""
    drill = await shelf.resource()
    nothing = await desk.send(HERE, planche="a4-24")
    assert nothing.status_code == 422
    assert "Aucune étiquette n'est choisie." in words(nothing.text)
    place = await desk.send(HERE, planche="a4-24", place="25", exemplaire=drill.code)
    assert "Cette planche a 24 places." in words(place.text)
    await lend.retire_unit(staff(), drill.code, "Usée")
    assert (await desk.send(HERE, exemplaire=drill.code)).status_code == 422


async def test_more_labels_than_one_paper_takes_are_printed_in_parts(
    desk: Counter, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    """L33, L44: none is left out unsaid: how many there are, and a button for each part of them."""
    monkeypatch.setattr(labels, "MOST", 2)
    await shelf.resource(copies=3)
    await shelf.resource("Scie", copies=2)
    every = [row["code"] for row in await fetch("SELECT code FROM unit ORDER BY id")]
    answer = await desk.send(HERE, planche="a4-24", place="5", exemplaire=every)
    assert answer.status_code == 200
    said = words(answer.text)
    assert "5 étiquettes, en 3 fois" in said
    assert "2 étiquettes au plus" in said
    for some in ("1 à 2", "3 à 4", "5 à 5"):
        assert f"Imprimer les étiquettes {some}" in said
    forms = answer.text.split('target="_blank"')[1:]
    found = [re.findall(r'name="exemplaire"\s+value="([^"]+)"', form) for form in forms]
    assert sorted(code for part in found for code in part) == sorted(every)
    places = [re.findall(r'name="place"\s+value="(\d+)"', form) for form in forms]
    assert places == [["5"], ["1"], ["1"]]
    for part in found:
        assert await desk.paper(HERE, planche="a4-24", place="1", exemplaire=part)


async def test_a_list_that_is_cut_says_so(
    desk: Counter, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    """L33: a model's copies are all there; of a search, how the others are reached is said."""
    monkeypatch.setattr(pages, "SHOWN", 2)
    drill = await shelf.resource(copies=3)
    assert "Les 2 premiers. Cherchez pour voir les autres." in words(await desk.open(HERE))
    model = (await desk.browser.get(f"{HERE}?objet={drill.id}")).text
    assert "Cherchez pour voir" not in words(model)
    assert model.count(" checked") == 3


@pytest.mark.parametrize("name", labels.SHEETS)
def test_every_place_lies_on_its_page(name: str):
    """L33: sheets of labels are what paper shops sell; a label never hangs over an edge."""
    sheet = labels.SHEETS[name]
    found = labels._pages(sheet, [{"code": str(n)} for n in range(sheet.places + 1)], 1)
    assert [len(page) for page in found] == [sheet.places, 1]
    width, height = sheet.page
    for each in found[0]:
        x, y = each["x"], each["y"]
        assert isinstance(x, int | float)
        assert isinstance(y, int | float)
        assert 0 <= x <= width - sheet.width
        assert 0 <= y <= height - sheet.height
    assert len({(each["x"], each["y"]) for each in found[0]}) == sheet.places


def test_code_to_scan_is_the_code_in_clear():
    """L33: the same twelve letters, so that a torn label is typed."""
    code = codes.draw_code()
    text = text_of(Unit(code))
    assert parse(text) == Unit(code)
    assert codes.understand(codes.grouped(code)) == codes.TypedCode(code)
    assert "<path" in qr.qr_svg(text)
