"""The office brings lists of what is lent: a look, a yes, and the same file handed out again."""

import httpx

from backend.audit.service import SYSTEM
from backend.kit.database import fetch_value
from backend.lending.service import inventory
from tests import lending
from tests.integration.office.conftest import Post

HERE = "/gestion/inventaire/listes"
ITEMS = "CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE\nP-1;Perceuse;Outils;Prêt;tilleuls\n"


async def test_a_list_is_looked_at_applied_and_handed_out(
    office: httpx.AsyncClient, send: Post
) -> None:
    """L44: dry run with row errors, all or nothing, an export that reads back."""
    await lending.add_shelf()
    await inventory.make_policy(SYSTEM, lending.policy(name="Prêt"))
    assert "CONCIERGERIE" in (await office.get(HERE)).text
    refused = await send(HERE, {"kind": "items"})
    assert "Choisissez un fichier" in refused.text
    wrong = await bring(send, ITEMS + "P-2;Scie;;Prêt;tilleuls\n")
    page = (await office.get(wrong)).text
    assert "Rien ne sera changé" in page
    assert "CATEGORIE" in page
    answer = await send(wrong)
    assert answer.status_code == 409
    assert "Lignes à corriger\xa0: 1." in answer.text
    right = await bring(send, ITEMS)
    assert "Appliquer la liste" in (await office.get(right)).text
    assert (await send(right)).headers["location"] == f"{HERE}?fait=liste-appliquee"
    assert (await send(right)).status_code == 404
    assert await fetch_value("SELECT count(*) FROM resource") == 1
    file = await office.get(f"{HERE}/export?liste=items")
    assert file.headers["content-type"].startswith("text/csv")
    again = (await office.get(await bring(send, file.content))).text
    assert "Appliquer la liste" in again
    assert await fetch_value("SELECT count(*) FROM resource") == 1


async def bring(send: Post, content: str | bytes) -> str:
    """Where the look at it is."""
    answer = await send(HERE, {"kind": "items"}, files={"list": ("objets.csv", content)})
    assert answer.status_code == 303
    return answer.headers["location"]
