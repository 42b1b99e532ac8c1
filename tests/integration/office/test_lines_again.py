"""A line of the bank that somebody settled by mistake waits again, with a reason."""

from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import books, lines
from backend.billing.errors import BankLineStands
from backend.billing.statements import Entry
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.rules import Status
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_household, add_person, add_role


async def line_of(cents: int) -> str:
    await lines.add_lines(SYSTEM, [Entry(clock.today(), cents, "VIR")], "x")
    [line] = await lines.waiting()
    return line.public_id


async def gaps_of_transfers() -> list[int]:
    told = await books.reconciliation(clock.today(), clock.today())
    return [each.difference_cents for each in told.balances if each.what == "transfer"]


async def test_a_line_pays_the_right_order_when_the_wrong_one_was_undone(db: Database) -> None:
    """B8, B10: not before, since it would pay two; then both months are even again."""
    alice, bob = await add_household(), await add_household("Bob", "Petit")
    wrong = await membership.order_transfer(SYSTEM, bob.household_id, 12)
    right = await membership.order_transfer(SYSTEM, alice.household_id, 12)
    line = await line_of(right.amount_cents)
    await membership.match_transfer(SYSTEM, line, wrong.public_id)
    with pytest.raises(BankLineStands):
        await lines.reopen(SYSTEM, line, "pas lui")
    await membership.undo_dues(SYSTEM, bob.household_id, wrong.public_id, None, "pas lui")
    for _ in range(2):
        await lines.reopen(SYSTEM, line, "pas lui")
    await membership.match_transfer(SYSTEM, line, right.public_id)
    assert (await queries.standing(alice.household_id)).status is Status.CURRENT
    assert (await queries.standing(bob.household_id)).status is Status.PROSPECT
    assert await gaps_of_transfers() == [0]
    noted = await fetch("SELECT facts ->> 'reason' AS said FROM audit_entry WHERE verb = $1", VERB)
    assert [row["said"] for row in noted] == ["pas lui"]


VERB = "bank_line_reopened"


async def test_a_line_set_aside_is_taken_up_again_on_its_page(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    """B10: a reason is asked for; money to give back stays as it was booked."""
    treasurer = await add_person("Tom", "Trésor")
    await add_role(treasurer, Role.TREASURER)
    await sign_in.as_staff(client, settings, treasurer)
    line = await line_of(1200)
    await lines.set_aside(SYSTEM, line, "une subvention")
    here = f"/gestion/tresorerie/banque/{line}"
    assert "Reprendre cette ligne" in (await client.get(here)).text

    async def ask(form: dict[str, Any]) -> int:
        return (await sign_in.post(client, settings, f"{here}/reprise", form)).status_code

    assert await ask({}) == 422
    assert await ask({"reason": "c'est Alice"}) == 303
    assert await fetch_value("SELECT state FROM bank_line") == "waiting"
    await lines.give_back(SYSTEM, line)
    assert await ask({"reason": "non"}) == 409
    assert "Reprendre cette ligne" not in (await client.get(here)).text
