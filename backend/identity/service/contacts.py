"""A person's addresses: a new one proves itself by a code, the others hear of every change."""

from backend.audit import service as audit
from backend.identity import queries, rules
from backend.identity.errors import AddressGuarded, CodeOver, ContactMissing, SudoNeeded
from backend.identity.queries import SignedIn
from backend.identity.rules import Purpose, Role
from backend.identity.service.codes import check_code, use_code
from backend.identity.service.notices import warn
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import transaction, within
from backend.kit.errors import N_
from backend.notifications import service as notifications
from backend.notifications.surroundings import link
from backend.people import queries as found
from backend.people import service as people
from backend.people.rules import Address


async def add_contact(visit: Visit, caller: SignedIn, ticket: str, code: str) -> None:
    """The code came back (asked with the payload {"person_id": ...}): the address is the caller's, and the addresses so far are told.

    Raises CodeWrong, CodeOver, TooManyContacts and Busy.
    """
    proof = await check_code(visit, ticket, code, Purpose.CONTACT)
    async with transaction():
        await use_code(proof)
        if proof.payload.get("person_id") != caller.person_id:
            raise CodeOver
        earlier = await found.contacts_of(caller.person_id)
        channel, value = proof.address
        await people.add_contact(caller.person_id, channel, value, verified=True)
        await warn(
            caller,
            N_("Une adresse a été ajoutée à votre compte"),
            f"contact:{proof.code_id}",
            earlier,
        )
        await audit.note(
            "contact.add",
            visit.by(caller.person_id),
            subject_id=caller.person_id,
            channel=channel.value,
        )


async def end_contact(visit: Visit, caller: SignedIn, public_id: str) -> None:
    """All addresses so far are told, also the one that goes. Raises ContactMissing, LastContact."""
    async with transaction():
        earlier = await found.contacts_of(caller.person_id)
        if await people.end_contact(caller.person_id, public_id) is None:
            raise ContactMissing
        await warn(
            caller,
            N_("Une adresse a été retirée de votre compte"),
            f"contact-end:{public_id}",
            earlier,
        )
        await audit.note(
            "contact.end",
            visit.by(caller.person_id),
            subject_id=caller.person_id,
            object_kind="contact_point",
            object_id=public_id,
        )


async def check_may_change(caller: SignedIn, person_id: int) -> None:
    """Who holds a role is reached by an address that only a manager changes, with sudo.

    A contribution of what staff do in somebody's file. Raises AddressGuarded and SudoNeeded.
    """
    within()
    if not await queries.roles_of(person_id):
        return
    if not caller.has(Role.MANAGER, Role.ADMIN):
        raise AddressGuarded
    if not rules.is_sudo(caller.sudo_at, clock.now()):
        raise SudoNeeded


async def ask_to_confirm(person_id: int, address: Address) -> None:
    """To an address that staff typed for a partner: where its first code is asked for.

    It opens nothing before. A contribution; nothing is sent to anybody else.
    """
    within()
    if not rules.must_confirm(await queries.roles_of(person_id)):
        return
    await notifications.queue(
        "identity.confirm",
        f"identity.confirm:{codes.random_id()}",
        person_id=person_id,
        channel=address.channel,
        to=address.value,
        values={"link": link("/connexion"), "space": link("/connexion/partenaire")},
    )
