"""What the club asked of Stripe and what never reached it: shown to the treasurer, who may ask again.

A refund that does not leave, a month that is not stopped: somebody's money waits behind each.
"""

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import customers, differences, queries, refunds, service
from backend.billing.errors import OrderUnknown
from backend.billing.rules import DifferenceKind
from backend.kit import given_up
from backend.kit.database import transaction
from backend.kit.outbox import Letter

# Pages that could not be opened or closed harm nobody: they are asked for again, or end by themselves.
KINDS = (service.STOP, service.END, service.CHARGE, refunds.REFUND, customers.FORGET)


class _About(msgspec.Struct, frozen=True):
    """Whatever a letter is about; a payer's has neither."""

    order: str | None = None
    refund: str | None = None


async def letters() -> list[Letter]:
    """Those that were given up, the oldest first."""
    return await given_up.letters(KINDS)


async def notice(letter: Letter) -> None:
    """One row for the treasurer, once."""
    order = await order_of(letter)
    found = None if order is None else await queries.find_order(order)
    async with transaction():
        await differences.notice(
            DifferenceKind.UNSENT, letter.key, order_id=None if found is None else found.id
        )


async def order_of(letter: Letter) -> str | None:
    about: _About = letter.read(_About)
    if about.refund is None:
        return about.order
    asked = await refunds.find(about.refund)
    return None if asked is None else asked.order


def may_try_again(key: str) -> bool:
    """A renewal was given up for good, and its household told so."""
    return not key.startswith(f"{service.CHARGE}:")


async def try_again(by: By, public_id: str) -> None:
    """One more try, by a worker. Raises DifferenceUnknown, and OrderUnknown for a renewal."""
    found = await differences.get(public_id)
    if found.kind is not DifferenceKind.UNSENT or not may_try_again(found.about):
        raise OrderUnknown
    async with transaction():
        if await given_up.again(found.about) is not None:
            await audit.note(
                "letter_again", by, object_kind="difference", object_id=public_id, key=found.about
            )
