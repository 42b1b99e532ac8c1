"""Which price a household pays, and the months of those who pay none (M10)."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.billing.rules import PayWay
from backend.kit import clock, keys
from backend.kit.database import fetch, once_more, transaction, within
from backend.kit.errors import N_
from backend.membership import queries, rules
from backend.membership.errors import (
    HouseholdEnded,
    MonthsNeedManager,
    MonthsUnlikely,
    NotFree,
    PaidFarAhead,
)
from backend.membership.queries import Household
from backend.membership.rules import MOST_MONTHS, Category, Proof, Span
from backend.membership.service.dues import DUES, DuesTerms, close_pages
from backend.membership.service.parting import check_no_plan
from backend.membership.service.periods import lock_household, start_period
from backend.notifications import service as notifications


@once_more
async def set_category(by: By, household_id: int, category: Category) -> Category:
    """From the next payment on; what is paid keeps its price. Gives the category it is now.

    TENANT and NEIGHBOUR both ask for the full price: which of them follows from where they live.
    Raises what `leave_price` does.
    """
    async with transaction():
        household = await lock_household(household_id)
        wanted = full_price(household) if category in FULL else category
        if wanted is household.category:
            return wanted
        await leave_price(household, wanted)
        await fetch("UPDATE household SET category = $2 WHERE id = $1", household_id, wanted.value)
        await _note(
            by, household, "category_set", was=household.category.value, now_is=wanted.value
        )
        for adult in household.adults[:1]:
            await notifications.tell_act(by, adult.person_id, N_("Votre tarif est changé."))
    return wanted


async def leave_price(household: Household, wanted: Category) -> None:
    """Before the category changes: a page of Stripe that was opened at the old price closes.

    A transfer that was ordered at it may be on its way, and still counts. Raises PlanStillRuns,
    DebitUnderWay: what runs would go on at the old price.
    """
    within()
    if wanted is not household.category:
        await check_no_plan(household.id)
        await close_pages(household)


@once_more
async def grant_months(
    by: By, household_id: int, months: int, *, key: str, alone: bool = False
) -> Span:
    """Days for a household whose price is nothing: an order of no cent, and no receipt.

    Sent twice with one key, they are given once. `alone`: by somebody of the counter, no manager.
    Raises MonthsUnlikely, HouseholdEnded, NotFree, PaidFarAhead, MonthsNeedManager.
    """
    if not 1 <= months <= MOST_MONTHS:
        raise MonthsUnlikely().at("months")
    body = [household_id, months]
    async with transaction():
        before = await keys.earlier("months", key, body, Span)
        if before is not None:
            return before
        household = await lock_household(household_id)
        if household.ended_on is not None:
            raise HouseholdEnded
        today = clock.today()
        if await queries.month_price(household.category, today):
            raise NotFree
        if rules.is_far_ahead(household.spans, today):
            raise PaidFarAhead(until=rules.paid_until(household.spans, today))
        terms = DuesTerms(household_id, months, household.category)
        label = f"Adhésion gratuite, {months} mois"
        order = await billing.open_order(household.payer_id, DUES, PayWay.CASH, label, 0, terms)
        await billing.note_closed(order)
        span = await start_period(
            household, order, months=months, category=terms.category, paid_cents=0, paid_on=today
        )
        if alone and not rules.is_given_alone(span.end, today):
            raise MonthsNeedManager().at("months")
        await _note(by, household, "dues_granted", months=months)
        for adult in household.adults[:1]:
            what = N_("Votre adhésion gratuite est notée.")
            await notifications.tell_act(by, adult.person_id, what)
        await keys.keep("months", key, body, span)
    return span


FULL = frozenset({Category.TENANT, Category.NEIGHBOUR})


def full_price(household: Household) -> Category:
    """What they pay who have no price of their own."""
    return Category.NEIGHBOUR if household.proof is Proof.NEIGHBOUR else Category.TENANT


async def _note(by: By, household: Household, verb: str, **facts: object) -> None:
    first = next(iter(household.adults), None)
    await audit.note(
        verb,
        by,
        subject_id=None if first is None else first.person_id,
        object_kind="household",
        object_id=household.public_id,
        **facts,
    )
