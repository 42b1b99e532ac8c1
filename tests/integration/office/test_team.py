"""The pages of the team (sudo): listed, invited, changed, refused in words."""

import httpx
import pytest

from backend.identity import staff
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.sign_in import as_staff, post

Browser = httpx.AsyncClient
TEAM = "/gestion/equipe"
DORA = {"given_name": "Dora", "family_name": "Klein", "email": "dora@example.org"}


@pytest.fixture
async def admin(client: Browser, settings: Settings, db: Database) -> Browser:
    person_id = await add_person("Ada", "Roux", "ada@example.org")
    await add_role(person_id, Role.ADMIN)
    await as_staff(client, settings, person_id, sudo=True)
    return client


async def colleague(*roles: Role) -> str:
    person_id = await add_person("Dora", "Klein", "dora@example.org")
    for role in roles:
        await add_role(person_id, role)
    found: str = await fetch_value("SELECT public_id FROM person WHERE id = $1", person_id)
    return found


async def test_a_colleague_is_invited_on_the_page(admin: Browser, settings: Settings) -> None:
    assert "Ada Roux" in (await admin.get(TEAM)).text
    assert (await admin.get(f"{TEAM}/invitation")).text.count('type="checkbox"') == 4
    wrong = await post(admin, settings, TEAM, DORA)
    assert wrong.status_code == 422
    assert "Choisissez au moins un rôle." in wrong.text
    assert 'value="Klein"' in wrong.text
    sent = await post(admin, settings, TEAM, {**DORA, "desk": "1", "treasurer": "1"})
    assert sent.status_code == 303
    shown = (await admin.get(sent.headers["location"])).text
    assert "L&#39;invitation est partie." in shown
    listed = (await admin.get(TEAM)).text
    assert "Dora Klein" in listed
    assert "À créer" in listed


async def test_roles_place_and_suspension_change_on_the_page(
    admin: Browser, settings: Settings
) -> None:
    dora = await colleague(Role.DESK)
    path = f"{TEAM}/{dora}"
    for act, data in (
        ("roles", {"treasurer": "1"}),
        ("lieu", {"site": ""}),
        ("invitation", {}),
        ("second-code", {}),
        ("suspension", {"reason": "Congé"}),
    ):
        assert (await post(admin, settings, f"{path}/{act}", data)).status_code == 303
    assert "Compte suspendu" in (await admin.get(path)).text
    assert (await post(admin, settings, f"{path}/retour")).status_code == 303
    assert (await staff.get_colleague(dora)).roles == (Role.TREASURER,)
    history = (await admin.get("/gestion/club/historique")).text
    assert "<del>Accueil</del>" in history
    assert "Dora Klein" in history


async def test_a_manager_helps_who_lost_the_second_factor(
    client: Browser, settings: Settings, db: Database
) -> None:
    """SEC8, SEC2: sudo first; then the old sessions end, both hear of it, and a new factor is made."""
    mona = await add_person("Mona", "Roux", "mona@example.org")
    await add_role(mona, Role.MANAGER)
    dora = await colleague(Role.DESK)
    dora_id = await fetch_value("SELECT id FROM person WHERE public_id = $1", dora)
    hers = httpx.AsyncClient(transport=client._transport, base_url=settings.base_url)
    await as_staff(hers, settings, dora_id)
    assert (await hers.get("/comptoir")).status_code == 200

    await as_staff(client, settings, mona)
    path = f"{TEAM}/{dora}/second-code"
    assert (await post(client, settings, path)).status_code == 403
    assert (await hers.get("/comptoir")).status_code == 200

    await as_staff(client, settings, mona, sudo=True)
    assert (await post(client, settings, path)).status_code == 303
    assert (await hers.get("/comptoir")).status_code in {303, 401}
    told = await fetch(
        "SELECT payload ->> 'to' AS whom, payload ->> 'subject' AS what FROM outbox ORDER BY 1"
    )
    assert [tuple(row) for row in told] == [
        ("dora@example.org", "Votre second code a été effacé par un responsable"),
        ("mona@example.org", "Vous avez effacé le second code de Dora Klein"),
    ]
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'staff.reset'")
    assert (line["actor_id"], line["subject_id"]) == (mona, dora_id)
    assert (await staff.get_colleague(dora)).factors == 0


async def test_a_refusal_is_said_on_the_page(admin: Browser, settings: Settings) -> None:
    dora = await colleague(Role.DESK)
    empty = await post(admin, settings, f"{TEAM}/{dora}/suspension", {"reason": ""})
    assert empty.status_code == 422
    assert "Écrivez pourquoi." in empty.text
    own = await fetch_value("SELECT public_id FROM person WHERE given_name = 'Ada'")
    assert "C’est votre compte." in (await admin.get(f"{TEAM}/{own}")).text
    refused = await post(admin, settings, f"{TEAM}/{own}/roles", {"admin": "1"})
    assert refused.status_code == 409
    assert "votre propre compte" in refused.text


async def test_a_manager_is_offered_the_counter_alone(
    client: Browser, settings: Settings, db: Database
) -> None:
    """SEC11: what is not offered is refused too."""
    mona = await add_person("Mona", "Roux")
    await add_role(mona, Role.MANAGER)
    await as_staff(client, settings, mona, sudo=True)
    assert (await client.get(f"{TEAM}/invitation")).text.count('type="checkbox"') == 1
    refused = await post(client, settings, TEAM, {**DORA, "admin": "1"})
    assert refused.status_code == 403
    assert "Seul un administrateur" in refused.text
    assert await fetch_value("SELECT count(*) FROM role_grant WHERE role = 'admin'") == 0


async def test_the_second_factor_is_asked_again_before_the_team_is_touched(
    client: Browser, settings: Settings, db: Database
) -> None:
    """SEC8: a session left open in the office changes nobody."""
    ada = await add_person("Ada", "Roux")
    await add_role(ada, Role.ADMIN)
    await as_staff(client, settings, ada)
    assert (await client.get(TEAM)).status_code == 200
    door = await client.get(f"{TEAM}/invitation")
    assert door.headers["location"].startswith("/connexion/equipe/second-facteur")
    assert (await post(client, settings, TEAM, {**DORA, "admin": "1"})).status_code == 403
    assert await fetch_value("SELECT count(*) FROM role_grant WHERE role = 'admin'") == 1
