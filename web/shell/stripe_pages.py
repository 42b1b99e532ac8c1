"""To Stripe's page and back, whatever is paid there: what is shown is known, never hoped for."""

from collections.abc import Collection
from typing import Any

from litestar import Request, Response

from backend.billing import jobs, ways
from backend.billing import queries as billing
from backend.billing.errors import OrderUnknown
from backend.billing.queries import Order
from backend.billing.rules import OrderState, PayWay
from backend.billing.service import Ordered
from backend.http.respond import fragment, page, redirect, wants_fragment
from backend.jobs import inbox
from backend.kit.errors import N_
from backend.kit.translations import translated as _
from backend.membership.queries import Member

AnyRequest = Request[Any, Any, Any]
SMALLEST = 50  # cents: below it Stripe takes nothing


async def may_pay(cents: int = SMALLEST) -> bool:
    """Whether so much is taken online."""
    return cents >= SMALLEST and PayWay.ONLINE in await ways.ways()


async def hear_of(member: Member, kind: str) -> None:
    """Somebody may have paid on a page and closed it: before another one opens, Stripe is asked."""
    for order in await billing.open_pages(member.payer_id, kind):
        await inbox.catch_up(order.public_id)


async def go(request: AnyRequest, ordered: Ordered, waiting: str) -> Response[Any]:
    """Stripe's page at once; where it is slow, a page of ours waits for it. `waiting` holds {order}."""
    await jobs.hurry(ordered.row)
    order = await billing.get_order(ordered.public_id)
    return redirect(request, order.checkout_url or waiting.format(order=order.public_id))


async def find(member: Member, public_id: str, kinds: Collection[str]) -> Order:
    """Another household's is as unknown as one that never was. Raises OrderUnknown."""
    order = await billing.get_order(public_id)
    if order.payer_id != member.payer_id or order.kind not in kinds:
        raise OrderUnknown
    return order


async def heard(order: Order) -> Order:
    """As it is now: Stripe is asked about one that is open."""
    if order.state() is OrderState.OPEN:
        await inbox.catch_up(order.public_id)
        order = await billing.get_order(order.public_id)
    return order


async def show(
    request: AnyRequest,
    order: Order,
    template: str,
    part: str,
    *,
    title: str = N_("Mon paiement"),
    done: bool | None = None,
    waits: bool = True,
    **facts: object,
) -> Response[str]:
    """`part` is the piece of `template` that asks again while it `waits`. `done`: where it is not paid."""
    state = order.state()
    done = state is OrderState.PAID if done is None else done
    known: dict[str, Any] = {
        "order": order,
        "state": state,
        "done": done,
        "waits": waits and state is OrderState.OPEN and not done,
        "receipts": await billing.receipts_of_order(order.id),
        **facts,
    }
    if wants_fragment(request):
        return await fragment(request, part, **known)
    return await page(request, template, title=_(title), space="member", **known)
