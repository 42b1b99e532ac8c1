"""The file of everything about a member: complete, theirs alone, on record (D1)."""

import json
import re

import httpx
import pytest

from backend import schema
from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.kit.errors import Busy
from backend.membership import service as membership
from backend.membership.rules import WayIn
from backend.membership.service.consents import choose_messages
from backend.people.rules import Medium, Source, Subject
from backend.privacy import queries
from backend.privacy import service as privacy
from backend.privacy.parts import ABOUT, NOT_TOLD
from backend.privacy.queries import Dossier
from backend.settings import Settings
from backend.vouchers import service as vouchers
from tests import sign_in
from tests.conftest import Database
from tests.factories import add_household, add_market, add_member, add_person, add_role
from tests.integration.desk.conftest import Counter, words
from tests.integration.statements import statements
from web.member.dossier import WAYS

HERE = "/compte/donnees"


def rows(dossier: Dossier, name: str) -> list[dict[str, object]]:
    return next(section.rows for section in dossier.sections if section.part.name == name)


async def test_file_holds_every_part_of_a_member(db: Database):
    """D1: everything about a member, across all capabilities."""
    alice = await add_member("Alice", "Martin", "alice@example.org", street="3 rue Haute")
    market = await add_market()
    await vouchers.claim(alice, market.offer.public_id, SYSTEM)
    await fetch(
        "INSERT INTO favourite (person, offer, since) SELECT $1, id, $2 FROM offer",
        alice.person_id,
        clock.now(),
    )
    by = audit.person(alice.person_id)
    news = frozenset({(Subject.CLUB_LIFE, Medium.EMAIL)})
    await choose_messages(by, alice.person_id, news, Source.ONLINE)
    await add_role(alice.person_id, Role.MERCHANT, market.partner.id)
    told = await privacy.take_dossier(by, alice.person_id)
    assert rows(told, "person")[0]["family_name"] == "Martin"
    assert rows(told, "contacts")[0]["value"] == "alice@example.org"
    assert rows(told, "households")[0]["street"] == "3 rue Haute"
    assert rows(told, "payers")[0]["name"] == "Alice Martin"
    assert rows(told, "payments")[0]["amount_cents"] == 6000
    assert rows(told, "receipts")[0]["payer"] == "Alice Martin"
    assert [row["title"] for row in rows(told, "vouchers")] == ["10 % sur le pain"]
    for name in ("consents", "acts", "periods", "orders", "cards", "favourites", "messages"):
        assert rows(told, name), name
    assert rows(told, "roles")[0]["role"] == "merchant"


async def test_file_is_json_that_a_program_reads(db: Database):
    """D1: JSON with the same rows as the page."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    told = await queries.dossier(alice.person_id)
    read = json.loads(told.json())
    assert set(read) == {"made_at", *(section.part.name for section in told.sections)}
    assert read["payments"] == rows(told, "payments")
    assert read["periods"][0]["start"] == clock.today().isoformat()


async def test_each_part_has_the_values_it_names(db: Database):
    """D1: what is asked and what is shown are the same names, in the same order."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    for section in (await queries.dossier(alice.person_id)).sections:
        for row in section.rows:
            assert list(row) == list(section.part.labels)


async def test_nothing_of_anybody_else_is_told(db: Database):
    """D1, SEC11: another household's data are not in it, nor what came after one left."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    bob = await add_member("Bob", "Petit", "bob@example.org", street="9 rue Basse")
    carol = await membership.add_adult(SYSTEM, alice.household_id, "Carol", "Martin")
    told = (await queries.dossier(alice.person_id)).json().decode()
    assert "Petit" not in told
    assert "rue Basse" not in told
    await membership.move(SYSTEM, carol, alice.household_id, bob.household_id)
    later = await queries.dossier(carol)
    stays = rows(later, "households")
    assert [stay["street"] for stay in stays] == [None, "9 rue Basse"]
    assert [row["name"] for row in rows(later, "payers")] == ["Bob Petit"]


async def test_what_a_household_paid_after_one_left_is_not_told(db: Database):
    """D1: who has left a household reads what was paid until then."""
    alice = await add_member("Alice", "Martin")
    carol = await membership.add_adult(SYSTEM, alice.household_id, "Carol", "Martin")
    await membership.leave(SYSTEM, alice.household_id, carol)
    await fetch("UPDATE household_member SET left_on = left_on - 3 WHERE person = $1", carol)
    assert rows(await queries.dossier(carol), "payments") == []
    assert len(rows(await queries.dossier(alice.person_id), "payments")) == 1


async def test_taking_it_is_on_record_and_counted(db: Database):
    """D1: generated by a use case; twenty a day are enough for a person, and too few to harvest."""
    alice = await add_household()
    by = audit.person(alice.person_id)
    for _ in range(20):
        await privacy.take_dossier(by, alice.person_id)
    with pytest.raises(Busy):
        await privacy.take_dossier(by, alice.person_id)
    lines = await fetch("SELECT * FROM audit_entry WHERE verb = 'dossier.take'")
    assert len(lines) == 20
    assert {line["subject_id"] for line in lines} == {alice.person_id}


async def test_member_reads_it_and_takes_the_file(client: httpx.AsyncClient, settings: Settings):
    """D1: self-service, readable and as a file nobody on the way keeps; PERF6: in six statements."""
    alice = await add_member("Alice", "Martin", "alice@example.org", street="3 rue Haute")
    await sign_in.as_tenant(client, settings, alice.person_id)
    async with statements() as asked:
        page = words((await client.get(HERE)).text)
    assert len(asked) <= 6, [each[:60] for each in asked]
    for said in ("Qui je suis", "Martin", "alice@example.org", "3 rue Haute", "60,00 €", "espèces"):
        assert said.replace(" €", "\u00a0€") in page, said
    file = await client.get(f"{HERE}/mes-donnees.json")
    assert file.headers["content-disposition"] == 'attachment; filename="mes-donnees.json"'
    assert file.headers["cache-control"] == "no-store"
    assert file.json()["person"][0]["given_name"] == "Alice"
    line = await fetch_one("SELECT * FROM audit_entry WHERE verb = 'dossier.take'")
    assert line["actor_id"] == line["subject_id"] == alice.person_id


async def test_somebody_without_a_household_reads_theirs(client, settings):
    """D1: a merchant is in no household and has data too."""
    await sign_in.as_tenant(client, settings, await add_person("Yacine", "Amrani"))
    assert "Yacine" in words((await client.get(HERE)).text)


async def test_member_reads_who_looked_at_their_file(desk: Counter, settings: Settings):
    """D3: each look of staff is on record with its reason, and its subject reads it."""
    alice = await add_member("Alice", "Martin", "alice@example.org")
    await desk.open(f"/comptoir/personnes/{alice.person_public_id}?par=recherche")
    await sign_in.as_tenant(desk.browser, settings, alice.person_id)
    page = await desk.open(f"{HERE}/acces")
    assert "Nadia Comptoir" in page
    assert "en cherchant un nom" in page
    bob = await add_member("Bob", "Petit")
    await sign_in.as_tenant(desk.browser, settings, bob.person_id)
    assert "Personne n’a regardé votre dossier." in await desk.open(f"{HERE}/acces")


def test_every_way_in_has_its_words():
    assert set(WAYS) == set(WayIn)


def test_every_table_about_a_person_is_told_or_has_its_reason():
    """D1: a new table that refers to a person, a household or a payer is found here."""
    reached = about_people()
    said = " ".join(part.sql for part in ABOUT)
    told = set(re.findall(r"(?:FROM|JOIN) ([a-z_]+)\b(?!\()", said))
    assert reached - told - set(NOT_TOLD) == set()
    assert set(NOT_TOLD) & told == set()
    assert set(NOT_TOLD) <= reached


def about_people() -> set[str]:
    """Tables from which a person, a household or a payer is reached, and those that are one."""
    tables = schema.metadata().tables.values()
    reached = {"person", "household", "payer"}
    loose = {"person_id", "subject_id", "actor_id"}
    reached |= {table.name for table in tables if loose & {one.name for one in table.columns}}
    while True:
        more = {
            table.name
            for table in tables
            if any(key.column.table.name in reached for key in table.foreign_keys)
        }
        if more <= reached:
            return reached
        reached |= more
