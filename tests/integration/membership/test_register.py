"""The members' register: its status is the rule's, its filters say what they find."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch
from backend.membership import queries, register
from backend.membership import service as membership
from backend.membership.register import Filter, Reached
from backend.membership.rules import Category, Status
from tests.conftest import Database
from tests.factories import add_dwelling, add_household, pay_dues

DAYS = st.integers(min_value=-60, max_value=60)
SPANS = st.lists(
    st.tuples(DAYS, st.integers(min_value=0, max_value=40), st.none() | DAYS), max_size=3
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(spans=SPANS)
async def test_status_in_the_register_is_the_rule(
    db: Database, spans: list[tuple[int, int, int | None]]
):
    """M1: computed from periods, grace and a date, in SQL as in Python."""
    joined = await add_household()
    today = clock.today()
    order = await fetch(
        "INSERT INTO pay_order (public_id, payer, kind, way, label, amount_cents, terms, created_at)"
        " SELECT gen_random_uuid()::text, payer, 'dues', 'cheque', '', 0, '{}', $2 FROM household"
        " WHERE id = $1 RETURNING id",
        joined.household_id,
        clock.now(),
    )
    end = today - timedelta(days=400)
    for start, length, provisional in sorted(spans, key=lambda span: span[0]):
        first = max(today + timedelta(days=start), end + timedelta(days=1))
        end = first + timedelta(days=length)
        await fetch(
            "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at,"
            " provisional_until) VALUES ($1, daterange($2, $3, '[]'), 'neighbour', 0, $4, $5, $6)",
            joined.household_id,
            first,
            end,
            order[0]["id"],
            clock.now(),
            None if provisional is None else today + timedelta(days=provisional),
        )
    found = (await register.find(Filter())).lines
    line = next(one for one in found if one.id == joined.household_id)
    standing = await queries.standing(joined.household_id)
    assert (line.status, line.paid_until) == (standing.status, standing.paid_until)


async def names(**wanted: object) -> list[str]:
    return [line.name for line in (await register.find(Filter(**wanted))).lines]  # type: ignore[arg-type]


async def test_each_filter_finds_its_own(db: Database):
    """M1, M10: by name without accents, number, status, category, residence and address."""
    await add_dwelling()
    zoe = await add_household(
        "Zoé",
        "Petit",
        "zoe@example.org",
        category=Category.TENANT,
        contract="L/01 00206",
        postcode="80000",
        rooms=3,
    )
    bob = await add_household("Bob", "Martin")
    await pay_dues(zoe.household_id, 1)
    gone = await add_household("Ali", "Parti")
    await membership.end_household(SYSTEM, gone.household_id)
    residence = (await fetch("SELECT public_id FROM residence"))[0]["public_id"]
    assert await names() == ["Bob Martin", "Zoé Petit"]
    assert await names(q="petit zoe") == ["Zoé Petit"]
    assert await names(q=bob.household_public_id.lower()) == ["Bob Martin"]
    assert await names(status=Status.CURRENT) == ["Zoé Petit"]
    assert await names(status=Status.ENDED) == ["Ali Parti"]
    assert await names(category=Category.NEIGHBOUR) == ["Bob Martin"]
    assert await names(residence=residence) == ["Zoé Petit"]
    assert await names(reached=Reached.NOBODY) == ["Bob Martin"]
    assert await names(reached=Reached.EMAIL) == ["Zoé Petit"]
    assert await names(ending_until=clock.today() + timedelta(days=40)) == ["Zoé Petit"]
    assert await names(ending_until=date(2020, 1, 1)) == []
    assert await names(q="%") == await names()


@pytest.mark.parametrize("count", [0, 3, 5])
async def test_pages_give_everybody_once(db: Database, count: int):
    for number in range(count):
        await add_household(f"Nom{number}")
    seen: list[int] = []
    before = None
    while True:
        page = await register.find(Filter(), before=before, most=2)
        seen += [line.id for line in page.lines]
        before = page.older
        if before is None:
            break
    assert len(seen) == len(set(seen)) == count
    assert len(await register.everybody(Filter())) == count
