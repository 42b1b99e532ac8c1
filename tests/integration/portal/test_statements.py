"""The statement of uses: the same to the cent on the screen, in CSV and in a workbook."""

import csv
import io
import re
import zipfile
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from backend.audit.service import SYSTEM
from backend.kit import clock, formats
from backend.kit.database import fetch, fetch_value
from backend.settings import Settings
from backend.vouchers import regulars, service
from backend.vouchers import statement as statements
from backend.vouchers.savings import Brought
from tests import factories
from tests.conftest import Database
from tests.factories import Market
from tests.integration.portal.merchant import enter, use, use_each
from tests.integration.statements import statements as said_to_database

HERE = "/partenaire/passages"
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WORDS, TABLE = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml"
# 10 % off: typed prices of 12,00 and 33,35; one price not typed, where people usually spend 12,00.
PRICES = (1200, 3335, None)
SALES = 1080 + 3001 + 1080
GIVEN = 120 + 334 + 120


@pytest.fixture
async def market(db: Database) -> Market:
    return await factories.add_market()


async def lived(market: Market) -> None:
    """Three uses that count, and one that was undone."""
    *_, undone = await use_each(market, (*PRICES, 9_900))
    await service.reverse_late(SYSTEM, undone.redemption, "erreur")


def cells(content: bytes) -> list[dict[str, str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def sheet(content: bytes) -> list[dict[str, Any]]:
    """The rows of a workbook by the titles of their columns; numbers as numbers."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        words = ["".join(each.itertext()) for each in ET.fromstring(book.read(WORDS))]
        rows = list(ET.fromstring(book.read(TABLE)).iter(f"{SPACE}row"))
    titles, *lines = [dict(_read(cell, words) for cell in row) for row in rows]
    return [{title: line.get(at) for at, title in titles.items()} for line in lines]


def _read(cell: ET.Element, words: list[str]) -> tuple[str, Any]:
    at, value = re.sub(r"\d", "", cell.get("r", "")), cell.findtext(f"{SPACE}v") or "0"
    return at, words[int(value)] if cell.get("t") == "s" else float(value)


def cents(word: str) -> int:
    return int(word.replace(",", "") or "0")


async def test_screen_csv_and_workbook_say_the_same_to_the_cent(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V34: CSV (UTF-8 with BOM) and XLSX equal to the screen; what was undone counts in none."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    page = await client.get(HERE)
    assert formats.euros(SALES) in page.text
    assert formats.euros(GIVEN) in page.text
    for name, sales, given in (
        ("par-jour", "Ventes estimées", "Réductions"),
        ("liste", "Vente", "Réduction"),
    ):
        text = cells((await client.get(f"{HERE}/{name}?fichier=csv")).content)
        assert sum(cents(row[sales]) for row in text) == SALES
        assert sum(cents(row[given]) for row in text) == GIVEN
        book = sheet((await client.get(f"{HERE}/{name}?fichier=xlsx")).content)
        assert sum(round(100 * (row[sales] or 0)) for row in book) == SALES
        assert sum(round(100 * (row[given] or 0)) for row in book) == GIVEN


async def test_list_has_every_use_and_says_which_was_undone_and_which_is_guessed(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V34, V3: no use is left out, an undone one stays with its state and without an amount."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    rows = cells((await client.get(f"{HERE}/liste")).content)
    assert [row["État"] for row in rows] == ["Annulé", "Compté", "Compté", "Compté"]
    assert [row["Vente estimée"] for row in rows] == ["", "oui", "", ""]
    assert (rows[0]["Vente"], rows[0]["Réduction"]) == ("", "")


async def test_formula_of_a_cashier_is_text_in_the_file(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V34: what somebody typed at a till runs in no spreadsheet."""
    await factories.add_shop(market.partner.id)
    await lived(market)
    await fetch("UPDATE shop SET name = '=HYPERLINK(\"x\")' WHERE id = $1", market.shop.id)
    await enter(client, settings, market.partner.id)
    rows = cells((await client.get(f"{HERE}/liste")).content)
    assert {row["Point de vente"][:2] for row in rows} == {"'="}


@pytest.mark.parametrize("word", ["jour", "mois", "annee"])
async def test_today_month_and_year_are_one_click(
    client: httpx.AsyncClient, settings: Settings, market: Market, word: str
) -> None:
    """V34: today, month, year."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    answer = await client.get(f"{HERE}?periode={word}")
    assert formats.euros(SALES) in answer.text


async def test_days_outside_the_period_are_not_counted(market: Market) -> None:
    """V34: any two days, both included."""
    await use_each(market, PRICES)
    today = clock.today()
    with clock.travel(timedelta(days=3)):
        await use(market, await factories.add_member("Bob", "Durand"), 1000)
        whole = await statements.statement(market.partner.id, today, clock.today())
        first = await statements.statement(market.partner.id, today, today)
        last = await statements.passages(market.partner.id, clock.today(), clock.today(), 10)
    assert (whole.total.uses, first.total.uses, len(last)) == (4, 3, 1)
    assert first.total.sales_cents == SALES
    assert [line.first for line in whole.lines] == [today, today + timedelta(days=3)]


async def test_months_are_told_where_the_period_is_long(market: Market) -> None:
    """V34: a year is read month by month, with the same sum."""
    await lived(market)
    today = clock.today()
    found = await statements.statement(market.partner.id, today - timedelta(days=365), today)
    assert found.by_month
    assert [line.first for line in found.lines] == [today.replace(day=1)]
    assert found.total == Brought(3, 4081, GIVEN, 1080)


async def test_every_page_of_the_list_goes_on_where_the_one_before_ended(market: Market) -> None:
    await use_each(market, [1200] * 7)
    today, seen = clock.today(), []
    after = ""
    while part := await statements.passages(market.partner.id, today, today, 3, after):
        seen += [one.redemption for one in part]
        after = seen[-1]
    assert len(seen) == len(set(seen)) == 7


async def test_other_partners_uses_are_not_there(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """SEC11, P5: neither on the page nor in a file, also when their id is asked for."""
    await lived(market)
    other = await factories.add_partner("Autre enseigne")
    await enter(client, settings, other.id)
    asked = f"partenaire={market.partner.public_id}"
    assert formats.euros(SALES) not in (await client.get(f"{HERE}?{asked}")).text
    assert cells((await client.get(f"{HERE}/liste?{asked}")).content) == []


async def test_statement_asks_little_of_the_database(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """PERF6: at most 6 statements a page, whatever was used."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    async with said_to_database() as said:
        assert (await client.get(f"{HERE}?periode=annee")).status_code == 200
    assert len(said) <= 6, said


async def test_code_of_an_undone_use_is_not_told_whole(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """P5: its voucher can be used again, so its partner reads the last signs and no more."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    codes = [row["code"] for row in await fetch("SELECT code FROM voucher")]
    page = await client.get(HERE)
    file = await client.get(f"{HERE}/liste")
    for code in codes:
        assert code[-4:] in page.text
        assert code not in page.text
        assert code not in file.text


async def test_file_is_refused_when_the_period_has_too_many_uses(
    client: httpx.AsyncClient,
    settings: Settings,
    market: Market,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """V34: no half a list; the page says to choose fewer days."""
    monkeypatch.setattr("partners.portal.statements.MOST_LINES", 2)
    await lived(market)
    await enter(client, settings, market.partner.id)
    answer = await client.get(f"{HERE}/liste")
    assert answer.status_code == 409
    assert "période plus courte" in answer.text


async def come(market: Market, people: int, day: date) -> None:
    """So many members, each once, at noon of a day."""
    members = await fetch("SELECT id FROM person WHERE family_name = 'Revient' ORDER BY id")
    noon = clock.start_of_day(day) + timedelta(hours=12)
    for person in members[:people]:
        await fetch(
            "INSERT INTO redemption (public_id, offer, offer_version, household, person, partner,"
            " shop, till, channel, mode, at, saving_cents, identity_checked)"
            " SELECT gen_random_uuid()::text, $1, 1, h.id, $2, $3, $4, $5, 'scan', 'online', $6,"
            " 100, false FROM household h LIMIT 1",
            market.offer.id,
            person["id"],
            market.partner.id,
            market.shop.id,
            market.till.caller.till_id,
            noon,
        )


async def returning(market: Market, people: int) -> date:
    """So many members came on two days of the month before this one."""
    await factories.add_member()
    for at in range(people):
        await factories.add_person(f"Alice {at}", "Revient")
    last = clock.today().replace(day=1) - timedelta(days=1)
    await come(market, people, last)
    await come(market, people, last - timedelta(days=1))
    await fetch(
        "INSERT INTO daily_savings (used_on, partner, undone, uses, paid_cents, saved_cents)"
        " VALUES ($1, $2, false, $3, 0, 0)",
        last,
        market.partner.id,
        2 * people,
    )
    await regulars.close_months()
    return last.replace(day=1)


@pytest.mark.parametrize(("people", "word"), [(4, "moins de 5"), (6, ">6<")])
async def test_members_who_came_back_are_told_from_five_on(
    client: httpx.AsyncClient, settings: Settings, market: Market, people: int, word: str
) -> None:
    """V34: returning members, hidden under 5 people."""
    first = await returning(market, people)
    await enter(client, settings, market.partner.id)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    answer = await client.get(f"{HERE}?du={first.isoformat()}&au={last.isoformat()}")
    assert word in answer.text.replace("<bdi>", ">").replace("</bdi>", "<")


@pytest.mark.parametrize(("people", "told"), [(4, None), (5, 5)])
async def test_first_page_tells_who_came_back_from_five_on(
    market: Market, people: int, told: int | None
) -> None:
    """V34: the month that ended stands there too, hidden under 5 people."""
    first = await returning(market, people)
    months = await statements.months(market.partner.id, clock.today())
    [month] = [each for each in months if each.first == first]
    assert (month.closed, month.came_back) == (True, told)


async def test_days_of_ones_own_choice_count_nobody(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V34: a day more or less would tell by subtraction who came back on it."""
    first = await returning(market, 9)
    await enter(client, settings, market.partner.id)
    for days in (20, 21):
        until = first + timedelta(days=days)
        answer = await client.get(f"{HERE}?du={first.isoformat()}&au={until.isoformat()}")
        assert "compté par mois ou par année" in answer.text


async def test_closed_month_stays_as_counted_when_a_use_is_undone_later(market: Market) -> None:
    """V34: a figure that fell by one would tell of one person."""
    first = await returning(market, 6)
    before = await regulars.told(market.partner.id, first.year)
    use_id = await fetch_value("SELECT public_id FROM redemption LIMIT 1")
    await service.reverse_late(SYSTEM, use_id, "erreur")
    await regulars.close_months()
    assert await regulars.told(market.partner.id, first.year) == before
    assert before[-1].came_back == 6


@pytest.mark.parametrize(
    ("fee", "days", "uses", "cents_"),
    [(10_000, 365, 100, 100), (10_000, 30, 7, 118), (10_000, 1, 0, None), (0, 365, 3, 0)],
)
def test_cost_of_a_visit_is_the_share_of_the_years_fee(
    fee: int, days: int, uses: int, cents_: int | None
) -> None:
    """V34: cost per visit against the annual fee; half a cent is not in our favour."""
    first = date(2026, 1, 1)
    assert statements.cost_per_use(fee, first, first + timedelta(days=days - 1), uses) == cents_


async def test_page_holds_the_fee_of_the_contract_against_the_uses(
    client: httpx.AsyncClient, settings: Settings, market: Market
) -> None:
    """V34: cost per visit against the annual fee, from the contract that holds."""
    await lived(market)
    await enter(client, settings, market.partner.id)
    assert "pas de convention en cours" in (await client.get(HERE)).text
    today = clock.today()
    await fetch(
        "INSERT INTO contract (public_id, partner, payer, kind, during, dues_cents, owed_on,"
        " campaigns_a_year, terms_version, drawn_at, accepted_at, accepted_how)"
        " SELECT 'c', $1, id, 'shop', daterange($2, $3), 10000, $2, 4, 0, $4, $4, 'online'"
        " FROM payer LIMIT 1",
        market.partner.id,
        today,
        today + timedelta(days=365),
        clock.now(),
    )
    page = await client.get(f"{HERE}?periode=jour")
    assert f"sur {formats.euros(10_000)} par an" in page.text
    assert formats.euros(-(-10_000 // (365 * 3))) in page.text
    assert formats.euros(10_000) in (await client.get("/partenaire")).text
