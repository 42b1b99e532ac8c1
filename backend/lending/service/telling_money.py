"""What households are told of the money of loans: each message once, from the act that it is about."""

from backend.billing.queries import Order, Payment
from backend.kit import formats
from backend.kit.database import within
from backend.lending.queries.debts import Debt
from backend.membership.queries import Household
from backend.notifications import service as notifications
from backend.notifications.surroundings import link

HERE = "/reserver/argent"


async def tell_paid(household: Household, payment: Payment, receipt: str) -> None:
    within()
    amount = formats.euros(payment.amount_cents)
    key = f"lending.paid:{payment.public_id}"
    await _tell("lending.paid", key, household, amount=amount, receipt=receipt)


async def tell_failed(household: Household, order: Order) -> None:
    """A card or a debit was refused after all."""
    within()
    amount = formats.euros(order.amount_cents)
    key = f"lending.unpaid:{order.public_id}"
    await _tell("lending.unpaid", key, household, amount=amount, link=link(HERE))


async def tell_owed(household: Household, debt: Debt) -> None:
    """A damage is charged: how much, why, and where to say no (L35)."""
    within()
    await _tell(
        "lending.owed",
        f"lending.owed:{debt.public_id}",
        household,
        amount=formats.euros(debt.amount_cents),
        reason=debt.note,
        thing=debt.name,
        link=link(f"{HERE}/{debt.public_id}/contestation"),
    )


async def tell_answer(household: Household, debt: Debt) -> None:
    """The club answered a contest, in words."""
    within()
    await _tell(
        "lending.answered",
        f"lending.answered:{debt.public_id}",
        household,
        amount=formats.euros(debt.amount_cents),
        answer=debt.answer,
        accepted=debt.accepted,
        link=link(HERE),
    )


async def _tell(kind: str, key: str, household: Household, **values: object) -> None:
    first = household.told
    if first is not None:
        told: dict[str, object] = {"name": first.given_name, **values}
        await notifications.tell(kind, key, person_id=first.person_id, values=told)
