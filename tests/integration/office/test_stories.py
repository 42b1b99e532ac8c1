"""A household's whole story: nothing lost, nothing of others, page by page."""

from datetime import timedelta

import httpx
import pytest

from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.insight import stories
from backend.insight.stories import Cursor, Kind
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import queries as membership_queries
from backend.membership import service as membership
from backend.membership.queries import Member
from backend.membership.service.consents import choose_messages
from backend.people.rules import Medium, Source, Subject
from backend.vouchers import service as vouchers
from tests.factories import add_household, add_market, add_member, add_person, pay_dues
from tests.integration.desk.conftest import words
from tests.integration.office.conftest import Post
from tests.integration.statements import statements

AT = "/gestion/adherents"


async def live(given_name: str = "Alice") -> Member:
    """A household that did a little of everything."""
    member = await add_member(given_name, "Martin", f"{given_name.lower()}@example.org")
    clerk = await add_person("Nadia", "Comptoir")
    market = await add_market(f"Boulangerie {given_name}")
    await vouchers.claim(member, market.offer.public_id, audit.person(member.person_id))
    await membership.rename(audit.person(clerk), member.person_id, given_name, "Martin")
    wanted = frozenset({(Subject.REMINDERS, Medium.EMAIL)})
    await choose_messages(audit.person(clerk), member.person_id, wanted, Source.DESK)
    return member


async def test_story_tells_what_every_list_tells(db):
    """M5: who came, periods, payments with receipts, vouchers, messages, acts and consents."""
    alice = await live()
    told = await stories.tell(alice.household_id, alice.household_public_id, most=100)
    counted = {kind: sum(event.kind is kind for event in told.events) for kind in Kind}
    wanted = {
        Kind.PEOPLE: "SELECT count(*) FROM household_member",
        Kind.PERIODS: "SELECT count(*) FROM period",
        Kind.MONEY: "SELECT count(*) FROM payment",
        Kind.VOUCHERS: "SELECT count(*) FROM voucher",
        Kind.MESSAGES: "SELECT count(*) FROM message WHERE person IS NOT NULL",
    }
    for kind, query in wanted.items():
        assert counted[kind] == await fetch_value(query), kind
        assert counted[kind] > 0, kind
    said = [event.facts["said"] for event in told.events if event.kind is Kind.CONSENTS]
    assert sum(map(len, said)) == await fetch_value("SELECT count(*) FROM consent")
    [act] = [event for event in told.events if event.kind is Kind.ACTS]
    assert (act.what, act.by, act.who) == ("person.rename", "Nadia Comptoir", "Alice Martin")
    [paid] = [event for event in told.events if event.kind is Kind.MONEY]
    assert (paid.cents, paid.by) == (6000, "Nadia Comptoir")
    assert paid.facts["number"] == f"C-{clock.today().year}-00001"


async def test_story_has_nothing_of_another_household(db):
    """SEC11: two households that lived the same tell each their own."""
    alice, bob = await live("Alice"), await live("Bob")
    for mine, other in ((alice, "Bob Martin"), (bob, "Alice Martin")):
        told = await stories.tell(mine.household_id, mine.household_public_id, most=100)
        assert {event.who for event in told.events} == {"", mine.name}
        assert other not in str(told.events)


async def test_pages_hold_each_line_once_in_order(db):
    """Lines of one instant do not get lost between two pages, nor come twice."""
    with clock.frozen(clock.now()):
        alice = await live()
        clerk = audit.person(await add_person("Nadia", "Comptoir"))
        for name in ("Carla", "Dora", "Emma"):
            await membership.add_child(clerk, alice.household_id, name, "Martin")
            await membership.rename(clerk, alice.person_id, "Alice", "Martin")
    who = (alice.household_id, alice.household_public_id)
    whole = (await stories.tell(*who, most=100)).events
    found, after = [], None
    while True:
        told = await stories.tell(*who, after=after, most=2)
        found += told.events
        if told.older is None:
            break
        after = Cursor.read(str(told.older))
    assert found == whole
    assert len(found) > 10
    assert [event.at for event in found] == sorted((each.at for each in found), reverse=True)


async def test_who_moved_has_two_stories_and_a_link(office: httpx.AsyncClient):
    """M5: moving keeps history; what is done after is told in the new household alone."""
    alice = await live()
    bob = await membership.add_adult(SYSTEM, alice.household_id, "Bob", "Martin")
    clerk = audit.person(await add_person("Nadia", "Comptoir"))
    other = await add_household("Zoé", "Petit")
    await membership.move(clerk, bob, alice.household_id, other.household_id)
    page = words((await office.get(f"{AT}/{alice.household_public_id}")).text)
    assert "Bob Martin quitte le foyer" in page
    assert f"Maintenant au foyer {other.household_public_id}" in page
    with clock.travel(timedelta(days=3)):
        await membership.rename(clerk, bob, "Bobby", "Martin")
    for household, lines in ((alice, 0), (other, 1)):
        told = await stories.tell(household.household_id, household.household_public_id, Kind.ACTS)
        renames = [each for each in told.events if each.what == "person.rename"]
        assert len([each for each in renames if each.who.startswith("Bob")]) == lines


async def test_each_look_at_a_household_is_on_record(office: httpx.AsyncClient):
    """D3: with the way in from a closed list; going from page to page is one look."""
    alice = await live()
    at = f"{AT}/{alice.household_public_id}"
    for way, minutes in (("registre", 0), ("autre", 11)):
        with clock.travel(timedelta(minutes=minutes)):
            await office.get(f"{at}?par={way}")
            await office.get(f"{at}?sorte=money")
    rows = await fetch(
        "SELECT facts ->> 'way' AS way, subject_id, object_id FROM audit_entry"
        " WHERE verb = 'file.view' ORDER BY id"
    )
    looks = [(row["way"], row["subject_id"], row["object_id"]) for row in rows]
    about = (alice.person_id, alice.household_public_id)
    assert looks == [("register", *about), ("link", *about)]


async def test_page_says_who_where_and_what(office: httpx.AsyncClient, send: Post):
    alice = await live()
    page = (await office.get(f"{AT}/{alice.household_public_id}?par=registre")).text
    said = words(page)
    for part in ("Alice Martin", "À jour", "60,00\u00a0€", "alice@example.org", "Bon pris"):
        assert part in said, part
    assert "/comptoir/recus/" in page
    assert f"/comptoir/personnes/{alice.person_public_id}?par=registre" in page
    money = words((await office.get(f"{AT}/{alice.household_public_id}?sorte=money")).text)
    assert "Bon pris" not in money
    assert "Payé" in money
    listed = (await office.get(AT)).text
    assert f"{AT}/{alice.household_public_id}?par=registre" in listed
    assert (await office.get(f"{AT}/XXX-0000")).status_code == 404


async def test_story_of_a_household_that_ended_is_still_there(office: httpx.AsyncClient):
    """M5: who left the club keeps their history."""
    alice = await live()
    await membership.end_household(SYSTEM, alice.household_id)
    page = words((await office.get(f"{AT}/{alice.household_public_id}")).text)
    assert "Partis" in page
    assert "Alice Martin quitte le foyer" in page
    assert "Payé" in page


@pytest.mark.parametrize("after", ["x", "1-2", "1-2-3-4", "-1-2-3", f"{'9' * 18}-1-1", "1-100-1"])
async def test_an_invented_cursor_begins_at_the_newest(office: httpx.AsyncClient, after: str):
    alice = await live()
    page = await office.get(f"{AT}/{alice.household_public_id}?apres={after}&sorte=nonsense")
    assert page.status_code == 200
    assert "Alice Martin entre dans le foyer" in words(page.text)


async def test_page_asks_little_of_the_database(office: httpx.AsyncClient):
    """PERF6: at most 6 statements a page."""
    joined = await add_household("Zoé", "Petit")
    await pay_dues(joined.household_id)
    await office.get(f"{AT}/{joined.household_public_id}")
    async with statements() as said:
        await office.get(f"{AT}/{joined.household_public_id}?par=registre")
    assert len(said) <= 6, [each[:60] for each in said]


async def test_standing_is_that_of_the_household(office: httpx.AsyncClient):
    """M1: computed from the same periods as everywhere."""
    joined = await add_household("Zoé", "Petit")
    page = words((await office.get(f"{AT}/{joined.household_public_id}")).text)
    assert "Jamais payé" in page
    found = await membership_queries.household(joined.household_public_id)
    assert found.standing().paid_until is None
