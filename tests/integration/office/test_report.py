"""The report of a year: for funders the club, for a landlord its tenants; one page and one paper."""

from collections.abc import Iterator
from datetime import date, timedelta

import httpx
import pytest

from backend.insight import closed, document, queries, told, yearly
from backend.insurance import privacy as insurance
from backend.insurance.rules import ContactWay, Slot
from backend.kit import clock
from backend.kit.database import fetch, fetch_value, transaction
from backend.settings import Settings
from backend.vouchers import savings
from tests.conftest import Database
from tests.factories import add_market
from tests.integration.desk.conftest import words
from tests.integration.insurance.conftest import add_insurer
from tests.integration.statements import statements
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


@pytest.mark.parametrize(("people", "hidden"), [(1, 2), (6, 0)])
async def test_a_landlord_reads_no_use_of_fewer_than_five_people(
    client: httpx.AsyncClient, settings: Settings, db: Database, people: int, hidden: int
):
    """What so few used in a residence full of people is not told either, nor what would tell it."""
    landlord = await live()
    await use(CONTRACTS[0], 6)
    await use(CONTRACTS[1], people, 77_700)
    await enter(client, settings, landlord)
    page = words((await client.get("/bailleur")).text)
    assert page.count("non montré") == hidden
    assert "777 €" not in page.replace("\u00a0", " ")


async def test_a_landlord_figures_stand_still_for_a_month(db: Database):
    """Two days cannot be compared to learn what somebody did in between."""
    landlord = await live()
    await use(CONTRACTS[0], 6)
    [found] = await queries.landlords_of([landlord])
    today = clock.today().replace(day=10)
    before = await closed.report(found, today)
    assert before.until == today.replace(day=1) - timedelta(days=1)
    await use(CONTRACTS[0], 9, days=0)
    await fetch("UPDATE household SET ended_at = $1", clock.now())
    await fetch("UPDATE period SET cancelled_at = $1, cancel_reason = 'refund'", clock.now())
    assert await closed.report(found, today) == before


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
    until = (await of_orme(landlord)).until
    months = await yearly.months(landlord, date(until.year, 1, 1), until)
    totals = await yearly.totals(landlord, date(until.year, 1, 1), until)
    assert totals.households == 3
    assert {month.households for month in months} == {0, None}  # three tell of each other
    assert sum(month.saved_cents or 0 for month in months) == 7_500
    assert totals.users == 11
    [found] = await queries.landlords_of([landlord])
    report = await told.report(found, date(until.year, 1, 1), until, None)
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
    async with transaction():
        await savings.settle()  # these uses were written behind the till's back
    answer = await office.get("/gestion/rapport")
    page = words(answer.text).replace("\u00a0", " ")
    for said in ("Personnes dans ces foyers 22", "60,00 €", "Partenaires", "Par bailleur", "orme"):
        assert said in page, said
    assert answer.text.count("<svg") >= 2
    assert answer.text.count("<h1") == 1
    paper = await office.get("/gestion/rapport/papier?annee=x")
    assert paper.content.startswith(b"%PDF")
    assert paper.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("before", [0, 1])
async def test_report_asks_at_most_six_things(office: httpx.AsyncClient, before: int):
    """PERF6: of this year, and of one that was closed."""
    await live()
    address = f"/gestion/rapport?annee={clock.today().year - before}"
    await office.get(address)  # what is closed is counted once
    async with statements() as said:
        assert (await office.get(address)).status_code == 200
    assert len(said) <= 6, said


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


async def contracts_of(landlord: int) -> tuple[str, str]:
    told = await of_orme(landlord)
    [figure] = [each for each in told.figures if each.label == "Contrats d’assurance"]
    return figure.text, figure.detail


async def club_contracts() -> tuple[str, str]:
    club = await document.of_club(clock.today().year)
    [figure] = [each for each in club.figures if each.label == "Contrats d’assurance"]
    return figure.text, figure.detail


async def test_contracts_are_told_from_five_people_on(db: Database):
    """I6, A4: contracts and declared savings of the year; to landlords and funders none of fewer than
    five people.
    """
    landlord = await live()
    await add_insurer()
    assert (await club_contracts())[0] == "0"
    with clock.travel(timedelta(days=-60)):
        assert (await contracts_of(landlord))[0] == "0"
        await sign(CONTRACTS[0], 4)
    assert (await contracts_of(landlord))[0] == "non montré"
    assert await club_contracts() == ("non montré", "")
    with clock.travel(timedelta(days=20)):
        await sign(CONTRACTS[1], 2)
        assert await contracts_of(landlord) == ("6", "900,00\u00a0€ économisés par an")
        assert await club_contracts() == ("6", "900,00\u00a0€ économisés par an")


async def test_contracts_are_told_as_before_when_nobody_stands_in_them_any_more(db: Database):
    """I6, A4, D2: whose they were is taken out after some months; four stay untold, six are six."""
    await live()
    await add_insurer()
    with clock.travel(timedelta(days=-30)):
        await sign(CONTRACTS[0], 4)
    async with transaction():
        assert await insurance.purge_old(clock.now()) == 4
    assert await club_contracts() == ("non montré", "")
    with clock.travel(timedelta(days=20)):
        await sign(CONTRACTS[1], 2)
        assert await club_contracts() == ("6", "900,00\u00a0€ économisés par an")


async def test_one_saving_is_read_off_no_two_looks(db: Database):
    """I4, I6: what a landlord was told stays told, until five more of its tenants have signed."""
    landlord = await live()
    await add_insurer()
    with clock.travel(timedelta(days=-60)):
        await sign(CONTRACTS[0], 6)
        told = await contracts_of(landlord)
        await fetch(
            "UPDATE referral SET saving_cents = 31200 WHERE id = (SELECT min(id) FROM referral)"
        )
        assert await contracts_of(landlord) == told == ("6", "900,00\u00a0€ économisés par an")
    await sign(CONTRACTS[1], 1)
    assert await contracts_of(landlord) == told
    with clock.travel(timedelta(days=20)):
        await sign(CONTRACTS[2], 4)
        assert await contracts_of(landlord) == ("11", "1\u202f812,00\u00a0€ économisés par an")


Line = tuple[int, int, int, int] | None


async def lines(landlord: int) -> list[Line]:
    """What a referent reads today of each residence, and of all of them."""
    [found] = await queries.landlords_of([landlord])
    report = await closed.report(found, clock.today())
    shown = [row.seen if row.uses_seen else None for row in report.rows]
    return [
        each and (each.households, each.people, each.uses, each.saved_cents)
        for each in [*shown, report.total if report.total_uses else None]
    ]


async def test_nobody_is_read_off_two_months(db: Database):
    """I4: one use, or somebody who leaves with theirs, moves no line and no sum; five people do."""
    landlord = await live()
    await live_there("L/01 00004", 7, "orme", days=200)
    everywhere = (*CONTRACTS, "L/01 00004")
    with clock.travel(timedelta(days=-91)):  # in August
        for contract in everywhere:
            await use(contract, 6, days=30)
        before = await lines(landlord)
        assert before[0] == (1, 9, 6, 3_000)
        assert before[-1] == (4, 29, 24, 12_000)
    with clock.travel(timedelta(days=-61)):  # September: what one used in August
        await use(CONTRACTS[0], 1, 7_700, days=30)
        await fetch("UPDATE household_member SET left_on = $1 WHERE id = 1", clock.today())
        assert await lines(landlord) == before
    with clock.travel(timedelta(days=-30)):
        await use(CONTRACTS[0], 5, 100, days=30)
        after = await lines(landlord)
    assert after[0] == (1, 9, 12, 11_200)
    assert after[1:-1] == before[1:-1]
    assert after[-1] == (4, 29, 30, 20_200)


async def test_who_moves_out_takes_no_uses_along(db: Database):
    """I4: a landlord knows who gave notice: its lines must not tell what they saved."""
    landlord = await live()
    await live_there("L/01 00004", 2, "orme", days=200)
    with clock.travel(timedelta(days=-61)):
        for contract in (*CONTRACTS, "L/01 00004"):
            await use(contract, 6, days=30)
        before = await lines(landlord)
        await fetch(
            "UPDATE household SET ended_at = $1 WHERE dwelling ="
            " (SELECT id FROM dwelling WHERE contract_number = 'L/01 00004')",
            clock.now(),
        )
    assert await lines(landlord) == before


async def test_a_share_moves_for_no_household_alone(db: Database):
    """I4: of twenty households one is five in a hundred: who uses something first, or takes it along."""
    await add_market()
    contracts = [f"L/01 {number:05d}" for number in range(1, 21)]
    for contract in contracts:
        landlord = await live_there(contract, 1, "orme", days=200)
    with clock.travel(timedelta(days=-30)):
        for contract in contracts[:7]:
            await use(contract, 1, days=30)
        assert await participation(landlord) == "35\u00a0%"
    await use(contracts[7], 1, days=30)
    assert await participation(landlord) == "35\u00a0%"
    await fetch(
        "UPDATE household SET ended_at = $1 WHERE dwelling ="
        " (SELECT id FROM dwelling WHERE contract_number = $2)",
        clock.now(),
        contracts[0],
    )
    with clock.travel(timedelta(days=20)):
        for contract in contracts[8:12]:
            await use(contract, 1, days=30)
        assert await participation(landlord) == "55\u00a0%"


async def participation(landlord: int) -> str:
    [found] = [
        each.text for each in (await of_orme(landlord)).figures if each.label == "Participation"
    ]
    return found


@pytest.mark.parametrize(("people", "moves"), [(1, False), (5, True)])
async def test_a_month_of_few_is_told_in_no_report(db: Database, people: int, moves: bool):
    """I4: months, dues and sums as they were told; what a few add waits for others."""
    landlord = await live()
    with clock.travel(timedelta(days=-30)):
        await use(CONTRACTS[0], 6, days=30)
        before = await of_orme(landlord)
    await use(CONTRACTS[1], people, days=30)
    after = await of_orme(landlord)
    texts = {each.label: each.text for each in after.figures}
    assert (texts["Avantages utilisés"] != before.figures[3].text) is moves
    new = after.tables[0].rows[-1]
    assert (new[2:] == ("5", "25,00\u00a0€")) is moves
    assert after.tables[0].rows[:-1] == before.tables[0].rows
