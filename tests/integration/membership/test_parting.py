"""Who leaves a household is charged for it no more, and nobody ends what another one pays."""

import pytest

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import jobs
from backend.billing.rules import PayWay
from backend.kit.database import fetch, fetch_value
from backend.membership import queries
from backend.membership import service as membership
from backend.membership.errors import PlanStillRuns
from backend.membership.service import Joined
from backend.people.rules import read_address
from backend.sandbox.stripe.remote import Remote
from tests.factories import add_household
from tests.integration.billing.test_checkout import order
from tests.integration.membership.test_households import ELSEWHERE, clerk, names
from tests.paying import events, pay

WORDS = "Renouveler chaque année."


async def a_couple(by: By) -> tuple[Joined, int]:
    joined = await add_household(address="alice@example.org")
    address = read_address("bob@example.org")
    return joined, await membership.add_adult(by, joined.household_id, "Bob", "Martin", address)


async def ordered_by(stripe: Remote, person_id: int, joined: Joined, way: PayWay) -> None:
    """One of the household pays, with a card of their own."""
    ordered = await membership.order_dues(
        joined.household_id,
        way,
        audit.person(person_id),
        done_path="/",
        back_path="/",
        renew=WORDS,
    )
    await jobs.hurry(ordered.row)
    await pay(stripe, ordered.public_id)
    await events(stripe)


async def test_plan_is_stopped_first_when_who_pays_it_leaves(stripe: Remote):
    """B11, M5: left, moved or split, nobody is charged each month who could not stop it."""
    by = await clerk()
    joined, _ = await a_couple(by)
    other = await add_household("Zoé", "Petit")
    await ordered_by(stripe, joined.person_id, joined, PayWay.MONTHLY)
    home, alice = joined.household_id, joined.person_id
    for act in (
        membership.leave(by, home, alice),
        membership.move(by, alice, home, other.household_id),
        membership.split(by, home, [alice], ELSEWHERE),
    ):
        with pytest.raises(PlanStillRuns):
            await act
    assert await names(home) == ["Alice", "Bob"]
    await membership.stop_monthly(by, home)
    for row in await fetch("SELECT id FROM outbox WHERE done_at IS NULL"):
        await jobs.hurry(row["id"])
    await events(stripe)
    await membership.leave(by, home, alice)
    assert await names(home) == ["Bob"]


async def test_plan_goes_on_when_somebody_leaves_who_does_not_pay_it(stripe: Remote):
    """B11: Alice pays on; that Bob goes, or a child, is no reason to stop her."""
    by = await clerk()
    joined, bob = await a_couple(by)
    lou = await membership.add_child(by, joined.household_id, "Lou", "Martin")
    await ordered_by(stripe, joined.person_id, joined, PayWay.MONTHLY)
    await membership.leave(by, joined.household_id, bob)
    await membership.leave(by, joined.household_id, lou)
    assert await queries.find_plan(joined.household_id) is not None


async def test_plan_is_anybodys_when_nobody_knows_who_ordered_it(stripe: Remote):
    """B11: of old orders nobody knows whose card it is: no adult goes while it runs."""
    by = await clerk()
    joined, bob = await a_couple(by)
    await pay(stripe, (await order(joined, PayWay.MONTHLY)).public_id)
    await events(stripe)
    with pytest.raises(PlanStillRuns):
        await membership.leave(by, joined.household_id, bob)


async def test_renewal_ends_and_both_sides_hear_when_who_asked_leaves(stripe: Remote):
    """B11, M5: no later year on the card of somebody who lives elsewhere."""
    by = await clerk()
    joined, bob = await a_couple(by)
    await ordered_by(stripe, joined.person_id, joined, PayWay.ONLINE)
    await membership.split(by, joined.household_id, [joined.person_id], ELSEWHERE)
    assert await queries.find_wish(joined.household_id) is None
    assert await fetch_value("SELECT end_reason FROM renewal_wish") == "left"
    assert await told() == [joined.person_id, bob]


async def test_renewal_goes_on_when_somebody_else_leaves(stripe: Remote):
    """B11: what Alice asked for is hers to end."""
    by = await clerk()
    joined, bob = await a_couple(by)
    await ordered_by(stripe, joined.person_id, joined, PayWay.ONLINE)
    await membership.leave(by, joined.household_id, bob)
    assert await queries.find_wish(joined.household_id) is not None
    assert await told() == []


@pytest.mark.parametrize("act", ["merge", "end", "move"])
async def test_renewal_ends_with_its_household(stripe: Remote, act: str):
    """B11, M5: a wish that could never be charged is not left standing, and whoever had it hears so."""
    by, other = await clerk(), await add_household("Zoé", "Petit")
    joined = await add_household(address="alice@example.org")
    await ordered_by(stripe, joined.person_id, joined, PayWay.ONLINE)
    home, alice = joined.household_id, joined.person_id
    if act == "merge":
        await membership.merge(by, home, other.household_id)
    elif act == "end":
        await membership.end_household(by, home)
    else:
        await membership.move(by, alice, home, other.household_id)
    assert await queries.find_wish(home) is None
    assert await told() == [alice]


async def told() -> list[int]:
    """Who heard that nothing renews by itself."""
    rows = await fetch(
        "SELECT person FROM message WHERE kind = 'dues.renewal_ended' ORDER BY person"
    )
    return [row["person"] for row in rows]
