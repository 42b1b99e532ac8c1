"""The people of the house: invited, given roles and a place, suspended, helped when a factor is lost.

Every act here is behind sudo. Whoever acts leads the other person by `rules.check_leads`, judged on
roles read in the transaction; team acts go one at a time, so that two admins cannot remove each other.
"""

from collections.abc import Collection

import msgspec

from backend.audit import service as audit
from backend.audit.rules import differences
from backend.audit.service import By
from backend.identity import rules, staff
from backend.identity.errors import LastAdmin, OwnAccount, ReasonMissing, RoleMissing, SiteUnknown
from backend.identity.queries import roles_of
from backend.identity.rules import Role
from backend.identity.service.entries import forget_factors
from backend.identity.service.roles import (
    begin_suspension,
    end_role,
    end_suspension,
    enlist,
    grant_role,
    make_link,
)
from backend.identity.service.sessions import end_all
from backend.identity.staff import Colleague
from backend.kit import clock, codes, locks, text
from backend.kit.database import fetch_value, transaction
from backend.kit.errors import N_
from backend.notifications import service as notifications
from backend.people.queries import PersonCard, contacts_of, find_person
from backend.people.rules import Address, Channel


class Invitation(msgspec.Struct, frozen=True):
    """`site`: the public id of where they work, "" for everywhere."""

    given_name: str
    family_name: str
    email: str
    roles: frozenset[Role]
    site: str = ""


async def invite(by: By, wish: Invitation, base_url: str) -> str:
    """A colleague, and the mail with the link of their first sign-in; gives the public id.

    Raises RoleMissing, NotYours, OwnAccount, SiteUnknown, and the refusals of name and address.
    """
    if not wish.roles:
        raise RoleMissing().at("roles")
    address = Address(Channel.EMAIL, text.normalise_email(wish.email))
    names = (text.normalise_name(wish.given_name), text.normalise_name(wish.family_name))
    async with transaction():
        await locks.alone("team")
        person_id = await enlist(*names, address.value)
        await _check_leads(by, person_id, wish.roles)
        for role in sorted(wish.roles):
            await grant_role(by, person_id, role)
        await _place(by, person_id, wish.site)
        await _send_link(by, person_id, names[0], address, base_url)
        public_id: str = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    return public_id


async def invite_again(by: By, public_id: str, base_url: str) -> None:
    """Another link; the one before opens nothing any more."""
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id)
        if colleague.email is not None:
            address = Address(Channel.EMAIL, colleague.email)
            await _send_link(by, colleague.person_id, colleague.given_name, address, base_url)


async def set_roles(by: By, public_id: str, wanted: frozenset[Role]) -> None:
    """These and no others; with none, they work here no more and every session ends."""
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id, wanted)
        had = frozenset(colleague.roles)
        for role in sorted(wanted - had):
            await grant_role(by, colleague.person_id, role)
        for role in sorted(had - wanted):
            await end_role(by, colleague.person_id, role)
        await _check_admin_left(had - wanted)
        if not wanted:
            await _place(by, colleague.person_id, "")
            await end_all(colleague.person_id)
        if wanted != had:
            await _tell(colleague, N_("Vos rôles dans l'équipe ont changé"))


async def set_workplace(by: By, public_id: str, site: str) -> None:
    """The site where they work from now on; "" for everywhere. Raises SiteUnknown."""
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id)
        await _place(by, colleague.person_id, site)


async def suspend_colleague(by: By, public_id: str, reason: str) -> None:
    """Every session ends now, no code opens another. Raises ReasonMissing and AlreadySuspended."""
    if not reason.strip():
        raise ReasonMissing().at("reason")
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id)
        await begin_suspension(by, colleague.person_id, reason.strip())
        await _check_admin_left(frozenset(colleague.roles))
        await _tell(colleague, N_("Votre compte dans l'équipe est suspendu"))


async def restore_colleague(by: By, public_id: str) -> None:
    """They may ask for a code again, with the roles and the factors they had."""
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id)
        await end_suspension(by, colleague.person_id)
        await _tell(colleague, N_("Votre compte dans l'équipe est rouvert"))


async def reset_factors(by: By, public_id: str) -> None:
    """A lost telephone: factors and recovery codes go, every session ends, both are told.

    At the next sign-in, after the code by e-mail, a factor is enrolled anew (SEC8). Who did it hears
    of it too: it is what a thief of their session would do first.
    """
    async with transaction():
        await locks.alone("team")
        colleague = await _led(by, public_id)
        await end_all(colleague.person_id)
        await forget_factors(colleague.person_id)
        told = {"factors": [colleague.factors, 0]}
        await audit.note("staff.reset", by, subject_id=colleague.person_id, changes=told)
        await _tell(colleague, N_("Votre second code a été effacé par un responsable"))
        await _tell_who_did_it(by, colleague)


async def _led(by: By, public_id: str, wanted: Collection[Role] = frozenset()) -> Colleague:
    colleague = await staff.get_colleague(public_id)
    await _check_leads(by, colleague.person_id, wanted)
    return colleague


async def _check_leads(by: By, person_id: int, wanted: Collection[Role]) -> None:
    if by.id is None or by.id == person_id:
        raise OwnAccount
    rules.check_leads(await roles_of(by.id), {*await _staff_roles(person_id), *wanted})


async def _staff_roles(person_id: int) -> set[Role]:
    return set(await roles_of(person_id)) & set(staff.STAFF)


async def _check_admin_left(taken: Collection[Role]) -> None:
    if Role.ADMIN in taken and not await staff.has_admin():
        raise LastAdmin


async def _place(by: By, person_id: int, site: str) -> None:
    before = await fetch_value(
        "UPDATE workplace w SET left_at = $2 FROM site s WHERE w.person = $1 AND w.left_at IS NULL"
        " AND s.id = w.site AND s.public_id <> $3 RETURNING s.name",
        person_id,
        clock.now(),
        site,
    )
    after = await _arrive(person_id, site) if site else None
    changes = differences({"site": before}, {"site": after})
    if changes:
        await audit.note("staff.site", by, subject_id=person_id, changes=changes)


async def _arrive(person_id: int, site: str) -> str | None:
    """The name of a site they come to; None where they were there already."""
    name: str | None = await fetch_value(
        "SELECT name FROM site WHERE public_id = $1 AND closed_at IS NULL", site
    )
    if name is None:
        raise SiteUnknown
    new = await fetch_value(
        "INSERT INTO workplace (person, site, since) SELECT $1, id, $3 FROM site"
        " WHERE public_id = $2 ON CONFLICT (person) WHERE left_at IS NULL DO NOTHING RETURNING id",
        person_id,
        site,
        clock.now(),
    )
    return None if new is None else name


async def _send_link(by: By, person_id: int, name: str, address: Address, base_url: str) -> None:
    path = await make_link(by, person_id, address)
    await notifications.queue(
        "identity.invited",
        f"invited:{codes.random_id()}",
        person_id=person_id,
        channel=address.channel,
        to=address.value,
        values={"name": name, "link": f"{base_url}{path}"},
    )


async def _tell_who_did_it(by: By, colleague: Colleague) -> None:
    me = None if by.id is None else await find_person(by.id)
    if me is not None:
        what = N_("Vous avez effacé le second code de {name}").format(name=colleague.name)
        await _tell(me, what)


async def _tell(someone: Colleague | PersonCard, what: str) -> None:
    """To each verified address: whoever took one of them over cannot hide it from the others."""
    key = codes.random_id()
    for contact in await contacts_of(someone.person_id):
        if contact.verified_at is not None:
            await notifications.queue(
                "identity.notice",
                f"team:{key}:{contact.public_id}",
                person_id=someone.person_id,
                channel=contact.address.channel,
                to=contact.value,
                values={"what": what, "name": someone.given_name},
            )
