"""What a household and the treasurers are told of their money at Stripe."""

from backend.billing.gateway import Movement
from backend.billing.queries import Order
from backend.billing.rules import PayWay
from backend.identity import staff
from backend.identity.rules import Role
from backend.kit import clock, formats
from backend.kit.database import within
from backend.membership import queries
from backend.membership.queries import Household
from backend.notifications import service as notifications

TREASURERS = (Role.TREASURER, Role.MANAGER)


async def tell(
    kind: str, key: str, household: Household, order: Order | None = None, **values: object
) -> None:
    """Who ordered, while there, or its first adult, once for each key; of a household that has ended,
    one of the last.
    """
    within()
    by = None if order is None else order.terms(queries.OfHousehold).by
    first = household.told_of(by)
    if first is not None:
        said: dict[str, object] = {"name": first.given_name, **values}
        await notifications.tell(kind, f"{kind}:{key}", person_id=first.person_id, values=said)


async def failed(household: Household, order: Order, key: str, *, last: bool) -> None:
    """Cash at the desk is offered; whether Stripe tries once more is said (B6).

    What they keep is read as it is now, without the days that this debit had given.
    """
    within()
    until = (await queries.standing(household.id)).grace_until
    keeps = until is not None and until >= clock.today()
    await tell(
        "dues.failed",
        key,
        household,
        order,
        amount=formats.euros(order.amount_cents),
        monthly=order.way is PayWay.MONTHLY,
        last=last,
        grace=formats.day(until) if until and keeps else "",
    )


async def disputed(household: Household, order: Order, moved: Movement, *, back: bool) -> None:
    """The member, and everybody who answers for the money. `back`: it was won before we knew."""
    within()
    amount = formats.euros(moved.amount_cents)
    if not back:
        monthly = order.way is PayWay.MONTHLY
        await tell(
            "dues.disputed",
            moved.external_id or "",
            household,
            order,
            amount=amount,
            monthly=monthly,
        )
    for each in await staff.contacts_of_staff(TREASURERS):
        await notifications.queue(
            "treasurer.disputed",
            f"treasurer.disputed:{moved.external_id}:{each.contact_id}",
            person_id=each.person_id,
            channel=each.channel,
            to=each.value,
            values={
                "name": each.given_name,
                "amount": amount,
                "household": household.public_id,
            },
        )
