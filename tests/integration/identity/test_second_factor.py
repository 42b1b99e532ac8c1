"""Staff come in with two proofs."""

import asyncio
import html
import re
from datetime import timedelta

import httpx
import pyotp
import pytest

from backend.audit.service import SYSTEM
from backend.identity import queries
from backend.identity import service as identity
from backend.identity.errors import StaffUnknown
from backend.identity.rules import Role, SessionKind, totp_address
from backend.identity.visits import Visit
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_value, transaction
from backend.kit.seals import Seals
from backend.notifications.post import deliver, open_post
from backend.people import service as people
from backend.people.rules import Channel
from tests import factories, sign_in
from tests.integration.identity import browser as person
from tests.integration.identity.conftest import ALICE, STAFF
from tests.sign_in import cookie, post

FACTORS = "/connexion/equipe/facteurs"
RECOVERY = "/connexion/equipe/codes-de-secours"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SECOND = "/connexion/equipe/second-facteur"


def a_visit(settings) -> Visit:
    return Visit(
        ip="192.0.2.9",
        device="Test",
        request_id="test",
        session_token=None,
        seals=Seals(settings.secret_keys),
        channels=frozenset(Channel),
        base_url=settings.base_url,
    )


class Phone:
    """An application of codes: it keeps the secret and shows this half minute's code."""

    def __init__(self, secret: str) -> None:
        self.machine = pyotp.TOTP(secret)

    def code(self) -> str:
        return str(self.machine.at(clock.now()))


async def enrol(browser: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    """From the page that asks for a factor to the recovery codes."""
    begun = await person.submit(browser, FACTORS, f"{FACTORS}/application")
    page = begun.headers["location"]
    shown = html.unescape((await browser.get(page)).text)
    secret = re.search(r'dir="ltr">([A-Z2-7 ]{32,})<', shown)
    assert secret is not None
    phone = Phone(secret[1].replace(" ", ""))
    done = await person.submit(browser, page, code=phone.code())
    assert done.headers["location"] == RECOVERY, done.text
    codes_page = (await browser.get(RECOVERY)).text
    return phone, re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", codes_page)


@pytest.fixture
async def phone(client, mailbox, sofia) -> Phone:
    """Sofia's, enrolled; her browser is at the desk."""
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    made, _ = await enrol(client)
    return made


def later():
    """The next code of an application."""
    return clock.travel(timedelta(seconds=31))


async def test_staff_reach_no_desk_page_when_they_have_no_second_factor(client, mailbox, sofia):
    """SEC8: the code alone opens nothing but the page that makes a second factor."""
    answer = await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    assert answer.headers["location"] == f"{SECOND}?suite=/comptoir"
    assert (await client.get(SECOND)).headers["location"] == FACTORS
    desk = await client.get("/gestion/imports")
    assert desk.status_code in (303, 404)


async def test_staff_are_inside_when_the_application_is_enrolled(client, settings, mailbox, sofia):
    """SEC8: ten recovery codes are shown once and stored as hashes."""
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    before = cookie(client, "session")
    _, recovery = await enrol(client)
    assert len(set(recovery)) == 10
    assert cookie(client, "session") != before
    kept = await fetch("SELECT code_hash FROM recovery_code")
    bare = {code.replace("-", "").encode() for code in recovery}
    assert len(kept) == 10
    assert not bare & {row["code_hash"] for row in kept}
    found = await queries.find_signed_in(codes.hash_token(cookie(client, "session")))
    assert found.second_factor_at is not None
    await deliver(open_post(settings))
    assert any("a été ajouté" in str(m["Subject"]) for m in mailbox.to(STAFF))


async def test_first_recovery_codes_are_shown_once_when_the_page_is_loaded_again(
    client, mailbox, sofia
):
    """SEC8: the page of the codes is no answer to a POST: a reload repeats nothing and shows none."""
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    _, recovery = await enrol(client)
    kept = await fetch("SELECT code_hash FROM recovery_code")
    assert len(set(recovery)) == len(kept) == 10
    again = await client.get(RECOVERY)
    assert again.headers["location"] == FACTORS
    assert not [code for code in recovery if code in again.text]
    assert await fetch("SELECT code_hash FROM recovery_code") == kept
    assert "Il en reste 10." in (await client.get(FACTORS)).text


async def test_secret_of_an_application_is_sealed_when_it_is_stored(client, phone, settings):
    sealed = await fetch_value("SELECT sealed FROM factor")
    assert phone.machine.secret.encode() not in sealed


async def again(browser: httpx.AsyncClient, mailbox) -> None:
    """Out, and back in by the first code."""
    browser.cookies.clear()
    await person.sign_in(browser, mailbox, STAFF, "/connexion/equipe")


async def test_staff_come_in_when_they_give_the_second_code(client, mailbox, phone):
    await again(client, mailbox)
    assert (await client.get(FACTORS)).headers["location"].startswith(SECOND)
    with later():
        answer = await person.submit(client, SECOND, code=phone.code(), suite="/comptoir/x")
    assert answer.headers["location"] == "/comptoir/x"
    assert (await client.get(FACTORS)).status_code == 200


async def test_code_is_refused_when_it_is_given_again(client, mailbox, phone):
    """SEC8: the code of one half minute counts once, also the one that enrolled."""
    await again(client, mailbox)
    with clock.frozen(clock.now() + timedelta(seconds=60)):
        code = phone.code()
        assert (await person.submit(client, SECOND, code=code)).status_code == 303
        await again(client, mailbox)
        replay = await person.submit(client, SECOND, code=code)
        assert replay.status_code == 422
        assert "déjà servi" in html.unescape(replay.text)
        earlier = str(phone.machine.at(clock.now() - timedelta(seconds=30)))
        assert (await person.submit(client, SECOND, code=earlier)).status_code == 422


async def test_one_goes_in_when_the_same_code_comes_twice_at_once(
    client, settings, mailbox, phone, sofia
):
    """SEC8: two sessions, one code: exactly one of them passes."""
    async with transaction():
        tokens = [await identity.open_session(sofia, SessionKind.STAFF, "Test") for _ in range(4)]
    found = [await queries.find_signed_in(codes.hash_token(token)) for token in tokens]
    visit = a_visit(settings)
    with later():
        code = phone.code()
        answers = await asyncio.gather(
            *(identity.pass_code(visit, caller, code) for caller in found), return_exceptions=True
        )
    assert sum(isinstance(answer, identity.Raised) for answer in answers) == 1


async def test_code_is_refused_when_too_many_were_guessed(client, mailbox, phone):
    """SEC6: 20 tries an hour for the second factor too."""
    await again(client, mailbox)
    answers = [(await person.submit(client, SECOND, code="000000")).status_code for _ in range(21)]
    assert answers[:18] == [422] * 18
    assert answers[-1] == 429
    verbs = await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'factor.refuse'")
    assert verbs >= 18


async def test_recovery_code_opens_once_when_the_phone_is_lost(client, settings, mailbox, sofia):
    """SEC8: recovery codes are single use, and their use is told by mail."""
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    _, recovery = await enrol(client)
    await again(client, mailbox)
    typed = recovery[3].lower().replace("-", " ")
    assert (await person.submit(client, SECOND, code=typed)).status_code == 303
    await deliver(open_post(settings))
    assert any("code de secours a servi" in str(m["Subject"]) for m in mailbox.to(STAFF))
    await again(client, mailbox)
    assert (await person.submit(client, SECOND, code=typed)).status_code == 422


async def test_other_sessions_end_when_a_factor_changes(client, settings, mailbox, sofia):
    """SEC2: after a factor change every older cookie gets 401."""
    async with transaction():
        older = await identity.open_session(sofia, SessionKind.TENANT, "Ailleurs")
    await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    mine = cookie(client, "session")
    await enrol(client)
    for token in (older, mine):
        assert await queries.find_signed_in(codes.hash_token(token)) is None
    client.cookies.clear()
    sign_in.put(client, "session", older)
    assert (await client.get("/compte")).status_code == 401


async def test_factor_cannot_be_added_when_the_second_code_is_old(
    client, settings, mailbox, phone, sofia
):
    """SEC8: who holds an open session but not the telephone makes no factor of their own."""
    await again(client, mailbox)
    sneaked = await post(client, settings, f"{FACTORS}/application")
    assert sneaked.status_code == 403
    await sign_in.as_staff(client, settings, sofia)
    stale = await post(client, settings, f"{FACTORS}/application")
    assert stale.status_code == 403
    assert "second-facteur" in stale.text
    await sign_in.as_staff(client, settings, sofia, sudo=True)
    assert (await post(client, settings, f"{FACTORS}/application")).status_code == 303


async def test_last_factor_stays_when_it_is_taken_away(client, settings, phone, sofia):
    await sign_in.as_staff(client, settings, sofia, sudo=True)
    [factor] = await queries.factors_of(sofia)
    refused = await post(client, settings, f"{FACTORS}/{factor.public_id}/fin")
    assert refused.status_code == 409
    assert len(await queries.factors_of(sofia)) == 1


async def test_sudo_lasts_ten_minutes_when_the_second_code_was_given(
    client, settings, phone, sofia
):
    """A dangerous act asks for the second code again."""
    await sign_in.as_staff(client, settings, sofia, sudo=True)
    path = RECOVERY
    with clock.travel(timedelta(minutes=9)):
        assert (await post(client, settings, path)).status_code == 303
    with clock.travel(timedelta(minutes=11)):
        assert (await post(client, settings, path)).status_code == 403


async def test_recovery_codes_are_shown_once_when_they_are_renewed(client, settings, phone, sofia):
    """SEC8: a reload shows them no more, and makes no other set of those just noted."""
    await sign_in.as_staff(client, settings, sofia, sudo=True)
    path = "/connexion/equipe/codes-de-secours"
    assert (await post(client, settings, path)).headers["location"] == path
    shown = re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", (await client.get(path)).text)
    kept = await fetch("SELECT code_hash FROM recovery_code")
    assert len(set(shown)) == len(kept) == 10
    assert (await client.get(path)).headers["location"] == FACTORS
    assert await fetch("SELECT code_hash FROM recovery_code") == kept


async def test_link_leads_to_a_new_factor_when_it_is_followed(client, mailbox, phone, sofia):
    """It opens once, by a button, and what was there before it opens nothing any more."""
    path = await identity.login_link(STAFF, by=SYSTEM)
    client.cookies.clear()
    assert (await client.get(path)).status_code == 200
    assert (await client.get(path)).status_code == 200  # looking changes nothing
    followed = await person.submit(client, path)
    assert followed.headers["location"] == FACTORS
    assert await queries.factors_of(sofia) == []
    await enrol(client)
    client.cookies.clear()
    assert (await person.submit(client, path)).status_code == 409


async def test_link_is_over_when_a_newer_one_was_made_or_a_day_is_past(client, sofia):
    older = await identity.login_link(STAFF, by=SYSTEM)
    newer = await identity.login_link(STAFF, by=SYSTEM)
    assert (await person.submit(client, older)).status_code == 409
    with clock.travel(timedelta(hours=25)):
        assert (await person.submit(client, newer)).status_code == 409
    assert (await person.submit(client, newer)).status_code == 303


async def test_link_is_refused_when_the_person_is_no_staff(client, alice):
    with pytest.raises(StaffUnknown):
        await identity.login_link(ALICE, by=SYSTEM)


async def test_member_becomes_staff_when_the_name_and_address_are_theirs(client, alice):
    assert await identity.create_staff("alice", "MARTIN", ALICE, Role.MANAGER, by=SYSTEM) == alice
    other = await identity.create_staff("Bruno", "Roy", ALICE, Role.DESK, by=SYSTEM)
    assert other != alice
    verbs = await fetch("SELECT verb, subject_id FROM audit_entry ORDER BY id")
    assert [tuple(row) for row in verbs] == [("role.grant", alice), ("role.grant", other)]


async def test_desk_asks_for_the_staff_door_when_a_tenant_session_knocks(client, settings, sofia):
    """SEC8: a role is not enough: the session must have come by the staff's door."""
    await sign_in.as_tenant(client, settings, sofia)
    answer = await client.get(FACTORS)
    assert answer.headers["location"] == f"/connexion/equipe?suite={FACTORS}"


async def test_stranger_sees_nothing_when_they_know_the_address(client, settings, alice):
    await sign_in.as_tenant(client, settings, alice)
    assert (await client.get(FACTORS)).status_code == 404


async def test_address_of_a_code_is_read_when_the_qr_is_scanned():
    uri = totp_address(SECRET, "Sofia Benali", "Le Club : Orme")
    parsed = pyotp.parse_uri(uri)
    assert (parsed.secret, parsed.name, parsed.issuer) == (
        SECRET,
        "Sofia Benali",
        "Le Club   Orme",
    )


async def test_everyone_behind_a_staff_address_is_staff_when_they_choose(client, mailbox, sofia):
    """At the staff's door only staff are among those who may be chosen."""
    await factories.add_person("Karim", "Benali", STAFF)
    answer = await person.sign_in(client, mailbox, STAFF, "/connexion/equipe")
    assert answer.status_code == 303


@pytest.mark.parametrize("door", ["/connexion", "/connexion/equipe"])
async def test_address_opens_nothing_for_staff_when_a_colleague_typed_it(
    client, mailbox, sofia, door
):
    """SEC8: who may correct files at the desk cannot become a manager by their own address."""
    async with transaction():
        await people.add_contact(sofia, Channel.EMAIL, "mallory@example.org", verified=False)
    await person.ask(client, "mallory@example.org", door)
    assert "n'ouvre aucun accès" in mailbox.text_to("mallory@example.org")


async def test_new_staff_come_in_when_the_house_made_their_account(client, mailbox, db):
    await identity.create_staff("Bruno", "Roy", "bruno@example.org", Role.DESK, by=SYSTEM)
    answer = await person.sign_in(client, mailbox, "bruno@example.org", "/connexion/equipe")
    assert answer.headers["location"].startswith(SECOND)
