"""What staff do for a person at the counter, always with a trace of both names (D6)."""

from backend.audit import service as audit
from backend.audit.service import By
from backend.billing import service as billing
from backend.identity.errors import ContactMissing
from backend.identity.queries import SignedIn
from backend.identity.service import ask_to_confirm, check_may_change
from backend.kit.database import transaction
from backend.kit.errors import N_
from backend.membership import desk, queries
from backend.membership.desk import File
from backend.membership.former import Former, get_former
from backend.membership.queries import Household
from backend.membership.rules import WayIn
from backend.notifications import service as notifications
from backend.people import queries as found
from backend.people import service as people
from backend.people.queries import Contact
from backend.people.rules import Address


async def see_file(by: By, person_public_id: str, way: WayIn = WayIn.LINK) -> File:
    """The file, and the record that this member of staff looked at it and why (D3).

    Going from page to page of it for ten minutes is one look. Raises PersonMissing.
    """
    async with transaction():
        file = await desk.open_file(person_public_id, by.id)
        await _note_look(by, file, way)
    return file


async def see_person(by: By, person_public_id: str, way: WayIn) -> File | Former:
    """A member's file, or what is kept of who was one. Each look is on record, as in see_file."""
    async with transaction():
        file = await desk.find_file(person_public_id, by.id)
        if file is None:
            former = await get_former(person_public_id)
            await audit.note("file.view", by, subject_id=former.person_id, way=way)
            return former
        await _note_look(by, file, way)
    return file


async def see_household(by: By, public_id: str, way: WayIn) -> Household:
    """The household as a whole, living or ended; the look is on record as at its first adult's file.

    Going from page to page of it for ten minutes is one look. Raises HouseholdUnknown.
    """
    async with transaction():
        household = await queries.household(public_id)
        first = next((one for one in household.people if one.adult), None)
        if not await desk.was_seen(by.id, public_id):
            await audit.note(
                "file.view",
                by,
                subject_id=None if first is None else first.person_id,
                object_kind="household",
                object_id=public_id,
                way=way,
            )
    return household


async def _note_look(by: By, file: File, way: WayIn) -> None:
    if not file.seen:
        await audit.note("file.view", by, subject_id=file.member.person_id, way=way)


async def rename(by: By, person_id: int, given_name: str, family_name: str) -> None:
    """A name was wrong. Receipts keep the one they were issued with; those to come have the right one."""
    async with transaction():
        before = await queries.find_member(person_id)
        await people.rename(person_id, given_name, family_name)
        after = await queries.find_member(person_id)
        if before is not None and after is not None:
            await billing.hand_on(before.payer_id, before.name, after.name, [])
        await audit.note("person.rename", by, subject_id=person_id)
        await notifications.tell_act(by, person_id, N_("Votre nom est corrigé."))


async def add_contact(by: By, caller: SignedIn, person_id: int, address: Address) -> None:
    """Typed by staff, so not verified; the addresses so far are told, and a partner's new one too.

    Raises TooManyContacts, and AddressGuarded or SudoNeeded for who holds a role.
    """
    async with transaction():
        await check_may_change(caller, person_id)
        before = await found.contacts_of(person_id)
        await people.add_contact(person_id, address.channel, address.value, verified=False)
        await audit.note("contact.add", by, subject_id=person_id, channel=address.channel.value)
        await _warn(by, person_id, before, N_("Une adresse est ajoutée à votre compte."))
        await ask_to_confirm(person_id, address)


async def end_contact(by: By, caller: SignedIn, person_id: int, public_id: str) -> None:
    """All addresses so far are told, also the one that goes. After the last one it is paper (M6).

    Raises ContactMissing, and AddressGuarded or SudoNeeded for who holds a role.
    """
    async with transaction():
        await check_may_change(caller, person_id)
        before = await found.contacts_of(person_id)
        if await people.end_contact(person_id, public_id, even_last=True) is None:
            raise ContactMissing
        await audit.note(
            "contact.end", by, subject_id=person_id, object_kind="contact", object_id=public_id
        )
        await _warn(by, person_id, before, N_("Une adresse est retirée de votre compte."))


async def hand_over(by: By, person_id: int) -> None:
    """What was done for somebody without an address was printed and given."""
    async with transaction():
        messages = await notifications.hand_over(person_id)
        await audit.note("trace.print", by, subject_id=person_id, messages=messages)


async def _warn(by: By, person_id: int, before: list[Contact], what: str) -> None:
    """To every address there was: whoever takes one over cannot hide it from the others."""
    await notifications.tell_act(by, person_id, what, to=[contact.address for contact in before])
