"""Letters and visits at the counter: printed, handed over, never for who has paid (N5)."""

from datetime import date, datetime, time, timedelta

import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.membership import handing, plates
from backend.membership import service as membership
from backend.membership.reminders import Channel, Step
from backend.membership.rules import Category, last_day
from backend.membership.service import Joined, reminding
from backend.places.service import SiteWish, open_site
from tests import sign_in
from tests.conftest import Database
from tests.factories import WEEK, add_dwelling, add_household, pay_dues
from tests.integration.desk.conftest import Counter

HERE = "/comptoir/a-remettre"


@pytest.fixture
async def term(db: Database) -> date:
    """Letters a month before, a round a week after."""
    ladder = (Step(-30, (Channel.EMAIL, Channel.PRINT)), Step(7, (Channel.DOOR,)))
    await membership.set_ladder(SYSTEM, ladder, clock.today())
    return last_day(clock.today(), 12)


async def lodged(given_name: str, contract: str, stair: str) -> Joined:
    dwelling = await add_dwelling(contract)
    await fetch("UPDATE dwelling SET stair = $2, door = '4' WHERE id = $1", dwelling, stair)
    joined = await add_household(given_name, "Leroy", category=Category.TENANT)
    await fetch(
        "UPDATE household SET dwelling = $2, proof = 'proved' WHERE id = $1",
        joined.household_id,
        dwelling,
    )
    await pay_dues(joined.household_id)
    return joined


class Then:
    """The counter on another day: whoever is there signs in anew."""

    def __init__(self, desk: Counter, on: date) -> None:
        self.desk, self.at = desk, datetime.combine(on, time(10, 0), tzinfo=clock.PARIS)

    async def __aenter__(self) -> Counter:
        self.frozen = clock.frozen(self.at)
        self.frozen.__enter__()
        await sign_in.as_staff(self.desk.browser, self.desk.settings, self.desk.person_id)
        await reminding.remind()
        return self.desk

    async def __aexit__(self, *about: object) -> None:
        self.frozen.__exit__(None, None, None)


async def test_a_letter_is_printed_and_ticked_off(desk: Counter, term: date) -> None:
    """N5, D6: who has no e-mail gets the letter; who handed it over is on record, and it goes."""
    odette = await lodged("Odette", "L/1", "B")
    async with Then(desk, term - timedelta(days=30)):
        page = await desk.open(HERE)
        assert "Odette Leroy" in page
        assert "Escalier B, porte 4" in page
        assert await desk.paper(f"{HERE}/papiers", sorte="print")
        assert await desk.done(HERE, foyer=odette.household_public_id) == f"{HERE}?fait=remis"
        page = await desk.open(HERE)
    assert "Pas de lettre à envoyer" in page
    assert "Odette Leroy Lettre" in page
    assert "Nadia Comptoir" in page
    rows = await fetch(
        "SELECT verb, actor_id, subject_id FROM audit_entry"
        " WHERE verb IN ('reminder.handed', 'list.export') ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        ("list.export", desk.person_id, None),
        ("reminder.handed", desk.person_id, odette.person_id),
    ]


async def test_nobody_who_paid_is_on_a_list(desk: Counter, term: date) -> None:
    """N5: paid since the night, by whichever way the period came to be."""
    paid, stays = await lodged("Odette", "L/1", "A"), await lodged("Paul", "L/2", "B")
    silent = await lodged("Rose", "L/3", "C")
    async with Then(desk, term - timedelta(days=30)):
        assert len(await handing.waiting()) == 3
        await pay_dues(paid.household_id)
        await fetch(
            "UPDATE period SET during = daterange(lower(during), upper(during) + 300)"
            " WHERE household = $1",
            silent.household_id,
        )
        page = await desk.open(HERE)
        assert "Paul Leroy" in page
        assert "Odette Leroy" not in page
        assert "Rose Leroy" not in page
        await desk.done(
            HERE, tous="1", liste=f"{paid.household_public_id} {stays.household_public_id}"
        )
        assert await fetch_value("SELECT count(*) FROM reminder WHERE handed_at IS NOT NULL") == 1
        gone = await desk.send(f"{HERE}/papiers", sorte="print")
    assert gone.status_code == 409


async def test_a_round_goes_by_stair_and_the_newest_paper_stands_for_all(
    desk: Counter, term: date
) -> None:
    """N5: the door list in the order of the building; a letter nobody sent is not sent after it."""
    for name, contract, stair in (("Zoé", "L/1", "C"), ("Paul", "L/2", "A"), ("Rose", "L/3", "B")):
        await lodged(name, contract, stair)
    async with Then(desk, term - timedelta(days=30)):
        assert {one.channel for one in await handing.waiting()} == {Channel.PRINT}
    async with Then(desk, term + timedelta(days=7)):
        found = await handing.waiting()
        assert [one.stair for one in found] == ["A", "B", "C"]
        assert {one.channel for one in found} == {Channel.DOOR}
        assert await desk.paper(f"{HERE}/papiers", sorte="door")


async def test_a_day_shows_its_own(desk: Counter, term: date) -> None:
    """N5: the lists of a chosen day."""
    await lodged("Odette", "L/1", "A")
    async with Then(desk, term - timedelta(days=30)):
        pass
    tomorrow = clock.today() + timedelta(days=1)
    clerk_day = last_day(tomorrow, 12) - timedelta(days=30)
    with clock.frozen(datetime.combine(tomorrow, time(9), tzinfo=clock.PARIS)):
        await lodged("Paul", "L/2", "B")
    async with Then(desk, clerk_day):
        assert len(await handing.waiting()) == 2
        page = await desk.open(f"{HERE}?jour={clerk_day.isoformat()}")
    assert "Paul Leroy" in page
    assert "Odette Leroy" not in page


@pytest.mark.parametrize(
    ("days", "says"),
    [(-30, "finit le"), (0, "finit le"), (1, "aucun jour"), (30, "aucun jour"), (31, "revenir")],
)
async def test_a_letter_says_what_is_true_when_it_is_printed(
    desk: Counter, term: date, days: int, says: str
) -> None:
    await lodged("Odette", "L/1", "A")
    async with Then(desk, term - timedelta(days=30)):
        [paper] = await handing.waiting()
    with clock.frozen(datetime.combine(term + timedelta(days=days), time(9), tzinfo=clock.PARIS)):
        assert says in " ".join(plates.letter_words(paper, "12,00 €"))


@pytest.mark.parametrize(
    ("days", "says"), [(0, "finit le"), (30, "marchent encore"), (31, "ne marchent plus")]
)
async def test_a_letter_to_who_pays_nothing_names_no_amount(
    desk: Counter, term: date, days: int, says: str
) -> None:
    """N5, M10: it says when it ends and where to go; the round says that it is free."""
    odette = await lodged("Odette", "L/1", "A")
    await membership.set_category(SYSTEM, odette.household_id, Category.FREE)
    async with Then(desk, term - timedelta(days=30)) as counter:
        [paper] = await handing.waiting()
        assert await counter.paper(f"{HERE}/papiers", sorte="print")
    with clock.frozen(datetime.combine(term + timedelta(days=days), time(9), tzinfo=clock.PARIS)):
        page, line = plates.letter(paper, "Le club", ""), plates.door(paper, "")
        words = " ".join(page["words"])
    assert (page["pays"], line["amount"]) == (False, "gratuit")
    assert says in words
    assert "passez à la conciergerie" in words
    assert not {"€", "Payez", "payez"} & {*words, *words.split()}


async def at_site(name: str, *homes: Joined) -> str:
    """A site these households come to; its public id."""
    wish = SiteWish(name=name, street="1 rue A", postcode="80000", town="Amiens", hours=WEEK)
    slug = await open_site(wish, SYSTEM)
    for home in homes:
        await fetch(
            "UPDATE household SET site = (SELECT id FROM site WHERE slug = $2) WHERE id = $1",
            home.household_id,
            slug,
        )
    found: str = await fetch_value("SELECT public_id FROM site WHERE slug = $1", slug)
    return found


async def test_a_site_shows_its_own_and_prints_its_own(desk: Counter, term: date) -> None:
    """N5, D3: the site stands in the address, and goes with what is printed and ticked off."""
    odette, paul = await lodged("Odette", "L/1", "A"), await lodged("Paul", "L/2", "B")
    await lodged("Rose", "L/3", "C")
    orme, gare = await at_site("Orme", odette), await at_site("Gare", paul)
    async with Then(desk, term - timedelta(days=30)):
        everything = await desk.open(HERE)
        page = await desk.open(f"{HERE}?lieu={orme}")
        nowhere = await desk.open(f"{HERE}?lieu=aucun")
        assert await desk.paper(f"{HERE}/papiers", sorte="print", lieu=gare)
        nothing = await desk.send(f"{HERE}/papiers", sorte="door", lieu=gare)
        back = await desk.done(HERE, foyer=odette.household_public_id, lieu=orme)
        after = await desk.open(f"{HERE}?lieu={orme}")
    assert all(name in everything for name in ("Odette", "Paul", "Rose", "Gare", "Sans lieu"))
    assert ("Odette Leroy" in page, "Paul Leroy" in page) == (True, False)
    assert ("Rose Leroy" in nowhere, "Odette Leroy" in nowhere) == (True, False)
    printed = "SELECT (facts ->> 'rows')::int FROM audit_entry WHERE verb = 'list.export'"
    assert await fetch_value(printed) == 1
    assert nothing.status_code == 409
    assert back == f"{HERE}?lieu={orme}&fait=remis"
    assert "Pas de lettre à envoyer" in after


async def test_one_site_offers_no_choice_of_sites(desk: Counter, term: date) -> None:
    await at_site("Orme", await lodged("Odette", "L/1", "A"))
    async with Then(desk, term - timedelta(days=30)):
        assert "Tous les lieux" not in await desk.open(HERE)
