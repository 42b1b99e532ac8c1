"""Staff accounts: invited, given roles and a place, suspended, helped; and what nobody may do."""

import asyncio
from typing import Any

import pytest

from backend.audit.service import SYSTEM, By, person
from backend.identity import errors, rules, service, staff
from backend.identity.rules import Role, SessionKind
from backend.identity.service import Invitation
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.errors import DomainError, Missing
from backend.places import service as places
from tests.conftest import Database
from tests.factories import WEEK, add_person, add_role

BASE = "https://club.example.org"
WISH = Invitation("Dora", "Klein", "dora@example.org", frozenset({Role.DESK}))


async def somebody(name: str, *roles: Role) -> int:
    person_id = await add_person(name, "Roux", f"{name.lower()}@example.org")
    for role in roles:
        await add_role(person_id, role)
    return person_id


async def public(person_id: int) -> str:
    found: str = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    return found


@pytest.fixture
async def admin(db: Database) -> By:
    return person(await somebody("Ada", Role.ADMIN))


@pytest.fixture
async def manager(db: Database) -> By:
    return person(await somebody("Mona", Role.MANAGER))


async def mails() -> list[dict[str, Any]]:
    rows = await fetch(
        "SELECT payload ->> 'to' AS to, payload ->> 'subject' AS subject,"
        " payload ->> 'text' AS text FROM outbox ORDER BY id"
    )
    return [dict(row) for row in rows]


async def with_session(person_id: int) -> None:
    async with transaction():
        await service.open_session(person_id, SessionKind.STAFF, "Test")
    await fetch(
        "INSERT INTO factor (public_id, person, kind, name, sealed, created_at, confirmed_at)"
        " VALUES ($1, $2, 'totp', 'Test', '', $3, $3)",
        codes.random_id(),
        person_id,
        clock.now(),
    )


async def sessions(person_id: int) -> int:
    alive: int = await fetch_value(
        "SELECT count(*) FROM session WHERE person = $1 AND revoked_at IS NULL", person_id
    )
    return alive


async def test_a_colleague_gets_a_link_when_invited(admin: By) -> None:
    slug = await places.open_site(
        places.SiteWish(name="Orme", street="1 rue A", postcode="93200", town="Orme", hours=WEEK),
        SYSTEM,
    )
    site = await fetch_value("SELECT public_id FROM site WHERE slug = $1", slug)
    wish = Invitation("Dora", "Klein", "Dora@Example.org", frozenset({Role.DESK}), site)
    made = await staff.get_colleague(await service.invite(admin, wish, BASE))
    assert (made.name, made.roles, made.site_name) == ("Dora Klein", (Role.DESK,), "Orme")
    (mail,) = await mails()
    assert mail["to"] == "dora@example.org"
    assert f"{BASE}/connexion/equipe/lien?jeton=" in mail["text"]
    assert await staff.site_of(made.person_id) == site


async def test_the_first_link_dies_when_another_is_sent(admin: By) -> None:
    colleague = await service.invite(admin, WISH, BASE)
    await service.invite_again(admin, colleague, BASE)
    links = await fetch_value("SELECT count(*) FROM sign_in_code WHERE purpose = 'link'")
    assert links == 2
    assert len(await mails()) == 2


async def test_roles_change_from_the_next_request_on(admin: By) -> None:
    dora = await somebody("Dora", Role.DESK)
    await with_session(dora)
    await service.set_roles(admin, await public(dora), frozenset({Role.TREASURER, Role.MANAGER}))
    made = await staff.get_colleague(await public(dora))
    assert set(made.roles) == {Role.TREASURER, Role.MANAGER}
    assert await sessions(dora) == 1
    assert [mail["to"] for mail in await mails()] == ["dora@example.org"]
    rows = await fetch(
        "SELECT verb, facts -> 'changes' ->> 'role' AS c FROM audit_entry ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("role.grant", '["", "manager"]'),
        ("role.grant", '["", "treasurer"]'),
        ("role.end", '["desk", ""]'),
    ]


async def test_who_leaves_the_team_is_out_at_once(admin: By) -> None:
    """SEC2: every session ends with the last role."""
    dora = await somebody("Dora", Role.DESK)
    await with_session(dora)
    await service.set_roles(admin, await public(dora), frozenset())
    assert await sessions(dora) == 0
    assert dora not in {each.person_id for each in await staff.colleagues()}
    assert (await staff.get_colleague(await public(dora))).roles == ()


async def test_a_suspended_colleague_comes_back_with_what_they_had(admin: By) -> None:
    """SEC2: a suspension ends every session now."""
    dora = await somebody("Dora", Role.DESK)
    await with_session(dora)
    await service.suspend_colleague(admin, await public(dora), "Téléphone volé")
    away = await staff.get_colleague(await public(dora))
    assert (away.suspended_for, await sessions(dora)) == ("Téléphone volé", 0)
    with pytest.raises(errors.AlreadySuspended):
        await service.suspend_colleague(admin, await public(dora), "Encore")
    await service.restore_colleague(admin, await public(dora))
    back = await staff.get_colleague(await public(dora))
    assert (back.suspended_since, back.roles, back.factors) == (None, (Role.DESK,), 1)
    assert len(await mails()) == 2


async def test_a_lost_factor_is_reset_and_told_everywhere(admin: By) -> None:
    """SEC8: factors and sessions end; each verified address hears of it, and who did it does too."""
    dora = await somebody("Dora", Role.DESK)
    await with_session(dora)
    await fetch(
        "INSERT INTO contact_point (public_id, person, channel, value, verified_at, created_at)"
        " VALUES ('x', $1, 'sms', '+33639980000', $2, $2)",
        dora,
        clock.now(),
    )
    await service.reset_factors(admin, await public(dora))
    assert (await staff.get_colleague(await public(dora))).factors == 0
    assert await sessions(dora) == 0
    told = {(mail["to"], mail["subject"]) for mail in await mails() if "@" in mail["to"]}
    assert told == {
        ("dora@example.org", "Votre second code a été effacé par un responsable"),
        ("ada@example.org", "Vous avez effacé le second code de Dora Roux"),
    }
    assert "+33639980000" in {mail["to"] for mail in await mails()}
    verb = await fetch_value("SELECT verb FROM audit_entry WHERE subject_id = $1", dora)
    assert verb == "staff.reset"


ACTS = {
    "roles": lambda by, who: service.set_roles(by, who, frozenset({Role.DESK})),
    "place": lambda by, who: service.set_workplace(by, who, ""),
    "link": lambda by, who: service.invite_again(by, who, BASE),
    "suspend": lambda by, who: service.suspend_colleague(by, who, "Absente"),
    "restore": service.restore_colleague,
    "reset": service.reset_factors,
}


@pytest.mark.parametrize("act", ACTS)
async def test_nobody_acts_on_their_own_account(admin: By, act: str) -> None:
    """SEC11: nobody raises, suspends or frees themselves."""
    assert admin.id is not None
    with pytest.raises(errors.OwnAccount):
        await ACTS[act](admin, await public(admin.id))
    assert await fetch_value("SELECT count(*) FROM audit_entry") == 0


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.TREASURER, Role.MANAGER, Role.ADMIN])
async def test_a_manager_acts_on_the_counter_only(manager: By, act: str, role: Role) -> None:
    """SEC11: those who answer for money and for the team are an admin's matter."""
    other = await somebody("Odile", Role.DESK, role)
    with pytest.raises(errors.NotYours):
        await ACTS[act](manager, await public(other))


@pytest.mark.parametrize("act", ACTS)
async def test_a_manager_leads_the_counter(manager: By, act: str) -> None:
    await ACTS[act](manager, await public(await somebody("Dora", Role.DESK)))


async def test_a_manager_raises_nobody(manager: By) -> None:
    """SEC11: neither by an invitation nor by a role."""
    dora = await public(await somebody("Dora", Role.DESK))
    for role in (Role.TREASURER, Role.MANAGER, Role.ADMIN):
        with pytest.raises(errors.NotYours):
            await service.set_roles(manager, dora, frozenset({Role.DESK, role}))
        with pytest.raises(errors.NotYours):
            await service.invite(manager, Invitation("A", "B", "a@b.fr", frozenset({role})), BASE)
    assert await fetch_value("SELECT count(*) FROM person WHERE given_name = 'A'") == 0


async def test_a_manager_invites_no_admin_under_another_role(manager: By) -> None:
    """Who is known under this name and address keeps what they are, and it is looked at."""
    await somebody("Odile", Role.ADMIN)
    wish = Invitation("Odile", "Roux", "odile@example.org", frozenset({Role.DESK}))
    with pytest.raises(errors.NotYours):
        await service.invite(manager, wish, BASE)


@pytest.mark.parametrize("act", ["roles", "suspend"])
async def test_one_admin_stays_when_two_remove_each_other(admin: By, act: str) -> None:
    """REL1: the acts come one after the other, and the slower one acts no more."""
    assert admin.id is not None
    other = await somebody("Odile", Role.ADMIN)
    results = await asyncio.gather(
        ACTS[act](admin, await public(other)),
        ACTS[act](person(other), await public(admin.id)),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, DomainError)]
    assert [each.slug for each in refused] in (["not_yours"], ["last_admin"])
    assert await staff.has_admin()


async def test_the_last_admin_stays_when_the_others_are_suspended(admin: By) -> None:
    """Somebody must be able to open the door again."""
    other = await somebody("Odile", Role.ADMIN)
    third = await somebody("Zoe", Role.ADMIN)
    await fetch(
        "INSERT INTO suspension (person, since, reason) VALUES ($1, $3, 'x'), ($2, $3, 'x')",
        admin.id,
        third,
        clock.now(),
    )
    with pytest.raises(errors.LastAdmin):
        await service.set_roles(admin, await public(other), frozenset())


@pytest.mark.parametrize(
    ("wish", "slug"),
    [
        (Invitation("Dora", "Klein", "dora@example.org", frozenset()), "role_missing"),
        (Invitation("Dora", "Klein", "nowhere", frozenset({Role.DESK})), "email_unreadable"),
        (
            Invitation("Dora", "Klein", "dora@example.org", frozenset({Role.DESK}), "x"),
            "site_unknown",
        ),
    ],
)
async def test_nobody_is_invited_when_something_is_wrong(
    admin: By, wish: Invitation, slug: str
) -> None:
    with pytest.raises(DomainError) as refused:
        await service.invite(admin, wish, BASE)
    assert refused.value.slug == slug
    assert await fetch_value("SELECT count(*) FROM person") == 1
    assert await mails() == []


async def test_a_place_is_left_when_another_is_given(admin: By) -> None:
    for name in ("Orme", "Lanterne"):
        wish = places.SiteWish(
            name=name, street="1 rue A", postcode="93200", town="Orme", hours=WEEK
        )
        await places.open_site(wish, SYSTEM)
    sites = [row["public_id"] for row in await fetch("SELECT public_id FROM site ORDER BY id")]
    dora = await somebody("Dora", Role.DESK)
    for site in (sites[0], sites[1], sites[1], ""):
        await service.set_workplace(admin, await public(dora), site)
    assert await staff.site_of(dora) is None
    assert await fetch_value("SELECT count(*) FROM workplace WHERE left_at IS NOT NULL") == 2
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'staff.site'") == 3


async def test_no_reason_no_suspension(admin: By) -> None:
    dora = await public(await somebody("Dora", Role.DESK))
    with pytest.raises(errors.ReasonMissing):
        await service.suspend_colleague(admin, dora, "  ")


async def test_a_tenant_is_no_colleague(admin: By) -> None:
    """SEC11: the page of the team opens no member's account."""
    with pytest.raises(Missing):
        await service.reset_factors(admin, await public(await somebody("Tina")))


def test_an_admin_leads_everybody_and_a_clerk_nobody() -> None:
    rules.check_leads({Role.ADMIN}, {Role.ADMIN, Role.MANAGER})
    rules.check_leads({Role.MANAGER, Role.DESK}, {Role.DESK})
    for leader in ({Role.DESK}, {Role.TREASURER}, set[Role]()):
        with pytest.raises(errors.NotYours):
            rules.check_leads(leader, {Role.DESK})
