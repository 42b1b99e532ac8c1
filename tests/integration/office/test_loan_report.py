"""The year of lending in the office: charts with their tables, each thing, and the same list as a file."""

import csv
import html
import io
import re
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.kit import clock
from backend.kit.errors import all_errors
from backend.lending import service as lend
from backend.lending.limit_errors import LimitReached, TooManyHolds
from tests import factories, lending
from tests.architecture.test_errors import load_everything
from tests.integration.statements import statements
from tests.lending import Shelf, day, staff, want, whom
from web.office.loan_report import COLUMNS, LIMITS

HERE = "/gestion/bilan-des-prets"
MOST_STATEMENTS = 6
DAYS = "du=2026-11-01&au=2026-11-20"


@pytest.fixture
async def shelf(db: object) -> AsyncIterator[Shelf]:
    with clock.frozen(day("2026-11-20", 10)):
        yield await lending.add_shelf()


def table(page: str, caption: str) -> list[list[str]]:
    """The cells of a page's table, as they are read."""
    found = next(
        each
        for each in re.findall(r"<table.*?</table>", page, re.DOTALL)
        if f">{caption}</caption>" in each
    )
    rows = re.findall(r"<tr>(.*?)</tr>|<tr class=\"b7\">(.*?)</tr>", found, re.DOTALL)
    return [
        [
            html.unescape(re.sub(r"<[^>]+>|\s*\n\s*", "", cell)).strip()
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", plain or bold, re.DOTALL)
        ]
        for plain, bold in rows
    ]


def plain(cell: str) -> str:
    """A figure as the file has it."""
    return re.sub(r"[\u202f\xa0€ ]", "", "" if cell == "–" else cell)


async def test_list_on_the_page_is_the_one_in_the_file(
    office: httpx.AsyncClient, shelf: Shelf
) -> None:
    """L43: cell by cell; the sum below is that of its rows; charts have their tables."""
    alice = await factories.add_member("Alice", "Martin")
    for name, copies in (("Perceuse", 2), ("Scie", 1), ("Échelle", 1)):
        lent = await shelf.resource(name, copies=copies)
        given = await lend.lend_now(staff(), whom(alice), lent.code)
        if name == "Scie":
            await lend.take_back(staff(), given.line)
    await lend.book(staff(), whom(alice), [want(lent, day("2026-12-01"))])
    page = (await office.get(f"{HERE}?{DAYS}")).text
    head, *rows, total = table(page, "Objet par objet")
    assert head == [column.title for column in COLUMNS]
    file = await office.get(f"{HERE}/liste?{DAYS}")
    lines = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert [line[:-1] for line in lines] == [
        head,
        *([row[0], row[1], *map(plain, row[2:])] for row in rows),
    ]
    loans = head.index("Prêts")
    assert int(total[loans]) == sum(int(row[loans]) for row in rows) == 3
    months = table(page, "Prêts par mois")
    assert months[1] == ["nov 2026", "3", "moins de 5", "–"]
    assert page.count('role="img"') == 2
    assert (await office.get(f"{HERE}/liste?{DAYS}&kind=xlsx")).status_code == 200


async def test_report_asks_six_questions(office: httpx.AsyncClient, shelf: Shelf) -> None:
    """PERF6, L43: however many things there are; the page of one thing and the file ask no more."""
    alice = await factories.add_member("Alice", "Martin")
    for many in range(2):
        drill = await shelf.resource(f"Perceuse {many}", copies=2)
        await lend.lend_now(staff(), whom(alice), drill.code)
        for page in ("", "/liste", f"/objets/{drill.id}"):
            async with statements() as said:
                answer = await office.get(f"{HERE}{page}?{DAYS}&lieu=tilleuls")
            assert answer.status_code == 200
            assert len(said) <= MOST_STATEMENTS, (page, said)


async def test_one_thing_is_shown_copy_by_copy(office: httpx.AsyncClient, shelf: Shelf) -> None:
    """L43: as many copies, whose loans are the thing's; days nobody can read are the usual ones."""
    drill = await shelf.resource(copies=2)
    alice = await factories.add_member("Alice", "Martin")
    await lend.lend_now(staff(), whom(alice), drill.code)
    page = (await office.get(f"{HERE}/objets/{drill.id}?{DAYS}&lieu=tilleuls")).text
    rows = table(page, "Exemplaire par exemplaire")[1:]
    assert [(row[0], row[1]) for row in rows] == [
        (drill.code, "1"),
        (drill.units[1].code, "0"),
    ]
    assert (await office.get(f"{HERE}/objets/rien")).status_code == 404
    usual = (await office.get(f"{HERE}?du=hier&au=demain&lieu=rien")).text
    assert "du 1er décembre 2025 au 20 novembre 2026" in usual
    assert len(table(usual, "Prêts par mois")) == 13


async def test_what_staff_let_pass_is_shown_with_its_reason(
    office: httpx.AsyncClient, shelf: Shelf
) -> None:
    """L22: which limit, why and by whom, so that somebody of the club sees it."""
    drill = await shelf.resource(copies=2, household_bookings=1)
    alice = await factories.add_member("Alice", "Martin")
    await lend.book(staff(), whom(alice), [want(drill, day("2026-12-01"))])
    await lend.book(staff(override="Fuite d'eau"), whom(alice), [want(drill, day("2026-12-01"))])
    page = (await office.get(f"{HERE}?{DAYS}")).text
    [said] = table(page, "Limites dépassées")[1:]
    assert said[1:3] == ["Réservations du foyer", "Fuite d'eau"]
    assert "Limites dépassées" not in (await office.get(f"{HERE}?du=2026-10-01&au=2026-10-31")).text


def test_every_limit_that_staff_may_pass_has_its_name() -> None:
    """L22: none is missing in the report."""
    load_everything()
    known = {error.slug for error in all_errors("backend") if issubclass(error, LimitReached)}
    assert set(LIMITS) == known - {LimitReached.slug, TooManyHolds.slug}
