"""What the club asked of Stripe and what never reached it: shown to the treasurer, who may ask again.

A refund that does not leave, a month that is not stopped: somebody's money waits behind each.
"""

import msgspec

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import customers, differences, holds, queries, refunds, service
from backend.billing.errors import DifferenceClosed, OrderUnknown
from backend.billing.rules import DifferenceKind
from backend.kit import given_up
from backend.kit.database import transaction
from backend.kit.outbox import Letter

# Pages that could not be opened or closed harm nobody: they are asked for again, or end by themselves.
DROPPED = "N'est plus demandé à Stripe."
MADE = "Stripe l'a fait : seule sa réponse s'est perdue."
KINDS = (
    service.STOP,
    service.END,
    service.CHARGE,
    holds.CAPTURE,
    holds.RELEASE,
    holds.DETACH,
    refunds.REFUND,
    customers.FORGET,
)


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


def may_drop(key: str) -> bool:
    """Only money that goes back has another way to go."""
    return key.startswith(f"{refunds.REFUND}:")


async def refund_of(public_id: str) -> refunds.Asked | None:
    """The refund that a letter asks for. Raises DifferenceUnknown, OrderUnknown for any other letter."""
    found = await differences.get(public_id)
    if found.kind is not DifferenceKind.UNSENT or not may_drop(found.about):
        raise OrderUnknown
    return await refunds.find(found.about.partition(":")[2])


async def drop(by: By, public_id: str) -> bool:
    """A refund that Stripe never got is asked for no more, and may be given back beside it (B8).

    False: Stripe has it, so there is nothing to give. Whoever calls has asked Stripe just before. Raises DifferenceUnknown, OrderUnknown for any other letter, DifferenceClosed when it was tried
    again or dropped meanwhile.
    """
    found = await differences.get(public_id)
    if found.kind is not DifferenceKind.UNSENT or not may_drop(found.about):
        raise OrderUnknown
    async with transaction():
        if not await given_up.drop(found.about):
            raise DifferenceClosed
        dropped = await refunds.drop(found.about.partition(":")[2])
        await audit.note(
            "letter_dropped", by, object_kind="difference", object_id=public_id, key=found.about
        )
        said = DROPPED if dropped else MADE
        await differences.settle(by, found.about, said, (DifferenceKind.UNSENT,))
    return dropped
