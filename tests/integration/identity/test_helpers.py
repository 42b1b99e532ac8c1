"""The helpers that other tests stand on."""

from backend.identity.queries import find_signed_in
from backend.identity.rules import Role
from backend.kit import codes
from tests import factories, sign_in


async def test_session_is_alive_when_a_test_signs_in(client, settings):
    person_id = await factories.add_person()
    await factories.add_role(person_id, Role.DESK)
    await sign_in.as_staff(client, settings, person_id, sudo=True)
    token = sign_in.cookie(client, "session")
    found = await find_signed_in(codes.hash_token(token))
    assert found is not None
    assert (found.person_id, found.has(Role.DESK)) == (person_id, True)
    assert found.second_factor_at is not None


async def test_token_is_the_browsers_own_when_it_is_asked_twice(client, settings):
    await sign_in.as_tenant(client, settings, await factories.add_person())
    assert await sign_in.csrf_token(client, settings) == await sign_in.csrf_token(client, settings)
