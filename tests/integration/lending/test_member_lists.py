"""Members of another register come in by a list: whole or not at all, the same again changes nothing (L44)."""

import asyncio

import pytest

from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit.database import fetch, fetch_one, fetch_value, transaction
from backend.kit.sheets import Format, render
from backend.lending.errors import ListHasErrors
from backend.lending.queries import exporting
from backend.lending.rules import ListKind
from backend.lending.service import importing
from backend.lending.service.importing import Outcome
from backend.membership import service as membership
from backend.membership.queries.enrolled import everybody
from backend.membership.rules import Category
from backend.membership.service import JoinWish
from backend.people import service as people
from backend.people.queries import best_contact, contacts_of
from backend.people.rules import Address, Channel
from backend.privacy import erasing
from backend.privacy.rules import ErasureWay
from tests.conftest import Database
from tests.factories import add_household, add_role
from tests.integration.membership.test_households import bring as bring_dwellings
from tests.integration.membership.test_households import clerk
from tests.landlord_lists import rows as dwellings

HEAD = "CODE;FOYER;PRENOM;NOM;TARIF;CONTRAT;RUE;CODE_POSTAL;VILLE;EMAIL;MOBILE;NAISSANCE;ENFANT\n"
MEMBERS = (
    HEAD
    + "M-1;;Alice;Martin;voisin;;1 rue Haute;80000;Amiens;Alice@Example.org;0612345678;02/03/1980;\n"
    + "M-2;M-1;Léo;Martin;voisin;;;;;;;04/05/2015;oui\n"
    + "M-3;;Bob;Petit;locataire;;2 rue Basse;80000;Amiens;;;;\n"
)


async def bring(text: str, *, dry_run: bool = False) -> Outcome:
    return await importing.bring(ListKind.MEMBERS, text.encode(), SYSTEM, dry_run=dry_run)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.new, outcome.changed, outcome.same


async def test_the_same_list_again_changes_nobody(db: Database) -> None:
    """L44: households with their adults and children, cards for adults, and nobody is told."""
    assert counts(await bring(MEMBERS, dry_run=True)) == (3, 0, 0)
    assert await fetch_value("SELECT count(*) FROM person") == 0
    assert counts(await bring(MEMBERS)) == (3, 0, 0)
    assert counts(await bring(MEMBERS)) == (0, 0, 3)
    rows = await fetch(
        "SELECT p.given_name, m.adult, h.category, h.proof, h.town, dense_rank() OVER"
        " (ORDER BY h.id) AS home, (SELECT count(*) FROM card c WHERE c.person = p.id) AS cards"
        " FROM person p JOIN household_member m ON m.person = p.id"
        " JOIN household h ON h.id = m.household ORDER BY p.id"
    )
    assert [tuple(row) for row in rows] == [
        ("Alice", True, "neighbour", "neighbour", "Amiens", 1, 1),
        ("Léo", False, "neighbour", "neighbour", "Amiens", 1, 0),
        ("Bob", True, "tenant", "to_check", "Amiens", 2, 1),
    ]
    values = await fetch("SELECT value FROM contact_point ORDER BY id")
    assert [row["value"] for row in values] == ["alice@example.org", "+33612345678"]
    assert await fetch_value("SELECT count(*) FROM staff_check") == 1
    assert await fetch_value("SELECT count(*) FROM message") == 0


async def test_names_and_addresses_are_corrected_and_a_blank_takes_nothing_away(
    db: Database,
) -> None:
    """L44: idempotent on the code; a later row may join a household that is known."""
    await bring(MEMBERS)
    less = HEAD + "M-1;;Alicia;Martin;voisin;;;;;;;;\nM-4;M-1;Zoé;Martin;voisin;;;;;;;;\n"
    assert counts(await bring(less)) == (1, 1, 0)
    assert counts(await bring(less)) == (0, 0, 2)
    found = await fetch("SELECT given_name, search, born_on IS NULL AS blank FROM person")
    assert ("Alicia", "alicia martin", False) in [tuple(row) for row in found]
    assert await fetch_value("SELECT count(*) FROM contact_point WHERE ended_at IS NULL") == 2
    assert await fetch_value("SELECT count(*) FROM household") == 2


async def test_nobody_comes_in_when_one_row_is_wrong(db: Database) -> None:
    """L44, X3: each cell that is wrong is named; a name that says where somebody is reached is one. What
    has rules of its own is done on its page.
    """
    await bring(MEMBERS)
    wrong = (
        HEAD
        + "M-1;;Alice;Martin;locataire;;;;;;;;oui\n"
        + "M-1;M-9;Alice;Martin;voisin;;;;;;;;\n"
        + "M-2;M-3;Léo;Martin;voisin;;;;;;;;oui\n"
        + "M-5;M-8;Eve;Noir;voisin;;;;;;;;\n"
        + "M-6;;Max;Roux;roi;;;;;;;;\n"
        + "M-7;;;Roux;voisin;;;;;x;12;hier;\n"
        + "M-8x;;Ada;Roux;voisin;;;;;x;;;\n"
        + "M-9;;Ugo;Roux;voisin;;;;;;0322000000;;\n"
        + "M-10;;0612345678;Roux;voisin;;;;;;;;\n"
        + "M-11;;Ida;ida@example.org;voisin;;;;;;;;\n"
    )
    told = await bring(wrong, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [
        (2, "ENFANT"),
        (3, "FOYER"),
        (4, "FOYER"),
        (5, "FOYER"),
        (6, "TARIF"),
        (7, "PRENOM"),
        (8, "EMAIL"),
        (9, "MOBILE"),
        (10, "PRENOM"),
        (11, "NOM"),
    ]
    changed = MEMBERS.replace("Bob;Petit;locataire", "Bob;Petit;voisin").replace(";oui", ";non")
    told = await bring(changed, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(3, "ENFANT"), (4, "TARIF")]
    assert await fetch_value("SELECT count(*) FROM person") == 3


async def test_a_contract_of_the_list_proves_its_dwelling_once(db: Database) -> None:
    """L44, M2: two who name the same dwelling, or one that is taken, are looked at by staff."""
    lines = dwellings(2)
    await bring_dwellings(lines)
    known = await fetch(
        "SELECT contract_folded AS contract, postcode FROM dwelling ORDER BY external_id"
    )
    row = "{};;{};Un;locataire;{};;{};;;;;\n"
    text = HEAD + "".join(
        row.format(code, name, known[n]["contract"], known[n]["postcode"])
        for code, name, n in (("A", "Ana", 0), ("B", "Ben", 0), ("C", "Cid", 1))
    )
    await bring(text)
    proofs = await fetch(
        "SELECT p.given_name, h.proof FROM household h JOIN household_member m ON m.household = h.id"
        " JOIN person p ON p.id = m.person ORDER BY p.id"
    )
    assert [tuple(one) for one in proofs] == [
        ("Ana", "proved"),
        ("Ben", "to_check"),
        ("Cid", "proved"),
    ]
    assert counts(await bring(text)) == (0, 0, 3)


async def test_an_export_of_members_reads_back_as_it_is(db: Database) -> None:
    """L44: also of who joined by themselves; who was erased leaves no code behind (D1)."""
    await bring(MEMBERS)
    await membership.join(
        JoinWish(given_name="Nina", family_name="=Sol", category=Category.NEIGHBOUR, town="Amiens")
    )
    file = render(await exporting.sheet(ListKind.MEMBERS), Format.CSV, "N° 1, Hélène")
    outcome = await importing.bring(ListKind.MEMBERS, file, SYSTEM)
    assert (counts(outcome), outcome.rejected) == ((0, 0, 4), [])
    bob = await fetch_value("SELECT id FROM person WHERE given_name = 'Bob'")
    await erasing.erase(SYSTEM, bob, ErasureWay.DESK)
    assert await fetch_value("SELECT count(*) FROM member_code WHERE person = $1", bob) == 0


async def test_a_list_enters_the_household_where_people_live_now(db: Database) -> None:
    """L44, M5: a code goes with its person when a household is merged or left, and nobody else's."""
    await bring(MEMBERS + "M-5;M-1;Carl;Martin;voisin;;;;;;;;\n")
    alice, first = await lives("Alice")
    _, second = await lives("Bob")
    by = await clerk()
    await membership.move(by, alice, first, second)
    assert counts(await bring(HEAD + "M-6;M-1;Zoé;Martin;;;;;;;;;oui\n")) == (1, 0, 0)
    assert (await lives("Zoé"))[1] == second
    homes = {each.code: each.home for each in await everybody()}
    assert homes == {"M-1": "M-3", "M-2": "M-5", "M-3": "M-3", "M-5": "M-5", "M-6": "M-3"}
    await membership.merge(by, first, second)
    assert counts(await bring(HEAD + "M-7;M-5;Ugo;Martin;locataire;;;;;;;;oui\n")) == (1, 0, 0)
    assert (await lives("Ugo"))[1] == second
    again = HEAD + "M-2;M-1;Léo;Martin;locataire;;;;;;;;oui\n"
    assert counts(await bring(again)) == (
        0,
        0,
        1,
    )  # they live together again, by another first code


async def test_who_left_is_named_when_the_same_list_comes_again(db: Database) -> None:
    """L44: nobody comes in twice; a former member comes back at the counter, the others go on."""
    await bring(MEMBERS)
    by = await clerk()
    await membership.end_household(by, (await lives("Bob"))[1])
    told = await bring(MEMBERS, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(4, "CODE")]
    with pytest.raises(ListHasErrors):
        await bring(MEMBERS)
    assert counts(await bring(MEMBERS[: MEMBERS.index("M-3")])) == (0, 0, 2)
    await membership.end_household(by, (await lives("Alice"))[1])
    orphan = HEAD + "M-4;M-1;Zoé;Martin;voisin;;;;;;;;oui\n"
    told = await bring(orphan, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(2, "FOYER")]
    assert await fetch_value("SELECT count(*) FROM person WHERE given_name = 'Bob'") == 1


async def test_an_address_of_a_list_counts_until_its_owner_has_proved_one(db: Database) -> None:
    """L44, N5: the newest of a list is the only one, also of who pays; the same again changes nobody."""
    await bring(MEMBERS)
    moved = MEMBERS.replace("Alice@Example.org", "new@example.org").replace(";Alice;", ";Alicia;")
    assert counts(await bring(moved)) == (0, 1, 2)
    assert counts(await bring(moved)) == (0, 0, 3)
    alice, _ = await lives("Alicia")
    assert await best_contact(alice) == Address(Channel.EMAIL, "new@example.org")
    payer = await fetch_one("SELECT name, email FROM payer ORDER BY id LIMIT 1")
    assert payer is not None
    assert tuple(payer) == ("Alicia Martin", "new@example.org")
    async with transaction():
        await people.verify_contact(alice, Channel.EMAIL, "new@example.org")
    assert counts(await bring(MEMBERS.replace(";Alice;", ";Alicia;"))) == (0, 0, 3)
    assert [each.value for each in await contacts_of(alice)] == ["new@example.org", "+33612345678"]


async def test_a_list_opens_nobodys_account_when_they_joined_themselves_or_hold_a_role(
    db: Database,
) -> None:
    """L44, D6: an address is changed on their page; a name by a list is told and on record."""
    by, joined = await clerk(), await add_household(address="alice@example.org")
    await bring(MEMBERS)
    bob, _ = await lives("Bob")
    await add_role(bob, Role.MANAGER)
    code = await fetch_value("SELECT public_id FROM person WHERE id = $1", joined.person_id)
    row = f"{code};;Alicia;Martin;voisin;;;;;" + "{};;;\n"
    strange = HEAD + row.format("eve@example.org") + "M-3;;Bob;Petit;locataire;;;;;;0687654321;;\n"
    told = await bring(strange, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(2, "EMAIL"), (3, "MOBILE")]
    text = (HEAD + row.format("alice@example.org")).encode()
    assert counts(await importing.bring(ListKind.MEMBERS, text, by)) == (0, 1, 0)
    seen = "SELECT verb FROM audit_entry WHERE subject_id = $1 ORDER BY id DESC LIMIT 1"
    assert await fetch_value(seen, joined.person_id) == "person.rename"
    kinds = "SELECT count(*) FROM message WHERE person = $1 AND kind = 'desk.act'"
    assert await fetch_value(kinds, joined.person_id) == 1


async def test_one_of_two_brings_everybody_when_a_list_comes_twice_at_once(db: Database) -> None:
    """L44: the second one finds the people of the first."""
    both = await asyncio.gather(bring(MEMBERS), bring(MEMBERS))
    assert sorted(counts(each) for each in both) == [(0, 0, 3), (3, 0, 0)]


async def test_a_household_has_one_price_when_a_list_says_none_or_another(db: Database) -> None:
    """L44, M5: who enters has the price of the household, so that the same list again says the same."""
    await bring(MEMBERS)
    text = HEAD + "M-4;M-1;Zoé;Martin;{};;;;;;;;oui\nM-6;;Max;Roux;réduit;;;;;;;;\n"
    text += "M-7;M-6;Ugo;Roux;{};;;;;;;;\n"
    told = await bring(text.format("locataire", "voisin"), dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(2, "TARIF"), (4, "TARIF")]
    assert counts(await bring(text.format("", ""))) == (3, 0, 0)
    assert counts(await bring(text.format("", "").replace("oui", ""))) == (0, 0, 3)
    assert counts(await bring(text.format("voisin", "réduit"))) == (0, 0, 3)


async def lives(given_name: str) -> tuple[int, int]:
    """The person and their household."""
    row = await fetch_one(
        "SELECT p.id, m.household FROM person p JOIN household_member m ON m.person = p.id"
        " AND m.left_on IS NULL WHERE p.given_name = $1",
        given_name,
    )
    assert row is not None
    return row["id"], row["household"]
