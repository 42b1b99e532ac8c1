"""Lists that leave the house: marked, and on record (D3)."""

import csv
import io
import json
import re
import threading
import zipfile
from datetime import timedelta

import httpx
import msgspec
import pytest

from backend.audit import lists
from backend.audit import service as audit
from backend.audit.errors import ListUnknown
from backend.audit.service import SYSTEM
from backend.billing.fec import MAKERS
from backend.identity.rules import Role
from backend.kit import clock, codes, sheets
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import Unavailable
from backend.kit.sheets import Column, Format, Kind, Sheet
from backend.places import service as places
from backend.places.service import Wish
from backend.settings import Settings
from tests.architecture.code import calls, files, short, strings, tree
from tests.conftest import Database
from tests.factories import add_household, add_person, add_role, pay_dues
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
    # The landlord's list, and those of what is lent, come in as CSV; their type is kept with them.
    brought = {"backend/places/service/lists.py", "backend/lending/service/importing.py"}
    assert makers == {"backend/kit/sheets.py", *brought}


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


LONG = Sheet("adherents", (Column("Nom"),), [(f"Alice {n}",) for n in range(4_000)])


async def test_a_long_list_says_how_far_it_is_and_is_its_readers_alone(
    db: Database, monkeypatch: pytest.MonkeyPatch
):
    """D3: on record at once; the file comes when all rows are done, and is gone after an hour."""
    told: list[int] = []
    monkeypatch.setattr(lists, "BEAT", 0.001)
    alice, bob = await add_person("Alice", "A"), await add_person("Bob", "B")
    work = await lists.prepare(audit.person(alice), "Alice A", LONG, Format.XLSX, "/gestion")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE verb = 'list.export'") == 1
    found = await lists.get(work, alice)
    assert (found.rows, found.done, found.ready, found.stopped) == (4_000, 0, False, False)
    with pytest.raises(ListUnknown):
        await lists.file(work, alice)
    with clock.travel(timedelta(seconds=61)):
        found = await lists.get(work, alice)
        assert (found.silent, found.stopped) == (True, False)
    with clock.travel(timedelta(minutes=6)):
        assert (await lists.get(work, alice)).stopped
    real, heard = lists.fetch, threading.Event()

    async def hear(sql: str, *args: object) -> object:
        told.append(int(str(args[1])) if "done = $2" in sql else -1)
        if told[-1] > 0:
            heard.set()
        return await real(sql, *args)

    def render(sheet: Sheet, chosen: Format, mark: str, tell: lists.Tell) -> bytes:
        """However busy the machine is, it goes on once somebody has heard of its first rows."""

        def said(rows: int) -> None:
            tell(rows)
            assert rows == 0 or heard.wait(60)

        return sheets.render(sheet, chosen, mark, said)

    monkeypatch.setattr(lists, "fetch", hear)
    monkeypatch.setattr(lists, "render", render)
    await lists.make(work, MAKERS)
    assert any(0 < done < 4_000 for done in told)
    found = await lists.get(work, alice)
    assert (found.done, found.ready, found.stopped) == (4_000, True, False)
    file = await lists.file(work, alice)
    assert file.content.startswith(b"PK")
    with pytest.raises(ListUnknown):
        await lists.get(work, bob)
    with clock.travel(timedelta(minutes=61)):
        with pytest.raises(ListUnknown):
            await lists.file(work, alice)
        await lists.purge()
    assert await fetch_value("SELECT count(*) FROM prepared_list") == 0


async def test_a_long_list_is_made_by_another_when_its_maker_dies(db: Database):
    """B10, D3: what was begun and left is begun again, once, and is the same file."""
    alice, today = await add_person("Alice", "A"), clock.today()
    sheet = Sheet(
        "journal",
        (Column("Nom"), Column("Jour", Kind.DAY), Column("Heure", Kind.MOMENT)),
        [("=Alice", today, clock.now()), ("Bob", None, None)],
    )
    work = await lists.prepare(audit.person(alice), "Alice A", sheet, Format.CSV, "/gestion")
    await lists.resume(MAKERS)
    assert not (await lists.get(work, alice)).ready  # its maker has only just been asked
    with clock.travel(timedelta(seconds=30)):
        await lists.resume(MAKERS)
        found = await lists.get(work, alice)
        assert (found.ready, found.done) == (True, 2)
        made = (await lists.file(work, alice)).content.decode()
        assert f"'=Alice;{today:%d/%m/%Y};" in made
        await lists.make(work, MAKERS)  # whoever was thought dead changes nothing any more
        assert (await lists.file(work, alice)).content.decode() == made
    assert await fetch_value("SELECT source FROM prepared_list") is None


async def test_long_list_that_cannot_be_made_holds_up_no_other(db: Database):
    """B10: it stops, and those asked after it are made all the same."""
    alice = await add_person("Alice", "A")
    by = audit.person(alice)
    bad = await lists.prepare_plain(by, "fec", {"since": "x"}, "a.txt", "/gestion", 1)
    good = await lists.prepare(by, "Alice A", PEOPLE, Format.CSV, "/gestion")
    with clock.travel(timedelta(seconds=30)):
        await lists.resume(MAKERS)
        assert (await lists.get(good, alice)).ready
    with clock.travel(timedelta(minutes=6)):
        await lists.resume(MAKERS)
        assert (await lists.get(bad, alice)).stopped


async def test_a_long_journal_shows_its_progress_and_is_the_short_one(
    client: httpx.AsyncClient, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
):
    """B10: the file of the tax administration, made while its reader waits on a page, is the same."""
    treasurer = await add_person("Henri", "Vasseur")
    await add_role(treasurer, Role.TREASURER)
    await as_staff(client, settings, treasurer)
    for name in ("Diallo", "Petit"):
        await pay_dues((await add_household("Amina", name)).household_id)
    at = "/gestion/tresorerie/comptes/fec"
    short = await client.get(at)
    assert short.headers["content-disposition"].startswith("attachment")
    monkeypatch.setitem(sheets.LONG, Format.CSV, 1)
    answer = await client.get(at)
    assert answer.status_code == 303
    told = answer.headers["location"]
    assert "La liste est prête." in (await client.get(told)).text
    long = await client.get(f"{told}/fichier")
    assert long.content == short.content
    assert long.content.count(b"\r\n") > 4
    assert "FEC" in long.headers["content-disposition"]
    row = await fetch("SELECT rows, done FROM prepared_list")
    assert row[0]["rows"] == row[0]["done"] == long.content.count(b"\r\n") - 1
    records = "SELECT count(*) FROM audit_entry WHERE verb = 'list.export'"
    assert await fetch_value(records) == 2


async def test_a_long_list_is_read_row_by_row_as_a_short_one_is():
    """The same cells, whether written down at once or row by row."""
    short = msgspec.structs.replace(LONG, rows=LONG.rows[:3])
    for sheet, lines in ((LONG, 4_001), (short, 4)):
        book = zipfile.ZipFile(io.BytesIO(sheets.render(sheet, Format.XLSX, "mark")))
        page = book.read("xl/worksheets/sheet1.xml").decode()
        assert page.count("<row ") == lines
    told: list[int] = []
    sheets.render(LONG, Format.CSV, "mark", told.append)
    assert told == list(range(0, 4_000, sheets.STEP))


async def test_the_register_leads_to_its_progress_when_it_is_long(
    client: httpx.AsyncClient, settings: Settings, db: Database, monkeypatch: pytest.MonkeyPatch
):
    """Without JavaScript a link asks again; with it a part of the page does; then the file is there."""
    monkeypatch.setitem(sheets.LONG, Format.CSV, 1)
    manager = await add_person("Hélène", "Vasseur")
    await add_role(manager, Role.MANAGER)
    await as_staff(client, settings, manager)
    for name in ("Diallo", "Petit"):
        await add_household("Amina", name)
    answer = await client.get("/gestion/adherents/liste")
    assert answer.status_code == 303
    at = answer.headers["location"]
    page = await client.get(at)
    assert "La liste est prête." in page.text
    file = await client.get(f"{at}/fichier")
    assert file.headers["content-disposition"].startswith("attachment")
    assert "Diallo" in file.text
    await fetch("UPDATE prepared_list SET content = NULL, done = 1")
    part = await client.get(at, headers={"hx-request": "true"})
    assert "<html" not in part.text
    assert "1 lignes sur 2" in part.text
    assert 'hx-trigger="every 2s"' in part.text
    assert "Voir où ça en est" in part.text
    assert (await client.get(f"{at}/fichier")).status_code == 404
    await fetch("UPDATE prepared_list SET seen_at = seen_at - interval '2 minutes'")
    assert "recommence tout seul" in (await client.get(at)).text
    await fetch("UPDATE prepared_list SET seen_at = seen_at - interval '6 minutes'")
    assert "s’est arrêtée en route" in (await client.get(at)).text
    other = await add_person("Claire", "Montagne")
    await add_role(other, Role.MANAGER)
    await as_staff(client, settings, other)
    assert (await client.get(at)).status_code == 404
