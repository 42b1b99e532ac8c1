"""Account 471: money at Stripe that nobody asked for, until the treasurer says what it was (B5, B8)."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from backend.billing import books, differences, journal, reconciliations, suspense
from backend.billing.errors import (
    EntryHasDocument,
    EntryReversed,
    EntryUnknown,
    NotItsWayBack,
    SuspenseCleared,
)
from backend.billing.gateway import BalanceLine
from backend.billing.rules import Account
from backend.billing.suspense import Outcome
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.integration.membership.test_households import clerk
from tests.integration.office.test_treasury import Treasurer

BALANCES = (
    "SELECT account, sum(debit_cents - credit_cents)::bigint AS cents FROM journal_line"
    " GROUP BY account HAVING sum(debit_cents - credit_cents) <> 0 ORDER BY account"
)


async def stray(cents: int, about: str = "ch_1") -> int:
    """Stripe has it, or has taken it, and the club knows nothing of it; its entry."""
    line = BalanceLine(
        line_id=f"txn_{about}", kind="charge", about=about, net_cents=cents, at=clock.now()
    )
    assert await reconciliations.book_line(line, known=False)
    return (await suspense.waiting())[-1].id


async def balances() -> dict[str, int]:
    return {row["account"]: row["cents"] for row in await fetch(BALANCES)}


async def whole() -> None:
    """Every entry is zero, and the month's table still adds up."""
    assert sum((await balances()).values()) == 0
    today = clock.today()
    found = await books.reconciliation(today - timedelta(days=1), today)
    assert found.whole, found.parts


@pytest.mark.parametrize(
    ("cents", "outcome", "to"),
    [
        (467, Outcome.BANK, Account.BANK),
        (467, Outcome.OWN, Account.OVER),
        (-467, Outcome.BANK, Account.BANK),
        (-467, Outcome.OWN, Account.SHORT),
        (-467, Outcome.FEE, Account.FEES),
    ],
)
async def test_what_waited_is_booked_to_what_it_was(
    db: Database, cents: int, outcome: Outcome, to: Account
) -> None:
    """B8, B10: once, from 471, with a name and a reason on record; the night's row is closed with it."""
    entry, by = await stray(cents), await clerk()
    assert (await balances())["471"] == -cents
    outcomes = await asyncio.gather(
        *(suspense.clear(by, entry, outcome, "Zoé Petit", "Don repris") for _ in range(3)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes].count(SuspenseCleared) == 2
    assert await balances() == {"5125": cents, to.value: -cents}
    await whole()
    noted = await fetch("SELECT actor_id, facts FROM audit_entry WHERE verb = 'suspense_cleared'")
    assert [row["actor_id"] for row in noted] == [by.id]
    assert "Zoé Petit" in noted[0]["facts"]
    assert "Don repris" in noted[0]["facts"]
    assert await suspense.waiting() == []
    assert await differences.waiting() == []
    assert [one.note for one in await differences.closed()] == ["Zoé Petit. Don repris"]


async def test_a_movement_and_its_way_back_are_cleared_together(db: Database) -> None:
    """B8: given back at Stripe itself: nothing is left of either, on no account."""
    came, went, other = await stray(467), await stray(-467, "re_1"), await stray(-90, "re_2")
    by = await clerk()
    with pytest.raises(NotItsWayBack):
        await suspense.clear(by, came, Outcome.PAIR, "Zoé", "Rendu", pair=other)
    with pytest.raises(NotItsWayBack):
        await suspense.clear(by, came, Outcome.PAIR, "Zoé", "Rendu")
    await suspense.clear(by, came, Outcome.PAIR, "Zoé", "Rendu", pair=went)
    assert await balances() == {"471": 90, "5125": -90}
    assert [one.id for one in await suspense.waiting()] == [other]
    await whole()


async def test_it_waits_again_when_its_clearing_is_taken_back(db: Database) -> None:
    """B8: a wrong press is no last word."""
    entry, by = await stray(467), await clerk()
    await suspense.clear(by, entry, Outcome.OWN, "Un passant", "Don")
    [said] = await suspense.cleared()
    with pytest.raises(EntryHasDocument):
        await journal.reverse(by, said.id, "Pas un don")
    outcomes = await asyncio.gather(
        *(suspense.reopen(by, said.id, "Pas un don") for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in outcomes].count(EntryReversed) == 2
    with pytest.raises(EntryUnknown):
        await suspense.reopen(by, entry, "Rien n'est dit")
    assert [one.id for one in await suspense.waiting()] == [entry]
    await whole()
    await suspense.clear(by, entry, Outcome.BANK, "Zoé Petit", "Rendu")
    assert await balances() == {"512": -467, "5125": 467}
    await whole()


async def test_both_halves_wait_again_when_one_of_a_pair_is_taken_back(db: Database) -> None:
    """B8, B10: nothing stays on an account of passage, and they may be paired again."""
    came, went = await stray(467), await stray(-467, "re_1")
    by = await clerk()
    for half in (0, 1):
        await suspense.clear(by, came, Outcome.PAIR, "Zoé", "Rendu", pair=went)
        said = [one.id for one in await suspense.cleared() if not one.reversed]
        outcomes = await asyncio.gather(
            *(suspense.reopen(by, each, "Pas elle") for each in (said[half], said[1 - half])),
            return_exceptions=True,
        )
        assert [type(each) for each in outcomes].count(EntryReversed) == 1
        assert await balances() == {}
        assert [one.id for one in await suspense.waiting()] == [came, went]
    await suspense.clear(by, came, Outcome.BANK, "Zoé", "Par virement")
    assert [one.id for one in await suspense.waiting()] == [went]
    await whole()


async def test_only_what_waits_is_cleared(db: Database) -> None:
    by = await clerk()
    with pytest.raises(SuspenseCleared):
        await suspense.clear(by, 10**9, Outcome.OWN, "Zoé", "Don")
    assert await fetch_value("SELECT count(*) FROM journal_entry") == 0


async def test_the_treasurer_explains_it_on_a_page(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    """B5, B10: from the row of the night to the books, and back where it was wrong."""
    entry, person = await stray(467), await add_person("Tom", "Compte")
    await add_role(person, Role.TREASURER)
    await sign_in.as_staff(client, settings, person)
    tom = Treasurer(client, settings)
    [row] = await differences.waiting()
    shown = await tom.browser.get(f"/gestion/ecarts/{row.public_id}")
    assert "/gestion/tresorerie/attente" in shown.text
    assert "1 mouvement de Stripe attend une explication." in await tom.open("/comptes")
    assert "ch_1" in await tom.open("/attente")
    assert "Rendu à quelqu’un par virement" in await tom.open(f"/attente/{entry}")
    typed = {"who": "Zoé Petit", "reason": "Don repris"}
    refused = await tom.send(f"/attente/{entry}", {**typed, "outcome": "fee"})
    assert refused.status_code == 422
    assert "Zoé Petit" in refused.text
    await tom.done(f"/attente/{entry}", **typed, outcome="bank")
    assert (await tom.send(f"/attente/{entry}", {**typed, "outcome": "bank"})).status_code == 409
    page = await tom.open("/attente")
    assert "Rien n’attend." in page
    assert "Compte d'attente soldé : Zoé Petit" in page
    [said] = await suspense.cleared()
    assert "Le mouvement attend de nouveau." in await tom.open(f"/attente/{said.id}/reprise")
    await tom.done(f"/attente/{said.id}/reprise", reason="Pas à elle")
    assert "ch_1" in await tom.open("/attente")
