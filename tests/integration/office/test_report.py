"""The report of a year: for funders the club, for a landlord its tenants; one page and one paper."""

from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from backend.insight import document, queries, yearly
from backend.insurance.rules import ContactWay, Slot
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.settings import Settings
from tests.conftest import Database
from tests.factories import add_market
from tests.integration.desk.conftest import words
from tests.integration.insurance.conftest import add_insurer
from tests.integration.test_referents import enter, live_there

USE = (
    "INSERT INTO redemption (public_id, offer, offer_version, household, person, partner, shop, channel,"
    " mode, at, saving_cents) SELECT gen_random_uuid()::text, o.id, 1, m.household, m.person, o.partner,"
    " s.id, 'scan', 'online', $2, $3 FROM household_member m, offer o JOIN shop s ON s.partner = o.partner"
    " WHERE m.household = (SELECT h.id FROM household h JOIN dwelling d ON d.id = h.dwelling"
    "  WHERE d.contract_number = $1) ORDER BY m.id LIMIT $4"
)
CONTRACTS = ("L/01 00001", "L/01 00002", "L/01 00003")


@pytest.fixture(autouse=True)
def _in_november() -> Iterator[None]:
    """What was used weeks ago is of the same year, also when the tests run in January."""
    november = clock.start_of_day(clock.today().replace(month=11, day=20)) + timedelta(hours=12)
    with clock.travel(november - clock.now()):
        yield


async def live() -> int:
    """Three residences of 9, 6 and 7 people since March; gives their landlord."""
    await add_market()
    landlord = 0
    for contract, people in zip(CONTRACTS, (9, 6, 7), strict=True):
        landlord = await live_there(contract, people, "orme", days=200)
    return landlord


async def use(contract: str, people: int, cents: int = 500, days: int = 60) -> None:
    """So many of a household's people use an offer once."""
    await fetch(USE, contract, clock.now() - timedelta(days=days), cents, people)


async def of_orme(landlord: int) -> document.Document:
    [found] = await queries.landlords_of([landlord])
    return await document.of_landlord(found, clock.today().year)


async def test_a_landlord_reads_no_use_of_fewer_than_five_people(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    """What so few used in a residence full of people is not told either, nor what would tell it."""
    landlord = await live()
    await use(CONTRACTS[0], 6)
    await use(CONTRACTS[1], 1, 77_700)
    await enter(client, settings, landlord)
    page = words((await client.get("/bailleur")).text)
    assert page.count("non montré") == 2
    assert "777" not in page
    await use(CONTRACTS[1], 5, 100)
    page = words((await client.get("/bailleur")).text)
    assert "non montré" not in page


async def test_a_landlord_figures_stand_still_for_a_month(db: Database):
    """Two days cannot be compared to learn what somebody did in between."""
    landlord = await live()
    await use(CONTRACTS[0], 6)
    [found] = await queries.landlords_of([landlord])
    today = clock.today().replace(day=10)
    before = await queries.report(found, today)
    assert before.until == today.replace(day=1) - timedelta(days=1)
    await use(CONTRACTS[0], 9, days=0)
    await fetch("UPDATE household SET ended_at = $1", clock.now())
    await fetch("UPDATE period SET cancelled_at = $1, cancel_reason = 'refund'", clock.now())
    assert await queries.report(found, today) == before


async def test_a_landlord_report_is_a_page_and_a_paper(
    client: httpx.AsyncClient, settings: Settings, db: Database
):
    """Both say the same; somebody else's landlord cannot be asked for."""
    landlord = await live()
    other = await live_there("L/01 00009", 8, "autre", days=200)
    await use(CONTRACTS[0], 6, 1_000)
    await enter(client, settings, landlord)
    page = words((await client.get("/bailleur/rapport")).text).replace("\u00a0", " ")
    for said in ("Foyers adhérents 3", "Personnes dans ces foyers 22", "60,00 €", "Par résidence"):
        assert said in page, said
    assert page.count("<svg") == 0  # words only
    paper = await client.get("/bailleur/rapport/papier")
    assert paper.content.startswith(b"%PDF")
    hidden = await queries.landlords_of([other])
    foreign = await client.get(f"/bailleur/rapport?bailleur={hidden[0].public_id}")
    assert "Par résidence" in foreign.text
    assert "autre" not in words(foreign.text)


async def test_a_report_of_few_says_nothing(db: Database):
    """Under five people there is no figure, no chart and no total."""
    landlord = await live_there("L/01 00001", 4, "orme", days=200)
    told = await of_orme(landlord)
    texts = {each.label: each.text for each in told.figures}
    for name in ("Foyers adhérents", "Personnes dans ces foyers", "Participation"):
        assert texts[name] == "non montré"
    assert texts["Cotisations des adhérents"] == "non montré"
    assert told.pictures == []
    [table] = told.tables
    assert table.rows[0][3:] == ("non montré",) * 4


async def test_the_months_of_a_report_add_up_to_its_figures(db: Database):
    """Figures equal the lists: uses and savings of the months, members of the last one."""
    landlord = await live()
    await use(CONTRACTS[0], 6, 1_000)
    await use(CONTRACTS[2], 5, 300, days=90)
    told = await of_orme(landlord)
    until = told.until
    months = await yearly.months(landlord, date(until.year, 1, 1), until)
    totals = await yearly.totals(landlord, date(until.year, 1, 1), until)
    assert totals.households == 3
    assert {month.households for month in months} == {0, None}  # three tell of each other
    assert sum(month.saved_cents or 0 for month in months) == 7_500
    assert totals.users == 11
    [found] = await queries.landlords_of([landlord])
    report = await queries.report_of(found, date(until.year, 1, 1), until)
    assert report.total is not None
    assert (report.total.uses, report.total.saved_cents) == (11, 7_500)
    assert totals.participation is None  # of three households it would tell of each


async def test_a_year_that_is_over_is_printed_alike_for_ever(db: Database):
    """The first print is kept; a year that goes on is printed anew."""
    await live()
    year = clock.today().year
    now = await document.of_club(year)
    assert not now.is_over
    await document.print_(now)
    assert await fetch_value("SELECT count(*) FROM issued_paper") == 0
    past = await document.of_club(year - 1)
    assert past.is_over
    first = await document.print_(past)
    await fetch("UPDATE club SET name = 'Autre'")
    with clock.travel(timedelta(days=40)):
        assert await document.print_(await document.of_club(year - 1)) == first


async def test_funders_read_the_whole_club(office: httpx.AsyncClient):
    """One page and one paper a year, charts with their tables."""
    await live()
    await use(CONTRACTS[0], 6, 1_000)
    answer = await office.get("/gestion/rapport")
    page = words(answer.text).replace("\u00a0", " ")
    for said in ("Personnes dans ces foyers 22", "60,00 €", "Partenaires", "Par bailleur", "orme"):
        assert said in page, said
    assert answer.text.count("<svg") >= 2
    assert answer.text.count("<h1") == 1
    paper = await office.get("/gestion/rapport/papier?annee=x")
    assert paper.content.startswith(b"%PDF")
    assert paper.headers["cache-control"] == "no-store"


ASK = (
    "INSERT INTO referral (public_id, kind, insurer, person, household, recipient, purpose, channel,"
    " text_shown, name, contact, slot, source, state, sent_at, changed_at)"
    " SELECT gen_random_uuid()::text, 'insurer', (SELECT id FROM insurer), m.person, m.household, 'Cabinet',"
    " 'insurance', $2, 'Oui', 'Alice', '06', $3, 'online', 'sent', $4, $4"
    " FROM household_member m WHERE m.household = (SELECT h.id FROM household h JOIN dwelling d"
    "  ON d.id = h.dwelling WHERE d.contract_number = $1) ORDER BY m.id LIMIT $5"
)
SIGN = (
    "UPDATE referral SET state = 'signed', changed_at = sent_at, saving_cents = 15000,"
    " saving_by = 'member' WHERE state = 'contacted'"
)


async def sign(contract: str, people: int) -> None:
    """So many of a household's people signed with the insurer two months ago."""
    at = clock.now() - timedelta(days=60)
    way, slot = next(iter(ContactWay)).value, next(iter(Slot)).value
    await fetch(ASK, contract, way, slot, at, people)
    await fetch("UPDATE referral SET state = 'contacted' WHERE state = 'sent'")
    await fetch(SIGN)


async def test_contracts_are_told_from_five_people_on(db: Database):
    """I6: contracts and declared savings of the year; to a landlord none of fewer than five people."""
    landlord = await live()
    await add_insurer()

    async def said(landlord_id: int) -> str:
        told = await of_orme(landlord_id)
        return next(each.text for each in told.figures if each.label == "Contrats d’assurance")

    assert await said(landlord) == "0"
    await sign(CONTRACTS[0], 4)
    assert await said(landlord) == "non montré"
    club = await document.of_club(clock.today().year)
    [signed] = [each for each in club.figures if each.label == "Contrats d’assurance"]
    assert (signed.text, signed.detail) == ("4", "600,00\u00a0€ économisés par an")
    await sign(CONTRACTS[1], 2)
    assert await said(landlord) == "6"
