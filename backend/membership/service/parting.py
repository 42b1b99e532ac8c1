"""What is charged by itself when somebody leaves: nobody pays on for a household they are not in."""

from collections.abc import Awaitable, Callable, Collection

from backend.billing import queries as orders
from backend.kit import clock
from backend.kit.database import fetch_value, within
from backend.membership import queries, rules
from backend.membership.errors import DebitUnderWay, PlanStillRuns
from backend.membership.queries import Household
from backend.membership.service.dues import DuesTerms
from backend.membership.service.renewals import end_wish
from backend.notifications import service as notifications

Check = Callable[[int], Awaitable[None]]
# Capabilities above this one know what a household still has of theirs; each check raises its refusal.
_CHECKS: list[Check] = []


def before_end(check: Check) -> Check:
    """Asked inside the transaction, with the household locked, before nobody is left in it."""
    _CHECKS.append(check)
    return check


async def check_nothing_open(household_id: int) -> None:
    """Nothing is left behind in a household that ends. Raises what the checks do."""
    within()
    for check in _CHECKS:
        await check(household_id)


async def check_no_plan(household_id: int) -> None:
    """Nobody goes on paying for a household that has ended. Raises PlanStillRuns, DebitUnderWay."""
    within()
    if await _running_plan(household_id) is not None:
        raise PlanStillRuns
    household = await queries.household_by_id(household_id)
    if rules.is_provisional(household.spans, clock.today()):
        raise DebitUnderWay


async def stop_charges(household: Household, going: Collection[int]) -> None:
    """These people are about to leave: a renewal that was theirs ends, and all adults hear of it.

    Raises PlanStillRuns: a monthly payment is stopped while whoever ordered it still can.
    """
    within()
    staying = {one.person_id for one in household.adults} - set(going)
    if len(staying) == len(household.adults):
        return
    plan = await _running_plan(household.id)
    if plan is not None and await _ordered_by(plan) not in staying:
        raise PlanStillRuns
    wish = await fetch_value(
        "SELECT o.public_id FROM renewal_wish w JOIN pay_order o ON o.id = w.pay_order"
        " WHERE w.household = $1 AND w.ended_at IS NULL",
        household.id,
    )
    if wish is None or await _ordered_by(wish) in staying:
        return
    await end_wish(household.id, "left")
    for one in household.adults:
        key = f"dues.renewal_ended:{wish}:{one.person_id}"
        values: dict[str, object] = {"name": one.given_name}
        await notifications.tell("dues.renewal_ended", key, person_id=one.person_id, values=values)


async def _running_plan(household_id: int) -> str | None:
    plan = await queries.find_plan(household_id)
    return None if plan is None or plan.ends_on is not None else plan.order_public_id


async def _ordered_by(order_public_id: str) -> int | None:
    """Not known of old orders, which may be anybody's: then it is taken for who leaves."""
    return (await orders.get_order(order_public_id)).terms(DuesTerms).by
