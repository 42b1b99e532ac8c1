"""The map of exclusivity is drawn anew: no residence has two firms of a trade, no firm loses one."""

import asyncio
from datetime import date
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import DomainError
from backend.merchants import contracts, territories
from backend.merchants import service as merchants
from backend.merchants.contracts import Has
from backend.merchants.errors import (
    TerritoriesClash,
    TerritoryHeld,
    TerritoryTaken,
    TerritoryUnknown,
    TerritoryUsed,
)
from backend.merchants.rules import EndReason
from backend.merchants.service import places
from backend.settings import Settings
from tests import factories, sign_in
from tests.contracts import add_contract, add_firm, add_waiting, draw, sign

pytestmark = pytest.mark.usefixtures("db")


async def add_residences(*names: str) -> list[str]:
    """Public ids of residences of one landlord."""
    await factories.add_dwelling()
    return [
        await fetch_value(
            "INSERT INTO residence (public_id, landlord, code, name, postcode, town)"
            " SELECT $1, id, $1, $1, '80080', 'Amiens' FROM landlord RETURNING public_id",
            name,
        )
        for name in names
    ]


async def make(name: str, *residences: str) -> tuple[str, int]:
    """A territory: its public id and its key."""
    public_id = await merchants.make_territory(SYSTEM, name, residences)
    return public_id, (await territories.get_territory(public_id)).id


async def inside(public_id: str) -> set[str]:
    rows = await fetch(
        "SELECT r.public_id FROM territory_residence x JOIN residence r ON r.id = x.residence"
        " JOIN territory t ON t.id = x.territory WHERE t.public_id = $1",
        public_id,
    )
    return {row["public_id"] for row in rows}


async def take(name: str, *keys: int) -> str:
    """A plumber who is paid, and alone in these territories."""
    firm = await add_firm(name)
    return (await add_contract(firm.id, territories=keys)).public_id


async def test_territory_has_another_name_and_other_residences():
    """P1: where nobody is alone the map is free; a name is one territory's."""
    a, b, c = await add_residences("A", "B", "C")
    north, _ = await make("Nord", a, b)
    south, _ = await make("Sud")
    await merchants.change_territory(SYSTEM, north, "Le Nord", [b, c])
    assert (await territories.get_territory(north)).name == "Le Nord"
    assert await inside(north) == {b, c}
    with pytest.raises(TerritoryTaken):
        await merchants.change_territory(SYSTEM, south, "Le Nord", [])
    await merchants.change_territory(SYSTEM, south, "Sud", [c])
    assert (await inside(north), await inside(south)) == ({b}, {c})
    with pytest.raises(TerritoryUnknown):
        await merchants.change_territory(SYSTEM, "unknown", "X", [])


async def test_residence_stays_when_two_firms_would_clash():
    """P1: each was promised to be alone: the change says both names, and nothing moves."""
    a, b = await add_residences("A", "B")
    (north, one), (south, two) = await make("Nord", a), await make("Sud", b)
    await take("Roux", one)
    await take("Blanc", two)
    with pytest.raises(TerritoriesClash, match="Roux et Blanc ont le même métier : Plombier"):
        await merchants.change_territory(SYSTEM, south, "Sud", [a, b])
    with pytest.raises(TerritoryHeld):
        await merchants.make_territory(SYSTEM, "Tout", [a, b])
    assert (await inside(north), await inside(south)) == ({a}, {b})
    assert await fetch_value("SELECT count(*) FROM territory") == 2


async def test_residence_stays_when_its_firm_would_lose_it():
    """P1: what was promised stays promised: to a territory, and to the rest of the club, until it ends."""
    a, b = await add_residences("A", "B")
    (north, one), (south, _) = await make("Nord", a), await make("Sud", b)
    roux = await take("Roux", one)
    with pytest.raises(TerritoryHeld, match="Plombier"):
        await merchants.change_territory(SYSTEM, south, "Sud", [a, b])
    with pytest.raises(TerritoryHeld):
        await merchants.change_territory(SYSTEM, north, "Nord", [])
    await merchants.change_territory(SYSTEM, north, "Le Nord", [a, b])  # it gains, nobody loses
    await merchants.end_contract(SYSTEM, roux, EndReason.LEFT)
    await merchants.change_territory(SYSTEM, south, "Sud", [a, b])
    assert await inside(south) == {a, b}


async def test_residence_stays_when_its_firm_is_alone_at_the_new_address_for_a_shorter_time():
    """P1: what was promised until the end of a year is not lost in its last month."""
    a, b = await add_residences("A", "B")
    (_, one), (south, two) = await make("Nord", a), await make("Sud", b)
    await take("Roux", one, two)
    shorter = "UPDATE trade_place SET during = daterange(lower(during), upper(during) - $2::int)"
    await fetch(f"{shorter} WHERE territory = $1", two, 30)
    with pytest.raises(TerritoryHeld):
        await merchants.change_territory(SYSTEM, south, "Sud", [a, b])
    assert await inside(south) == {b}
    await fetch(f"{shorter} WHERE territory = $1", two, -30)
    await merchants.change_territory(SYSTEM, south, "Sud", [a, b])


async def test_residence_moves_when_the_same_firm_is_alone_at_both_ends():
    """P1: nobody loses it, and it has one firm before and after."""
    a, b = await add_residences("A", "B")
    (_, one), (south, two) = await make("Nord", a), await make("Sud", b)
    await take("Roux", one, two)
    await merchants.change_territory(SYSTEM, south, "Sud", [a, b])
    assert await inside(south) == {a, b}


async def test_firm_of_the_rest_keeps_what_comes_back_to_it():
    """P1: a territory that only the firms of the rest have goes off the map, and leaves them whole."""
    (a,) = await add_residences("A")
    roux = await take("Roux")
    north, _ = await make("Nord", a)
    await merchants.remove_territory(SYSTEM, north)
    assert await contracts.territories() == []
    assert await fetch_value("SELECT count(*) FROM territory_residence") == 0
    found = await contracts.get_contract(roux)
    assert [(one.has, one.territory) for one in found.trades] == [(Has.TAKEN, "")]
    waiter = await draw((await add_firm("Blanc")).id)
    assert (await sign(waiter)).waiting


async def lines(public_id: str) -> list[tuple[str, Has]]:
    found = await contracts.get_contract(public_id)
    return [(one.territory, one.has) for one in found.trades]


async def test_line_of_the_club_stands_in_a_new_territory_too():
    """P1, P7: who waits for the club has what becomes a territory before who comes later, with its date."""
    (a,) = await add_residences("A")
    roux = await take("Roux")
    blanc = await add_waiting("Blanc")
    north, one = await make("Nord", a)
    vert = await draw((await add_firm("Vert")).id, territories=(one,))
    await sign(vert)
    await merchants.end_contract(SYSTEM, roux, EndReason.LEFT)
    assert await lines(blanc) == [("", Has.OFFERED), ("Nord", Has.OFFERED)]
    assert await lines(vert) == [("Nord", Has.WAITING)]
    await merchants.end_contract(SYSTEM, vert, EndReason.LEFT)
    with pytest.raises(TerritoryUsed):
        await merchants.remove_territory(SYSTEM, north)


async def test_territory_goes_with_the_lines_that_were_copied():
    """P1: who waits for the club waits for it still, once; who was offered it is offered it in both."""
    (a,) = await add_residences("A")
    roux, blanc = await take("Roux"), await add_waiting("Blanc")
    north, _ = await make("Nord", a)
    await merchants.remove_territory(SYSTEM, north)
    assert await lines(blanc) == [("", Has.WAITING)]
    await merchants.end_contract(SYSTEM, roux, EndReason.LEFT)
    north, _ = await make("Nord", a)
    assert await lines(blanc) == [("", Has.OFFERED), ("Nord", Has.OFFERED)]
    await merchants.remove_territory(SYSTEM, north)
    assert await lines(blanc) == [("", Has.OFFERED)]


async def test_firm_has_the_new_territory_when_it_signs_a_contract_drawn_before():
    """P1: what was agreed for the club is for all of the club, whenever its yes comes."""
    (a,) = await add_residences("A")
    roux = await draw((await add_firm("Roux")).id)
    await make("Nord", a)
    await sign(roux)
    assert await lines(roux) == [("", Has.HELD), ("Nord", Has.HELD)]


async def test_map_waits_when_a_firm_is_signing(monkeypatch: pytest.MonkeyPatch):
    """P1: a place that is not seen yet is part of the new territory too."""
    (a,) = await add_residences("A")
    roux = await draw((await add_firm("Roux")).id)
    real, took, go = places.owe_from, asyncio.Event(), asyncio.Event()

    async def wait(contract_id: int, day: date) -> None:
        took.set()
        await go.wait()
        await real(contract_id, day)

    monkeypatch.setattr(places, "owe_from", wait)
    signing = asyncio.create_task(sign(roux))
    await took.wait()
    making = asyncio.create_task(make("Nord", a))
    await until_blocked(making)
    go.set()
    await asyncio.gather(signing, making)
    assert await lines(roux) == [("", Has.HELD), ("Nord", Has.HELD)]


async def until_blocked(task: asyncio.Task[Any]) -> None:
    """Until somebody waits for a lock, or the task ends without having waited."""
    waits = (
        "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted)"
    )
    while not task.done() and not await fetch_value(waits):  # noqa: ASYNC110 - another session waits
        await asyncio.sleep(0.01)


async def test_territory_stays_when_a_contract_is_for_it():
    """P1: also one of years ago: its history names it."""
    (a,) = await add_residences("A")
    north, one = await make("Nord", a)
    roux = await take("Roux", one)
    with pytest.raises(TerritoryHeld):
        await merchants.remove_territory(SYSTEM, north)
    await merchants.end_contract(SYSTEM, roux, EndReason.LEFT)
    with pytest.raises(TerritoryUsed):
        await merchants.remove_territory(SYSTEM, north)
    assert await inside(north) == {a}


async def test_one_of_both_waits_when_a_firm_signs_up_while_its_territory_goes():
    """P1: a contract is for a territory that is there: the database decides who was first."""
    (a,) = await add_residences("A")
    north, one = await make("Nord", a)
    firm = await add_firm("Roux")
    answers = await asyncio.gather(
        draw(firm.id, territories=(one,)),
        merchants.remove_territory(SYSTEM, north),
        return_exceptions=True,
    )
    refused = [each for each in answers if isinstance(each, Exception)]
    assert len(refused) == 1
    assert isinstance(refused[0], DomainError)
    there = await fetch_value("SELECT count(*) FROM territory")
    assert there == await fetch_value("SELECT count(*) FROM contract_trade")


async def test_manager_changes_and_removes_a_territory(
    client: httpx.AsyncClient, settings: Settings
):
    """P1: in the office, by residence or by postcode; a refusal says why and keeps what was typed."""
    a, b = await add_residences("A", "B")
    north, one = await make("Nord", a)
    person_id = await factories.add_person("Hélène", "Vasseur")
    await factories.add_role(person_id, Role.MANAGER)
    await sign_in.as_staff(client, settings, person_id)
    home = "/gestion/club/partenaires"
    page = f"{home}/territoires/{north}"

    async def send(path: str, **typed: Any) -> httpx.Response:
        return await sign_in.post(client, settings, path, typed)

    assert page in (await client.get(home)).text
    area = next(one for one in await territories.areas(one) if one.postcode == "80080")
    shown = (await client.get(page)).text
    assert f'name="residence_{a}"' in shown
    sent = await send(page, territory="Le Nord", **{f"secteur_{area.key}": "1"})
    assert sent.status_code == 303
    assert await inside(north) == {a, b}
    await take("Roux", one)
    refused = await send(page, territory="Le Nord", **{f"residence_{a}": "1"})
    assert refused.status_code == 409
    assert "Plombier" in refused.text
    stays = await send(f"{page}/fin")
    assert stays.status_code == 409
    assert 'value="Le Nord"' in stays.text
    gone, _ = await make("Vide")
    assert (await send(f"{home}/territoires/{gone}/fin")).status_code == 303
    assert (await client.get(f"{home}/territoires/{gone}")).status_code == 404
