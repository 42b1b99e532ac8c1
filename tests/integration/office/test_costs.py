"""What the club spends and what partners pay: typed once, taken back by reversal, equal to the journal."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.billing import costs, journal
from backend.billing.costs import CostWish
from backend.billing.rules import Account, Line
from backend.identity.rules import Role
from backend.insight import budget
from backend.insight.rules import CEILING_CENTS, TargetKind
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import Invalid
from backend.kit.keys import IdempotencyMismatch
from backend.settings import Settings
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.integration.desk.conftest import words
from tests.integration.statements import statements

AT = "/gestion/tresorerie/depenses"
PARTNERS = "/gestion/tresorerie/recettes-commerciales"


def wish(**more: Any) -> CostWish:
    said = {
        "on": clock.today(),
        "label": "Affiches",
        "account": "623",
        "amount_cents": 4_250,
        "key": "k1",
    }
    return CostWish(**{**said, **more})


async def earn(cents: int, on: date, key: str) -> None:
    """Partner dues on their account; below zero they go back."""
    bank = Line(Account.BANK, max(cents, 0), max(-cents, 0))
    sold = Line(Account.PARTNER_DUES, max(-cents, 0), max(cents, 0))
    async with transaction():
        await journal.post(key, "Cotisation", [bank, sold], at=clock.start_of_day(on))


@pytest.fixture
async def tom(client: httpx.AsyncClient, settings: Settings, db: Database) -> httpx.AsyncClient:
    """The treasurer's browser."""
    person_id = await add_person("Tom", "Compte", "tom@example.org")
    await add_role(person_id, Role.TREASURER)
    await sign_in.as_staff(client, settings, person_id)
    return client


async def test_a_cost_is_booked_once_however_often_it_is_sent(db: Database):
    """B8: one balanced entry of class 6 against the bank, on its own day."""
    day = clock.today() - timedelta(days=1)
    for _ in range(3):
        await costs.enter(SYSTEM, wish(on=day))
    [entry] = await fetch("SELECT id, booked_on, label FROM journal_entry")
    assert (entry["booked_on"], entry["label"]) == (day, "Affiches")
    lines = await fetch("SELECT account, debit_cents, credit_cents FROM journal_line ORDER BY id")
    assert [tuple(line) for line in lines] == [("623", 4_250, 0), ("512", 0, 4_250)]


async def test_another_cost_under_the_same_key_is_refused(db: Database):
    """B8: what was typed is never dropped while the page says that it is booked."""
    await costs.enter(SYSTEM, wish())
    with pytest.raises(IdempotencyMismatch):
        await costs.enter(SYSTEM, wish(amount_cents=9_000))
    [kept] = await costs.costs(*this_year())
    assert kept.amount_cents == 4_250


async def test_a_cost_is_refused_at_the_field_that_is_wrong(db: Database):
    today = clock.today()
    for field, wrong in (
        ("on", {"on": today + timedelta(days=1)}),
        ("on", {"on": date(today.year - 2, 12, 31)}),
        ("account", {"account": "512"}),
        ("account", {"account": "627"}),
        ("amount", {"amount_cents": 0}),
        ("label", {"label": " "}),
        ("label", {"label": "x" * 121}),
    ):
        with pytest.raises(Invalid) as refused:
            await costs.enter(SYSTEM, wish(**wrong))
        assert list(refused.value.fields) == [field]
    assert await fetch_value("SELECT count(*) FROM journal_entry") == 0


async def test_a_cost_taken_back_counts_no_more_and_both_stay(db: Database):
    """B8: corrections are reversals; the list and the sum say the same."""
    await costs.enter(SYSTEM, wish())
    await costs.enter(SYSTEM, wish(key="k2", account="606", amount_cents=100))
    [first] = [one for one in await costs.costs(*this_year()) if one.account == "623"]
    await journal.reverse(SYSTEM, first.entry, "deux fois")
    found = await costs.costs(*this_year())
    assert [(one.amount_cents, one.reversed) for one in found if one.account == "623"] == [
        (-4_250, False),
        (4_250, True),
    ]
    assert not any(one.may_reverse for one in found if one.account == "623")
    year = await budget.year(clock.today().year)
    assert year.spent_cents == sum(one.amount_cents for one in found) == 100


def this_year() -> tuple[date, date]:
    year = clock.today().year
    return date(year, 1, 1), date(year, 12, 31)


async def test_what_stripe_keeps_is_a_cost_too(db: Database):
    """The sum of the year is that of its sorts, fees and drawers included; other years count apart."""
    await costs.enter(SYSTEM, wish())
    for key, account, cents in (("fee:x", Account.FEES, 43), ("drawer:x", Account.SHORT, 200)):
        async with transaction():
            lines = [Line(account, debit_cents=cents), Line(Account.STRIPE, credit_cents=cents)]
            await journal.post(key, "Frais", lines, at=clock.now())
    before = clock.today().replace(month=1, day=1) - timedelta(days=1)
    await costs.enter(SYSTEM, wish(on=before, key="k9", amount_cents=999))
    spent = await costs.spent(*this_year())
    assert {one.account: one.cents for one in spent} == {"623": 4_250, "627": 43, "658": 200}
    assert (await budget.year(clock.today().year)).spent_cents == 4_493
    assert (await budget.year(before.year)).spent_cents == 999


async def test_a_budget_holds_until_another_year_has_its_own(db: Database):
    """Each change is a row and an act on record; nothing set is None."""
    year = clock.today().year
    assert (await budget.year(year)).budget_cents is None
    await budget.set_target(SYSTEM, TargetKind.BUDGET, year - 1, 20_000_00)
    await budget.set_target(SYSTEM, TargetKind.BUDGET, year, 24_000_00)
    await budget.set_target(SYSTEM, TargetKind.BUDGET, year, 25_000_00)
    await budget.set_target(SYSTEM, TargetKind.BUDGET, year, 25_000_00)
    found = [(await budget.year(at)).budget_cents for at in (year - 2, year - 1, year, year + 3)]
    assert found == [None, 20_000_00, 25_000_00, 25_000_00]
    assert await fetch_value("SELECT count(*) FROM target") == 3
    noted = await fetch("SELECT facts FROM audit_entry WHERE verb = 'target_set' ORDER BY id")
    assert '"budget": [2400000, 2500000]' in noted[-1]["facts"]
    with pytest.raises(Invalid):
        await budget.set_target(SYSTEM, TargetKind.CEILING, year, 0)


async def test_receipts_are_held_against_the_ceiling_and_80_percent_alert(db: Database):
    """P6: commercial receipts of the year against the ceiling set by the treasurer, alert at 80 %."""
    today = clock.today()
    assert (await budget.year(today.year)).ceiling_cents == CEILING_CENTS == 80_011_00
    await budget.set_target(SYSTEM, TargetKind.CEILING, today.year, 1_000_00)
    await earn(799_99, today, "a")
    await earn(500_00, today.replace(month=1, day=1) - timedelta(days=1), "last year")
    year = await budget.year(today.year)
    assert (year.commercial_cents, year.ceiling_percent, year.near_ceiling) == (79_999, 79, False)
    await earn(1, today, "b")
    assert (await budget.year(today.year)).near_ceiling
    await earn(-100_00, today, "c")
    year = await budget.year(today.year)
    assert (year.commercial_cents, year.near_ceiling) == (70_000, False)
    listed = await budget.commercial(today.year)
    assert sum(one.cents for one in listed) == year.commercial_cents


async def test_the_treasurer_notes_a_cost_and_sets_the_year(
    tom: httpx.AsyncClient, settings: Settings
):
    """What is left of the budget is said; a wrong form keeps what was typed."""
    form = (await tom.get(f"{AT}/nouvelle")).text
    key = form.split('name="key"')[1].split('value="')[1].split('"')[0]
    said = {"on": clock.today().isoformat(), "label": "Timbres", "account": "626", "key": key}
    wrong = await sign_in.post(tom, settings, AT, {**said, "amount": "douze"})
    assert wrong.status_code == 422
    assert 'value="Timbres"' in wrong.text
    assert key in wrong.text
    for _ in range(2):
        done = await sign_in.post(tom, settings, AT, {**said, "amount": "240,00"})
        assert done.headers["location"].startswith(f"{AT}?annee=")
    targets = {"budget": "24 000", "ceiling": ""}
    assert (await sign_in.post(tom, settings, f"{AT}/budget", targets)).status_code == 303
    page = words((await tom.get(AT)).text)
    for figure in ("240,00 €", "1 % du budget", "24 000 €", "23 760 €", "Poste et téléphone"):
        assert figure in page.replace("\u00a0", " ").replace("\u202f", " "), figure
    assert (await budget.year(clock.today().year)).ceiling_cents == CEILING_CENTS
    file = await tom.get(f"{AT}/liste")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[:5] for row in rows[1:]] == [
        [f"{clock.today():%d/%m/%Y}", "Timbres", "626", "Poste et téléphone", "240,00"]
    ]


async def test_the_pages_ask_little_of_the_database(tom: httpx.AsyncClient):
    """PERF6: at most six statements a page."""
    await costs.enter(SYSTEM, wish())
    await earn(100_00, clock.today(), "a")
    for path in (
        AT,
        f"{AT}/nouvelle",
        f"{AT}/budget",
        PARTNERS,
        f"{AT}?annee=2",
        f"{PARTNERS}?annee=x",
    ):
        async with statements() as said:
            page = await tom.get(path)
        assert page.status_code == 200
        assert page.text.count("<h1") == 1
        assert len(said) <= 6, (path, said)


async def test_the_alert_is_on_the_page_and_on_the_dashboard(office: httpx.AsyncClient):
    """P6: the manager sees it on the first page of figures too."""
    await budget.set_target(SYSTEM, TargetKind.CEILING, clock.today().year, 1_000_00)
    assert "Le club est sous le plafond." in words((await office.get(PARTNERS)).text)
    assert "plafond des recettes commerciales est proche" not in (await office.get("/gestion")).text
    await earn(850_00, clock.today(), "a")
    assert "Le plafond est proche." in words((await office.get(PARTNERS)).text)
    assert "plafond des recettes commerciales est proche" in (await office.get("/gestion")).text
    await earn(200_00, clock.today(), "b")
    assert "Le plafond est dépassé." in words((await office.get(PARTNERS)).text)
