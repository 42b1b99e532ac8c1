"""Dues in and due, and members over time: figures equal the lists and rules they come from."""

from datetime import date, timedelta

import httpx

from backend.audit.service import SYSTEM
from backend.billing import queries as billing
from backend.identity.rules import Role
from backend.insight import dues
from backend.kit import clock
from backend.kit.database import fetch
from backend.membership import office as members
from backend.membership import queries, register
from backend.membership import service as membership
from backend.membership.register import Filter
from backend.membership.rules import Category, Status
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_household, add_person, add_role, pay_dues
from tests.integration.desk.conftest import words
from tests.integration.statements import statements
from tests.sign_in import as_staff

AT = "/gestion/cotisations"
DEBIT = date(2099, 1, 1)


async def live() -> list[int]:
    """Households that paid, renewed, lapsed, left, pay by a debit under way: their keys."""
    keys = []
    for days, months in ((400, 12), (380, 12), (360, 12), (200, 1), (20, 1), (3, 24), (0, 2)):
        with clock.travel(timedelta(days=-days)):
            joined = await add_household("Zoé", f"Petit{days}")
            await pay_dues(joined.household_id, months)
        keys.append(joined.household_id)
    await pay_dues(keys[2], 3)
    with clock.travel(timedelta(days=-10)):
        await membership.end_household(SYSTEM, keys[5])
    await fetch("UPDATE period SET provisional_until = $2 WHERE household = $1", keys[6], DEBIT)
    never = await add_household("Bob", "Martin")
    return [*keys, never.household_id]


async def test_who_is_due_is_who_the_register_lists(db: Database) -> None:
    """M1: as many as the register shows under the same filters, on each of many days."""
    await live()
    for days in range(-30, 40, 7):
        with clock.travel(timedelta(days=days)):
            now = await dues.now()
            grace = await register.everybody(Filter(status=Status.GRACE))
            until = clock.today() + timedelta(days=30)
            soon = await register.everybody(Filter(ending_until=until))
            assert (now.grace, now.soon) == (len(grace), len(soon)), days


async def test_what_came_in_is_what_billing_received(db: Database) -> None:
    """B10: months and ways add up to the income of the same days."""
    await live()
    today = clock.today()
    months = await dues.received(today)
    assert len(months) == 12
    since = clock.start_of_day(months[0].first)
    assert sum(month.total_cents for month in months) == await billing.income("dues", since)
    last = clock.start_of_day(months[-1].first)
    assert months[-1].total_cents == await billing.income("dues", last)


async def test_what_is_due_is_every_current_household_once(db: Database) -> None:
    """M10: each in the month of its last paid day, at the prices of today."""
    await live()
    today = clock.today()
    coming = await dues.due(today, 36)
    lines = [
        line
        for line in await register.everybody(Filter())
        if line.paid_until is not None and line.paid_until >= today
    ]
    assert sum(month.households for month in coming) == len(lines) > 1
    price = (await queries.month_prices(today))[Category.NEIGHBOUR]
    assert sum(month.cents for month in coming) == 12 * price * len(lines)
    for month in coming:
        ends = [line for line in lines if line.paid_until.replace(day=1) == month.first]
        assert len(ends) == month.households, month


async def test_members_by_month_are_those_the_rule_counts(db: Database) -> None:
    """M1: on each sampled day the chart has as many as rules.status says, of all and by category."""
    keys = await live()
    today = clock.today()
    for category in (None, Category.NEIGHBOUR, Category.TENANT):
        for month in await members.members_by_month(today, 24, category):
            member = 0
            for key in keys:
                household = await queries.household_by_id(key)
                standing = household.standing(month.on)
                is_member = standing.status in {Status.CURRENT, Status.PROVISIONAL}
                member += is_member and category in {None, household.category}
            assert month.households == member, (category, month.on)


async def test_page_shows_its_figures_and_leads_to_the_lists(office: httpx.AsyncClient) -> None:
    await live()
    page = (await office.get(AT)).text
    assert "/gestion/adherents?etat=grace" in page
    assert "/gestion/adherents?fin=30" in page
    assert "Échéances" in words(page)
    async with statements() as said:
        await office.get(AT)
    assert len(said) <= 6, [each[:60] for each in said]


async def test_growth_is_shown_for_any_range_and_category(office: httpx.AsyncClient) -> None:
    """PERF6: at most 6 statements a page; an unknown range is a year."""
    await live()
    for query, rows in (("", 12), ("?mois=36", 36), ("?mois=x&tarif=y", 12), ("?mois=60", 60)):
        async with statements() as said:
            page = (await office.get(f"/gestion/croissance{query}")).text
        assert page.count('class="e num b7"') == rows, query
        assert len(said) <= 6
    assert "Locataires" in words(page)


async def test_treasurer_reads_dues_without_a_way_into_the_register(
    client: httpx.AsyncClient, settings: Settings, db: Database
) -> None:
    """SEC11: who may not open the register gets no link to it."""
    person_id = await add_person("Henri", "Vasseur", "henri@example.org")
    await add_role(person_id, Role.TREASURER)
    await as_staff(client, settings, person_id)
    answer = await client.get(AT)
    assert answer.status_code == 200
    assert "/gestion/adherents" not in answer.text


async def test_uses_are_shown_week_by_week(office: httpx.AsyncClient) -> None:
    """PERF6: at most 6 statements; as many rows as weeks, and their sum."""
    async with statements() as said:
        page = (await office.get("/gestion/utilisations")).text
    assert len(said) <= 6
    assert page.count("<tr") == 1 + 26 + 1
    assert 'href="/gestion/utilisations"' in (await office.get("/gestion")).text
