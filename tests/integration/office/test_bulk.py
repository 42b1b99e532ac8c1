"""Many copies or loans at once, from the office: chosen, looked at, confirmed, undone (L44)."""

import re

import httpx
import pytest

from backend.kit.database import fetch_value
from backend.lending import service as lend
from backend.lending.rules import PriceUnit
from tests import factories, lending
from tests.integration.office.conftest import Post
from tests.integration.statements import statements
from tests.lending import Shelf, staff, whom

UNITS, LOANS = "/gestion/inventaire/exemplaires", "/gestion/inventaire/prets"
ACTS = "/gestion/inventaire/gestes"
MOST_STATEMENTS = 6


@pytest.fixture
async def shelf(office: httpx.AsyncClient) -> Shelf:
    return await lending.add_shelf()


def sent(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that confirms."""
    found = re.findall(r'type="hidden"\s+name="(\w+)"\s+value="([^"]*)"', page)
    return {name: [value for each, value in found if each == name] for name, _ in found}


async def confirmed(send: Post, page: str) -> str:
    fields = {name: values for name, values in sent(page).items() if name != "csrf_token"}
    answers = [await send(ACTS, fields) for _ in range(2)]
    places = {answer.headers["location"].partition("?")[0] for answer in answers}
    assert len(places) == 1
    return places.pop()


async def test_copies_change_shelf_after_a_look(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L44, L12: ticked or all that the filters find; one act for two presses; undone on its page."""
    assert "Rien ici" in (await office.get(UNITS)).text
    drill, _ = await shelf.resource(copies=2), await shelf.resource("Scie")
    assert drill.code in (await office.get(f"{UNITS}?q=perc&point=tilleuls")).text
    assert "Rien n&#39;est choisi" in (await send(f"{ACTS}/apercu", {"kind": "shelf"})).text
    form = {"kind": "shelf", "shelf": "B2", "q": "perc", "all": "1"}
    look = (await send(f"{ACTS}/apercu", form)).text
    assert "2 éléments" in look
    assert await fetch_value("SELECT count(*) FROM unit WHERE shelf = 'B2'") == 0
    address = await confirmed(send, look)
    assert await fetch_value("SELECT count(*) FROM unit WHERE shelf = 'B2'") == 2
    assert "Annuler ce geste" in (await office.get(address)).text
    assert "Changer de rayon" in (await office.get(UNITS)).text
    await send(f"{address}/annulation")
    assert "Geste annulé" in (await office.get(address)).text
    assert await fetch_value("SELECT count(*) FROM unit WHERE shelf = 'B2'") == 0
    only = await send(f"{ACTS}/apercu", {"kind": "relabel", "exemplaire": [drill.code]})
    address = await confirmed(send, only.text)
    assert "Imprimer les nouvelles étiquettes" in (await office.get(address)).text
    assert (await office.get(f"{ACTS}/nobody")).status_code == 404


async def test_pages_of_many_ask_six_questions(office: httpx.AsyncClient, shelf: Shelf) -> None:
    """PERF6: with their filters and the last acts, however many copies and loans there are."""
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    for many in range(2):
        drill = await shelf.resource(f"Perceuse {many}", copies=2)
        await lend.lend_now(staff(), whom(alice), drill.code)
        for page in (f"{UNITS}?q=perc&point=tilleuls", f"{LOANS}?point=tilleuls"):
            async with statements() as said:
                answer = await office.get(page)
            assert answer.status_code == 200
            assert len(said) <= MOST_STATEMENTS, (page, said)


async def test_returns_are_put_off_and_borrowers_written_to(
    office: httpx.AsyncClient, send: Post, shelf: Shelf
) -> None:
    """L44, L35: extend all due on a date, and what it costs; message; what is typed wrongly stays."""
    assert "Rien n’est prêté" in (await office.get(LOANS)).text
    drill = await shelf.resource(price_cents=1, price_unit=PriceUnit.DAY)
    alice = await factories.add_member("Alice", "Martin", "alice@example.org")
    given = await lend.lend_now(staff(), whom(alice), drill.code)
    page = (await office.get(f"{LOANS}?point=tilleuls")).text
    found = re.search(r'<option value="(\d{4}-\d\d-\d\d)"', page)
    assert found is not None
    form = {"kind": "extend", "due_on": found[1], "until": "2020-01-01", "text": "Grève"}
    wrong = await send(f"{ACTS}/apercu", form)
    assert wrong.status_code == 422
    assert "Grève" in wrong.text
    look = (await send(f"{ACTS}/apercu", {**form, "until": "2099-01-06"})).text
    assert "Alice Martin" in look
    assert "de plus pour le foyer" in look
    address = await confirmed(send, look)
    due = await fetch_value("SELECT upper(during) FROM booking_line WHERE id = $1", given.line)
    assert due.year == 2099
    assert "Alice Martin" in (await office.get(address)).text
    words = {"kind": "message", "text": "Le comptoir ferme plus tôt."}
    look = (await send(f"{ACTS}/apercu", words)).text
    assert "Le comptoir ferme plus tôt." in look
    address = await confirmed(send, look)
    assert "Annuler ce geste" not in (await office.get(address)).text
    assert (await send(f"{address}/annulation")).status_code == 409
