"""Joining by oneself: a code to the address first, then the household and a session at once."""

from datetime import timedelta

import msgspec

from backend.audit import service as audit
from backend.identity import service as identity
from backend.identity.errors import CodeOver
from backend.identity.queries import find_candidates
from backend.identity.rules import Purpose, SessionKind, neighbourhood
from backend.identity.service import Asked, Entered, Proof
from backend.identity.visits import Visit
from backend.kit import text
from backend.kit.database import transaction
from backend.kit.limits import Limit, spend
from backend.membership.queries import find_member
from backend.membership.service.joining import JoinWish, found_household, note_wanted
from backend.membership.service.returning import bring_days, lock_left
from backend.people.rules import Address, read_address

DAY = timedelta(days=1)
BY_IP = Limit("membership.join.ip", 20, DAY)
BY_ADDRESS = Limit("membership.join.address", 5, DAY)


async def ask_to_join(visit: Visit, wish: JoinWish, typed_address: str) -> Asked:
    """Sends a code to the address; what was said waits with it. Nothing is looked up yet.

    A try is spent first, so that contracts are not guessed: 5 a day for an address, 20 for an IP.
    Whatever is wrong with a contract, the answers are the same. Raises Busy.
    """
    if wish.contract:
        await spend(BY_IP, neighbourhood(visit.ip))
        await spend(BY_ADDRESS, read_address(typed_address).value)
    return await identity.ask_code(
        visit, typed_address, Purpose.JOIN, payload=msgspec.to_builtins(wish)
    )


async def join_by_code(visit: Visit, ticket: str, code: str) -> Entered:
    """The code was right: the household is there, and the person is inside.

    Somebody of this name who already has this address is who they are, with their roles; in a
    household already, they are let in as they are: nobody joins twice. Who comes back to the club has
    the days that their last household had paid. The news they ticked count.
    Raises CodeWrong, CodeOver, Busy.
    """
    return await come_in(visit, await identity.check_code(visit, ticket, code, Purpose.JOIN))


async def come_in(visit: Visit, proof: Proof) -> Entered:
    """What a code that was right opens, once. Raises CodeOver."""
    wish = msgspec.convert(proof.payload, JoinWish)
    wish = msgspec.structs.replace(wish, address=proof.address, verified=True)
    async with transaction():
        await identity.use_code(proof)
        person_id = await _known(wish, proof.address)
        if person_id is None:
            person_id = (await found_household(wish)).person_id
        elif await find_member(person_id) is None:
            left = await lock_left(person_id)
            joined = await found_household(wish, person_id=person_id)
            await bring_days(audit.person(person_id), left, joined)
        else:
            await note_wanted(wish, person_id, None)
        return await identity.let_in(
            visit, person_id, SessionKind.TENANT, way=proof.address.channel.value
        )


async def _known(wish: JoinWish, address: Address) -> int | None:
    """Raises CodeOver when they are suspended: joining anew is no way back in."""
    name = text.fold(f"{wish.given_name} {wish.family_name}")
    for person in await find_candidates(address, SessionKind.TENANT):
        if text.fold(f"{person.given_name} {person.family_name}") == name:
            if person.suspended:
                raise CodeOver
            return person.person_id
    return None
