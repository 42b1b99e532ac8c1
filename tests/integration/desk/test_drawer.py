"""The cash drawer at the counter: opened by a name, counted, emptied, closed, never written after."""

import asyncpg
import pytest

from backend.billing import drawers
from backend.kit import clock
from backend.kit.database import fetch, fetch_one, fetch_value
from tests.conftest import Database
from tests.integration.desk.conftest import Counter, unpacked

PAID = (
    "INSERT INTO payment (public_id, pay_order, kind, way, amount_cents, received_at, drawer)"
    " SELECT 'late', pay_order, 'payment', 'cash', 100, $1, drawer FROM payment WHERE way = 'cash'"
    " LIMIT 1"
)


async def close(desk: Counter, **counted: object) -> str:
    return await desk.done("/comptoir/caisse/fermeture", **counted)


async def sums() -> dict[str, int]:
    rows = await fetch(
        "SELECT account, sum(debit_cents - credit_cents)::bigint AS cents FROM journal_line"
        " GROUP BY account"
    )
    return {row["account"]: row["cents"] for row in rows}


async def reopen(desk: Counter, **counted: object) -> None:
    """The fixture's drawer is closed empty, and another opened by Nadia."""
    await close(desk, total="0")
    await desk.done("/comptoir/caisse", **counted)


async def test_drawer_lives_from_float_to_count_when_a_day_passes(desk: Counter, odette):
    """B9: counted float, a sale, a deposit, a counted close; the difference has a name and is booked."""
    await reopen(desk, float="50,00", from_bank="1")
    to = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{to}/cotisation", months=12, way="cash", key="a")
    await desk.done("/comptoir/caisse/depots", amount="40")
    assert "Il doit y avoir 70,00" in await desk.open("/comptoir/caisse")
    assert "Attendu 70,00" in await desk.open("/comptoir/caisse/fermeture")
    await close(desk, n_2000=3, n_500=1, n_200=2, banked="20", reason="Rendu trop vite")
    drawer = (await drawers.last_closed(None))[0]
    assert (drawer.opened_by, drawer.closed_by) == ("Nadia Comptoir", "Nadia Comptoir")
    assert (drawer.expected_cents, drawer.counted_cents, drawer.difference_cents) == (
        7000,
        6900,
        -100,
    )
    assert (drawer.kept_cents, drawer.reason) == (4900, "Rendu trop vite")
    # 50 from the bank, 40 and 20 to it; 1 missing; 49 stay.
    assert await sums() == {"530": 4900, "512": 1000, "658": 100, "756": -6000}
    noted = await fetch_one(
        "SELECT actor_id, facts FROM audit_entry WHERE verb = 'drawer_closed' ORDER BY id DESC LIMIT 1"
    )
    assert noted["actor_id"] == desk.person_id
    assert '"difference_cents": -100' in noted["facts"]
    assert "Il restait 49,00" in (await desk.open("/comptoir/caisse")).replace(
        "il restait", "Il restait"
    )


async def test_float_that_differs_is_booked_when_it_does_not_come_from_the_bank(desk: Counter):
    """B9: what is missing at the opening is a difference too."""
    await reopen(desk, float="30", from_bank="1")
    await close(desk, total="30")
    await desk.done("/comptoir/caisse", float="28,50", reason="Rien vu")
    opened = await drawers.find_open(None)
    assert opened is not None
    assert (opened.opening_difference_cents, opened.opening_reason) == (-150, "Rien vu")
    assert await sums() == {"530": 2850, "512": -3000, "658": 150}


async def test_cash_waits_for_the_drawer_when_it_is_closed(desk: Counter, odette):
    """B9, M4: no cash without a counted drawer; opening it is one tap, and back to the dues."""
    await close(desk, total="0")
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    refused = await desk.send(to, months=12, way="cash", key="a")
    assert refused.status_code == 409
    assert "Comptez l&#39;argent et ouvrez la caisse." in refused.text
    assert await fetch_value("SELECT count(*) FROM payment") == 0
    assert "Ouvrir avec 0,00" in await desk.open(to)
    assert (await desk.done("/comptoir/caisse", float="0,00", back=to)).startswith(to)
    assert "La caisse est fermée." not in await desk.open(to)
    await desk.done(to, months=12, way="cash", key="a")
    assert await fetch_value("SELECT count(*) FROM payment WHERE drawer IS NOT NULL") == 1


@pytest.mark.parametrize("months", [1, 24])
async def test_one_screen_takes_months_in_cash(desk: Counter, odette, months):
    """M4: 1 to 24 months in one screen: open the dues, choose, take; the receipt is there to print."""
    to = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.open(f"{to}/cotisation")
    landed = await desk.done(f"{to}/cotisation", months=months, way="cash", key="a")
    assert landed.startswith(to)
    receipt = await fetch_one("SELECT public_id, printed ->> 'amount_cents' AS cents FROM receipt")
    assert receipt["cents"] == str(months * 500)
    answer = await desk.browser.get(f"/comptoir/recus/{receipt['public_id']}")
    assert answer.content.startswith(b"%PDF-")


async def test_refund_comes_out_of_the_open_drawer(desk: Counter, manager: Counter, odette):
    """B8, B9: cash that is given back leaves the drawer of its day."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months=2, way="cash", key="a")
    await reopen_with(desk, "10")
    order = await fetch_value("SELECT public_id FROM pay_order")
    await manager.done(f"{at}/paiements/{order}/annulation", reason="Erreur")
    drawer = await drawers.find_open(None)
    assert drawer is not None
    assert (drawer.taken_cents, drawer.given_cents, drawer.expected_cents) == (0, 1000, 0)


async def reopen_with(desk: Counter, total: str) -> None:
    await close(desk, total=total)
    await desk.done("/comptoir/caisse", float=total)


async def test_database_lets_no_cash_into_a_closed_drawer(db: Database, desk: Counter, odette):
    """B9: a cash receipt cannot be back-dated past a closed drawer, whoever writes the row."""
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    await desk.done(to, months=1, way="cash", key="a")
    connection = await asyncpg.connect(db.app_url)
    await connection.execute(PAID, clock.now())  # while it is open, a row goes in
    await connection.execute("UPDATE pay_order SET cancelled_at = NULL")
    with pytest.raises(asyncpg.CheckViolationError, match="takes no cash"):
        await connection.execute(
            PAID.replace("late", "early"), clock.parse_instant("1999-01-01T00:00:00Z")
        )
    await close(desk, total="10")
    for sql in (
        PAID.replace("'late'", "'later'"),
        "UPDATE drawer_session SET counted_cents = 1, kept_cents = 1 WHERE opened_at < $1",
        (
            "UPDATE drawer_session SET closed_at = NULL, closed_by = NULL, expected_cents = NULL,"
            " counted_cents = NULL, kept_cents = NULL WHERE opened_at < $1"
        ),
        (
            "INSERT INTO drawer_session (public_id, opened_at, opened_by, left_cents, float_cents)"
            " SELECT 'past', $1::timestamptz - interval '1 day', id, 0, 0 FROM person LIMIT 1"
        ),
    ):
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(sql, clock.now())
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("DELETE FROM drawer_session")
    await connection.close()


async def test_one_drawer_is_open_at_a_site_when_two_open_it_at_once(db: Database, desk: Counter):
    """B9: at most one open drawer a site, held by the database."""
    answer = await desk.send("/comptoir/caisse", float="0")
    assert answer.status_code == 409
    assert "déjà ouverte" in answer.text
    connection = await asyncpg.connect(db.app_url)
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute(
            "INSERT INTO drawer_session (public_id, opened_at, opened_by, left_cents, float_cents)"
            " SELECT 'two', now(), id, 0, 0 FROM person LIMIT 1"
        )
    await connection.close()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "Comptez l&#39;argent de la caisse."),
        ({"n_100": "deux"}, "Écrivez un nombre."),
        ({"n_100": "2", "total": "3"}, "ne disent pas la même somme"),
        ({"total": "5", "banked": "6"}, "plus que l&#39;argent de la caisse"),
        ({"total": "-1"}, "Nous ne comprenons pas ce montant."),
    ],
)
async def test_count_is_asked_again_when_it_says_nothing_sure(desk: Counter, typed, said):
    answer = await desk.send("/comptoir/caisse/fermeture", **typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert await drawers.find_open(None) is not None


async def test_deposit_is_refused_when_it_is_more_than_the_drawer_holds(desk: Counter):
    """B9: to the cent; nothing goes to the bank that is not there."""
    await reopen(desk, float="50", from_bank="1")
    answer = await desk.send("/comptoir/caisse/depots", amount="50,01")
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM drawer_deposit") == 0
    await desk.done("/comptoir/caisse/depots", amount="50")
    assert await fetch_value("SELECT sum(amount_cents) FROM drawer_deposit") == 5000


async def test_close_prints_identically_for_ever(desk: Counter, odette):
    """B9: the paper of a close says who, what, and how much was missing; later it is the same bytes."""
    to = f"/comptoir/personnes/{odette.person_public_id}/cotisation"
    await desk.done(to, months=1, way="cash", key="a")
    await close(desk, n_200=2, reason="Un euro sous la table")
    public_id = (await drawers.last_closed(None))[0].public_id
    first = (await desk.browser.get(f"/comptoir/caisse/{public_id}/papier")).content
    assert first.startswith(b"%PDF-")
    assert b"/Title" in unpacked(first)
    await fetch("UPDATE person SET family_name = 'Autre' WHERE id = $1", desk.person_id)
    again = await desk.browser.get(f"/comptoir/caisse/{public_id}/papier")
    assert again.content == first
    assert (await desk.browser.get("/comptoir/caisse/nulle/papier")).status_code == 404


async def test_a_page_left_open_counts_no_drawer_but_its_own(desk: Counter):
    """B9: its drawer was closed and another opened meanwhile: neither is counted or emptied by it."""
    page = await desk.browser.get("/comptoir/caisse/fermeture")
    old = await drawers.find_open(None)
    assert old is not None
    assert f'value="{old.public_id}"' in page.text
    await reopen(desk, float="50", from_bank="1")
    for path, typed in (("fermeture", {"total": "0"}), ("depots", {"amount": "10"})):
        answer = await desk.send(f"/comptoir/caisse/{path}", drawer=old.public_id, **typed)
        assert answer.status_code == 409
    new = await drawers.find_open(None)
    assert new is not None
    assert (new.expected_cents, new.deposited_cents) == (5000, 0)


async def test_a_deposit_pressed_twice_is_one(desk: Counter):
    """B9, REL6: the page's key makes it the same; another page's is another deposit."""
    await reopen(desk, float="50", from_bank="1")
    page = (await desk.browser.get("/comptoir/caisse")).text
    key = page.split('name="key" value="')[1].split('"')[0]
    for _ in range(2):
        await desk.done("/comptoir/caisse/depots", amount="20", key=key)
    assert await fetch_value("SELECT sum(amount_cents) FROM drawer_deposit") == 2000
    await desk.done("/comptoir/caisse/depots", amount="20", key="another")
    assert await fetch_value("SELECT sum(amount_cents) FROM drawer_deposit") == 4000


async def test_cash_is_not_handed_out_that_is_not_there(desk: Counter, manager: Counter, odette):
    """B9: what the drawer does not hold cannot be given back from it; nothing is written."""
    at = f"/comptoir/personnes/{odette.person_public_id}"
    await desk.done(f"{at}/cotisation", months=2, way="cash", key="a")
    await close(desk, total="10", banked="10")
    await desk.done("/comptoir/caisse", float="9,99", from_bank="1")
    order = await fetch_value("SELECT public_id FROM pay_order")
    answer = await manager.send(f"{at}/paiements/{order}/annulation", reason="Erreur")
    assert answer.status_code == 409
    assert "pas assez d&#39;argent dans la caisse" in answer.text
    assert await fetch_value("SELECT count(*) FROM payment WHERE kind = 'refund'") == 0
    drawer = await drawers.find_open(None)
    assert drawer is not None
    assert drawer.expected_cents == 999
