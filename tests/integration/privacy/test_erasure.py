"""Erasure: nothing personal stays but what the law keeps; what is open stands in the way (D1)."""

import asyncio
from datetime import timedelta

import asyncpg
import httpx
import pytest

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.billing import queries as orders
from backend.billing.rules import OrderState, PayWay
from backend.identity import queries as identity
from backend.identity import service as sessions
from backend.identity.rules import Role, SessionKind
from backend.kit import clock, codes, outbox
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.errors import DomainError
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.service.consents import choose_messages
from backend.notifications.post import BY_DAY
from backend.people import queries as people
from backend.people.errors import PersonMissing
from backend.people.rules import Medium, Source, Subject
from backend.privacy import erasing
from backend.privacy.errors import FreshCodeNeeded, NotSure, SomethingOpen
from backend.privacy.rules import ErasureWay
from backend.settings import Settings
from backend.vouchers import service as vouchers
from tests import sign_in
from tests.conftest import Database
from tests.factories import (
    add_household,
    add_market,
    add_member,
    add_role,
    pay_dues,
)
from tests.integration.desk.conftest import Counter, unpacked, words
from tests.integration.membership.test_households import a_family
from tests.integration.statements import statements

HERE = "/compte/effacement"
GIVEN, FAMILY = "Zébuline", "Quintrelle"
MAIL, PHONE, STREET = "zebuline.q@example.org", "+33639981234", "17 rue des Quatre-Vents"
TRACES = (GIVEN, FAMILY, "zebuline", "quintrelle", MAIL, PHONE, "0639981234", STREET)
# What stays, each with its reason: accounting documents, for ten years (Code de commerce, L123-22).
EXCEPTIONS = {("receipt", "printed"), ("payment", "note")}


async def everywhere(url: str, words: tuple[str, ...]) -> set[tuple[str, str]]:
    """Each table and column whose text, JSON or bytes hold one of these words."""
    connection = await asyncpg.connect(url)
    try:
        columns = await connection.fetch(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'"
            " AND c.data_type IN ('text', 'jsonb', 'bytea', 'ARRAY', 'character varying')"
        )
        found = set()
        for table, column, kind in columns:
            holds = f'position(lower($1) IN lower("{column}"::text)) > 0'
            if kind == "bytea":
                holds = f"position(convert_to($1, 'UTF8') IN \"{column}\") > 0"
            for word in words:
                if await connection.fetchval(f'SELECT 1 FROM "{table}" WHERE {holds}', word):
                    found.add((table, column))
        return found
    finally:
        await connection.close()


async def somebody() -> Member:
    """A member with a trace in every corner: paid, used, printed, signed in, said yes."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL, street=STREET, town="Amiens")
    market = await add_market()
    by = audit.person(zebuline.person_id)
    await add_mobile(zebuline.person_id)
    await vouchers.claim(zebuline, market.offer.public_id, by)
    await choose_messages(
        by, zebuline.person_id, frozenset({(Subject.CLUB_LIFE, Medium.EMAIL)}), Source.ONLINE
    )
    await membership.make_paper_card(by, zebuline.person_id)
    await fetch(
        "INSERT INTO favourite (person, offer, since) SELECT $1, id, $2 FROM offer",
        zebuline.person_id,
        clock.now(),
    )
    await fetch(
        "INSERT INTO idempotency_key (scope, key, fingerprint, answer, created_at)"
        " VALUES ('till:1', 'k', '', $1, $2)",
        f'{{"given": {{"member": "{GIVEN} Q.", "household": "{zebuline.household_public_id}"}}}}',
        clock.now(),
    )
    await fetch(
        "INSERT INTO sign_in_code (ticket_hash, purpose, session_kind, channel, value, code_hash,"
        " salt, payload, created_at, expires_at)"
        " VALUES ('x', 'login', 'tenant', 'email', $1, '', '', '{}', $2, $2)",
        MAIL,
        clock.now(),
    )
    return zebuline


async def add_mobile(person_id: int) -> None:
    await fetch(
        "INSERT INTO contact_point (public_id, person, channel, value, verified_at, created_at)"
        " VALUES ($1, $2, 'sms', $3, $4, $4)",
        codes.random_id(),
        person_id,
        PHONE,
        clock.now(),
    )


async def erase(person_id: int) -> str:
    return await erasing.erase(audit.person(person_id), person_id, ErasureWay.SELF)


async def sent(letter: outbox.Letter) -> None:
    """The goodbye has left."""


async def test_nothing_personal_stays_but_what_the_law_keeps(db: Database):
    """D1: every text, JSON and binary column of every table is searched for name, address, phone
    and e-mail; only accounting documents still have them, and the goodbye until it has left.
    """
    zebuline = await somebody()
    before = await everywhere(db.owner_url, TRACES)
    assert {("person", "family_name"), ("contact_point", "value"), ("payer", "name")} <= before
    assert {("outbox", "payload"), ("idempotency_key", "answer")} <= before
    await erase(zebuline.person_id)
    assert ("outbox", "payload") in await everywhere(db.owner_url, TRACES)
    with clock.travel(timedelta(days=1)):  # it may be night
        await outbox.drain(dict.fromkeys(BY_DAY.values(), sent))
    after = await everywhere(db.owner_url, TRACES)
    assert ("receipt", "printed") in after
    assert after <= EXCEPTIONS


async def test_accounts_keep_every_row_when_somebody_is_erased(db: Database):
    """D1: accounting rows stay, to the cent; the receipt can still be printed."""
    zebuline = await somebody()
    kept = ("payment", "journal_entry", "journal_line", "receipt", "pay_order", "period")
    before = [await fetch_value(f"SELECT count(*) FROM {table}") for table in kept]
    await erase(zebuline.person_id)
    assert [await fetch_value(f"SELECT count(*) FROM {table}") for table in kept] == before
    printed = await fetch_value("SELECT printed -> 'payer' ->> 'name' FROM receipt")
    assert printed == f"{GIVEN} {FAMILY}"


async def test_membership_cards_sessions_and_vouchers_end(db: Database):
    """D1: what was open is closed; the stock has its place back."""
    zebuline = await somebody()
    token = await open_session(zebuline.person_id)
    await erase(zebuline.person_id)
    assert await membership_queries.find_member(zebuline.person_id) is None
    assert await identity.find_signed_in(codes.hash_token(token)) is None
    assert await fetch_value("SELECT count(*) FROM card WHERE revoked_at IS NULL") == 0
    assert await fetch_value("SELECT state FROM voucher") == "cancelled"
    assert await fetch_value("SELECT claimed FROM offer") == 0
    ended = await membership_queries.household_by_id(zebuline.household_id)
    assert ended.ended_on == clock.today()
    assert (ended.street, ended.town) == ("", "")
    assert ended.name == zebuline.household_public_id


async def open_session(person_id: int) -> str:
    async with transaction():
        return await sessions.open_session(person_id, SessionKind.TENANT, "Test")


async def test_household_goes_on_when_another_adult_stays(db: Database):
    """D1: only the person is erased; receipts to come bear the name of who stays."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL, street=STREET)
    bob = await membership.add_adult(SYSTEM, zebuline.household_id, "Bob", "Martin")
    await erase(zebuline.person_id)
    stays = await membership_queries.find_member(bob)
    assert stays is not None
    home = await membership_queries.household_by_id(zebuline.household_id)
    assert (home.street, home.ended_on) == (STREET, None)
    payer = await fetch_one("SELECT name, email FROM payer")
    assert tuple(payer) == ("Bob Martin", None)
    await pay_dues(zebuline.household_id)
    assert await fetch_value("SELECT max(printed -> 'payer' ->> 'name') FROM receipt") == (
        f"{GIVEN} {FAMILY}"
    )


async def test_receipts_of_the_other_keep_their_name_when_the_household_has_ended(db: Database):
    """D1, M9, B10: merged into another home, what one of them paid and ordered is still hers."""
    by, joined, bob, _ = await a_family()
    paid = await fetch_value("SELECT public_id FROM pay_order")
    other = await add_household("Zoé", "Petit")
    coming = await membership.order_transfer(by, joined.household_id, 12)
    await membership.merge(by, joined.household_id, other.household_id)
    await erasing.erase(SYSTEM, bob, ErasureWay.DESK)
    assert (await orders.get_order(coming.public_id)).state() is OrderState.OPEN
    await membership.undo_dues(by, other.household_id, paid, None, "x")
    noted = "SELECT printed #>> '{payer,name}' FROM receipt ORDER BY id DESC LIMIT 1"
    assert await fetch_value(noted) == "Alice Martin"


async def test_payer_is_nobody_when_the_last_of_those_to_the_end_is_erased(db: Database):
    """D1: until then it bears the name of who is not erased, never that of who is."""
    by, joined, bob, _ = await a_family()
    await membership.end_household(by, joined.household_id)
    payer = "SELECT y.name FROM household h JOIN payer y ON y.id = h.payer WHERE h.id = $1"
    await erasing.erase(SYSTEM, joined.person_id, ErasureWay.DESK)
    bobs = await fetch_value(
        "SELECT given_name || ' ' || family_name FROM person WHERE id = $1", bob
    )
    assert await fetch_value(payer, joined.household_id) == bobs
    await erasing.erase(SYSTEM, bob, ErasureWay.DESK)
    assert await fetch_value(payer, joined.household_id) == ""


async def test_shared_address_still_works_for_the_other(db: Database):
    """D1: two members share an e-mail; the other's mail that waits is still sent."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL)
    bob = await add_member("Bob", "Petit", MAIL)
    waiting = "SELECT count(*) FROM outbox WHERE kind = 'mail' AND gave_up_at IS NULL"
    before = await fetch_value(waiting)
    await erase(zebuline.person_id)
    # Hers is given up and the goodbye is new.
    assert await fetch_value(waiting) == before
    assert [one.value for one in await people.contacts_of(bob.person_id)] == [MAIL]


async def test_children_are_erased_with_their_last_adult(db: Database):
    """D1: nobody leaves children alone in a household; all of them or none."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL)
    lou = await membership.add_child(SYSTEM, zebuline.household_id, "Loulotte", FAMILY)
    assert (await erasing.look(zebuline.person_id)).children == ["Loulotte"]
    certificate = await erasing.find_certificate(await erase(zebuline.person_id))
    assert certificate.people == 2
    assert (
        await fetch_value("SELECT count(*) FROM person WHERE erased_at IS NULL AND id = $1", lou)
        == 0
    )
    assert ("person", "given_name") not in await everywhere(db.owner_url, ("Loulotte",))


async def test_nothing_is_erased_while_a_monthly_plan_goes_on(db: Database):
    """D1: a live plan is stopped first; then it can be done. Whose card it is not, need not wait."""
    zebuline = await add_member(GIVEN, FAMILY)
    order = await fetch_value("SELECT id FROM pay_order")
    await fetch(
        "INSERT INTO monthly_plan (household, pay_order, stripe_subscription, started_at)"
        " VALUES ($1, $2, 'sub_1', $3)",
        zebuline.household_id,
        order,
        clock.now(),
    )
    [hold] = (await erasing.look(zebuline.person_id)).holds
    assert (hold.slug, hold.path) == ("plan", "/compte/cotisation/arret")
    await refused(zebuline)
    bob = await membership.add_adult(SYSTEM, zebuline.household_id, "Bob", "Petit")
    assert [each.slug for each in (await erasing.look(bob)).holds] == ["plan"]
    await fetch(
        "UPDATE pay_order SET terms = terms || jsonb_build_object('by', $1::bigint)",
        zebuline.person_id,
    )
    assert (await erasing.look(bob)).holds == []
    await refused(zebuline)
    await erase(bob)
    await fetch("UPDATE monthly_plan SET ends_at = $1", clock.now() + timedelta(days=9))
    await erase(zebuline.person_id)


async def test_nothing_is_erased_while_a_debit_is_on_its_way(db: Database):
    """D1: money that still moves has somebody to answer for it."""
    zebuline = await add_member(GIVEN, FAMILY)
    await fetch("UPDATE period SET provisional_until = $1", clock.today() + timedelta(days=5))
    assert [hold.slug for hold in (await erasing.look(zebuline.person_id)).holds] == ["debit"]
    await refused(zebuline)


async def test_nothing_is_erased_while_a_shop_looks_at_a_voucher(db: Database):
    """D1: live vouchers are cancelled, but not under the hands of a cashier."""
    zebuline = await somebody()
    await fetch("UPDATE voucher SET held_until = $1", clock.now() + timedelta(minutes=1))
    assert [hold.slug for hold in (await erasing.look(zebuline.person_id)).holds] == [
        "voucher_held"
    ]
    await refused(zebuline)


async def test_nothing_is_erased_while_somebody_has_a_role(db: Database):
    """D1: staff and merchants hand their role back first."""
    zebuline = await add_member(GIVEN, FAMILY)
    await add_role(zebuline.person_id, Role.DESK)
    assert [hold.slug for hold in (await erasing.look(zebuline.person_id)).holds] == ["role"]
    await refused(zebuline)


async def refused(member: Member) -> None:
    with pytest.raises(SomethingOpen):
        await erase(member.person_id)
    assert await fetch_value("SELECT count(*) FROM erasure") == 0
    assert (
        await fetch_value("SELECT given_name FROM person WHERE id = $1", member.person_id) == GIVEN
    )


async def test_a_second_erasure_finds_nobody(db: Database):
    """D1: asked twice, it is done once."""
    zebuline = await add_member(GIVEN, FAMILY)
    await erase(zebuline.person_id)
    with pytest.raises(PersonMissing):
        await erase(zebuline.person_id)
    assert await fetch_value("SELECT count(*) FROM erasure") == 1


async def test_of_two_erasures_at_once_one_is_done(db: Database):
    """D1: the household and the person are locked; the other finds nobody."""
    zebuline = await somebody()
    done = await asyncio.gather(
        *(erase(zebuline.person_id) for _ in range(4)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in done) == [*["PersonMissing"] * 3, "str"]
    assert await fetch_value("SELECT count(*) FROM erasure") == 1


async def test_unpaid_order_is_given_up(db: Database):
    """D1: an order that nobody will pay is cancelled, and its page at Stripe closes."""
    joined = await add_household(GIVEN, FAMILY, MAIL)
    by = audit.person(joined.person_id)
    await membership.order_dues(
        joined.household_id, PayWay.ONLINE, by, done_path="/{order}", back_path="/"
    )
    await erase(joined.person_id)
    assert await fetch_value("SELECT count(*) FROM pay_order WHERE cancelled_at IS NULL") == 0
    assert await fetch_value("SELECT count(*) FROM outbox WHERE kind = 'checkout_close'") == 1


async def test_certificate_says_what_went_and_names_nobody(db: Database):
    """D1: returns a certificate, kept as issued, the same bytes at each print."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL)
    certificate = await erasing.find_certificate(await erase(zebuline.person_id))
    assert any("dix ans" in sentence for sentence in certificate.kept)
    first = await erasing.print_certificate(certificate)
    assert first.startswith(b"%PDF-")
    assert first == await erasing.print_certificate(certificate)
    assert FAMILY.encode() not in unpacked(first)


async def test_member_erases_themselves(client: httpx.AsyncClient, settings: Settings):
    """D1: self-service with a page to confirm; then the door is closed and the certificate open."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL)
    await sign_in.as_tenant(client, settings, zebuline.person_id)
    async with statements() as asked:
        page = words((await client.get(HERE)).text)
    assert len(asked) <= 6, [each[:60] for each in asked]  # PERF6
    assert "C’est définitif" in page
    assert "dix ans" in page
    unsure = await sign_in.post(client, settings, HERE, {})
    assert unsure.status_code == 422
    assert "Cochez la case" in unsure.text
    done = await sign_in.post(client, settings, HERE, {"sure": "true"})
    assert done.status_code == 303, done.text
    where = done.headers["location"]
    shown = await client.get(where)
    assert "Les données sont effacées." in words(shown.text)
    assert (await client.get(f"{where}/certificat.pdf")).content.startswith(b"%PDF-")
    assert (await client.get("/compte")).status_code == 303
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'person.erase'")
    assert line["actor_id"] == line["subject_id"] == zebuline.person_id
    assert await fetch_value("SELECT count(*) FROM message WHERE kind = 'privacy.erased'") == 1


async def test_phone_left_open_cannot_erase(db: Database, client, settings):
    """D1: what cannot be taken back asks for a code of the last minutes."""
    zebuline = await add_member(GIVEN, FAMILY, MAIL)
    await sign_in.as_tenant(client, settings, zebuline.person_id)
    await fetch("UPDATE session SET created_at = created_at - interval '1 hour'")
    assert "/connexion?suite=/compte/effacement" in (await client.get(HERE)).text
    answer = await sign_in.post(client, settings, HERE, {"sure": "true"})
    assert answer.status_code == 403
    assert await fetch_value("SELECT count(*) FROM erasure") == 0


async def test_desk_erases_for_somebody_without_a_phone(desk: Counter, settings: Settings):
    """D1, D6, M6: the same right at the counter, with the second factor given again."""
    odette = await add_member("Odette", "Marchal")
    at = f"/comptoir/personnes/{odette.person_public_id}/effacement"
    assert (await desk.browser.get(at)).status_code == 303
    await sign_in.as_staff(desk.browser, settings, desk.person_id, sudo=True)
    assert "Lisez ces phrases" in await desk.open(at)
    assert (await desk.send(at)).status_code == 422
    where = await desk.done(at, sure="true")
    assert "Imprimer le certificat" in await desk.open(where)
    kept = await fetch_one("SELECT * FROM erasure")
    assert (kept["way"], kept["by"], kept["person"]) == ("desk", desk.person_id, odette.person_id)


async def test_desk_erases_who_has_left(desk: Counter, settings: Settings):
    """D1: a former member has the same right, in no household any more."""
    odette = await add_member("Odette", "Marchal")
    await membership.leave(SYSTEM, odette.household_id, odette.person_id)
    await sign_in.as_staff(desk.browser, settings, desk.person_id, sudo=True)
    at = f"/comptoir/personnes/{odette.person_public_id}"
    assert "Effacer ses données" in await desk.open(at)
    assert "Lisez ces phrases" in await desk.open(f"{at}/effacement")
    await desk.done(f"{at}/effacement", sure="true")
    assert await fetch_value("SELECT given_name FROM person WHERE id = $1", odette.person_id) == ""
    assert (await desk.browser.get(at)).status_code == 404


@pytest.mark.parametrize("refusal", [FreshCodeNeeded, NotSure, SomethingOpen])
def test_refusals_say_what_to_do(refusal: type[DomainError]):
    assert refusal().advice()
