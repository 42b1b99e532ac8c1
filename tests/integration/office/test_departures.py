"""The office answers what the landlord's list says of those who left (M8)."""

import httpx
import pytest

from backend.membership import queries
from backend.membership.rules import Category, Proof, Status
from tests.factories import add_dwelling
from tests.integration.desk.conftest import words
from tests.integration.membership.test_households import a_listed_tenant, bring
from tests.integration.office.conftest import Post


async def flagged() -> tuple[int, str]:
    joined, lines = await a_listed_tenant()
    await bring(lines[1:])
    return joined.household_id, f"/gestion/verifications/departs/{joined.household_public_id}"


@pytest.mark.parametrize(
    ("answer", "category", "status"),
    [
        ("stays", Category.TENANT, Status.PROSPECT),
        ("neighbour", Category.NEIGHBOUR, Status.PROSPECT),
        ("ended", Category.TENANT, Status.ENDED),
    ],
)
async def test_each_answer_is_kept_and_nothing_waits_after_it(
    office: httpx.AsyncClient, send: Post, answer: str, category: Category, status: Status
):
    """M8: flagged, never automatic; staff say what is true."""
    household_id, at = await flagged()
    index = words((await office.get("/gestion/verifications")).text)
    assert "Plus dans la liste" in index
    assert "Ce logement n’est plus dans la liste." in words((await office.get(at)).text)
    assert (await send(at, {"answer": answer})).status_code == 303
    after = await queries.household_by_id(household_id)
    assert (after.category, after.standing().status) == (category, status)
    assert "Rien à vérifier" in (await office.get("/gestion/verifications")).text
    assert (await send(at, {"answer": answer})).status_code == 404


async def test_new_dwelling_is_picked_from_the_list(office: httpx.AsyncClient, send: Post):
    household_id, at = await flagged()
    dwelling = await add_dwelling("L/02 00001", "80000", 2, landlord="autre")
    assert "L/02 00001" in (await office.get(f"{at}?q=rue des tilleuls")).text
    for wrong in ("", "perhaps", "9" * 20):
        answer = await send(at, {"answer": wrong})
        assert answer.status_code == 422
    await send(at, {"answer": str(dwelling)})
    after = await queries.household_by_id(household_id)
    assert (after.dwelling_id, after.proof) == (dwelling, Proof.PROVED)
