"""Lists that leave the house: marked, and on record (D3)."""

import csv
import io
import json
import re

import httpx
import pytest

from backend.audit import lists
from backend.audit import service as audit
from backend.audit.service import SYSTEM
from backend.identity.rules import Role
from backend.kit import clock, codes
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import Unavailable
from backend.kit.sheets import Column, Format, Sheet
from backend.places import service as places
from backend.places.service import Wish
from backend.settings import Settings
from tests.architecture.code import calls, files, short, strings, tree
from tests.conftest import Database
from tests.factories import add_person, add_role
from tests.landlord_lists import export, rows
from tests.sign_in import as_staff

PEOPLE = Sheet("adherents", (Column("Nom"),), [("Alice",), ("Bob",)])


def mark_of(content: bytes) -> str:
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))
    marks = {line[-1] for line in lines[1:]}
    assert len(marks) == 1
    return marks.pop()


async def test_list_is_on_record_with_the_number_it_carries(db: Database):
    """D3: who, when, which list, how many rows; the number in the file finds the line."""
    clerk = await add_person("Nadia", "Comptoir")
    file = await lists.export(audit.person(clerk), "Nadia Comptoir", PEOPLE, filter="late")
    today = clock.today()
    assert file.file_name == f"adherents-{today:%Y-%m-%d}.csv"
    number, who, _ = mark_of(file.content).split(", ")
    assert (number, who) == (file.number, "Nadia Comptoir")
    line = await fetch_one("SELECT * FROM audit_entry WHERE object_id = $1", number)
    assert (line["verb"], line["object_kind"], line["actor_id"]) == ("list.export", "list", clerk)
    facts = json.loads(line["facts"])
    assert facts == {"list": "adherents", "format": "csv", "rows": 2, "filter": "late"}


async def test_each_export_has_a_number_of_its_own(db: Database):
    """D3: two prints of one list are told apart."""
    numbers = {(await lists.export(SYSTEM, "Club", PEOPLE, Format.XLSX)).number for _ in range(3)}
    assert len(numbers) == 3
    assert all(codes.understand(number) for number in numbers)


async def test_no_list_leaves_when_the_record_cannot_be_written(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    """D3: on record first."""

    async def broken(*args: object, **facts: object) -> None:
        raise Unavailable

    monkeypatch.setattr(lists, "note", broken)
    with pytest.raises(Unavailable):
        await lists.export(SYSTEM, "Club", PEOPLE)
    assert await fetch("SELECT 1 FROM audit_entry") == []


async def test_page_gives_the_marked_file(client: httpx.AsyncClient, settings: Settings):
    """D3: an export of the office names the manager who took it."""
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    wish = Wish(content=export(rows(20)), file_name="a.csv", landlord_name="Habitat", by_name="B")
    await places.import_dwellings(wish, SYSTEM)
    answer = await client.get("/gestion/bailleurs/habitat/coordonnees.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert re.search(r'attachment; filename="coordonnees-habitat-[\d-]+\.csv"', str(answer.headers))
    number, who, _ = mark_of(answer.content).split(", ")
    assert who == "Hélène Vasseur"
    actor = await fetch_value("SELECT actor_id FROM audit_entry WHERE object_id = $1", number)
    assert actor == manager


def test_lists_are_made_in_one_place():
    """D3: a spreadsheet that is written elsewhere would carry no mark and leave no trace."""
    makers = {
        short(path)
        for path in files("backend", "web", "partners")
        if any("text/csv" in text or "spreadsheetml" in text for text in strings(tree(path)))
        or calls(tree(path), "writer")
        or calls(tree(path), "Workbook")
    }
    # The landlord's list comes in as CSV; its type is kept with it.
    assert makers == {"backend/kit/sheets.py", "backend/places/service/lists.py"}


@pytest.mark.parametrize("slug", ["%FF", "%F0%9F%98%80", "a%0D%0Ab", "a%22b", "inconnu"])
async def test_points_of_nobody_are_not_found_when_the_landlord_is_unknown(
    client: httpx.AsyncClient, settings: Settings, db: Database, slug: str
) -> None:
    """D3: 404 and no line in the record, whatever stands in the address."""
    person_id = await add_person("Hélène", "Vasseur", "helene@example.org")
    await add_role(person_id, Role.MANAGER)
    await as_staff(client, settings, person_id)
    answer = await client.get(f"/gestion/bailleurs/{slug}/coordonnees.csv")
    assert answer.status_code == 404
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'list.export'") == 0


@pytest.mark.parametrize("name", ["adhérents", "a\r\nb", 'a"b', "😀", "../x", "\udcff", ""])
async def test_file_name_is_one_for_any_header_when_the_list_has_a_strange_one(
    db: Database, name: str
) -> None:
    """D3: the list goes out and stands in the record."""
    file = await lists.export(SYSTEM, "Club", Sheet(name, PEOPLE.columns, PEOPLE.rows))
    assert re.fullmatch(r"[a-zA-Z0-9_-]+-\d{4}-\d\d-\d\d\.csv", file.file_name)
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'list.export'") == 1
