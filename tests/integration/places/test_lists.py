"""A landlord's list, applied to a real database."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.audit.rules import Actor
from backend.audit.service import SYSTEM, By
from backend.kit.database import fetch, fetch_one, fetch_value
from backend.kit.errors import Invalid, Missing
from backend.places import errors, service
from backend.places.service import Outcome, Wish, lists
from tests.conftest import Database
from tests.landlord_lists import export, rows


def wish(content: bytes, **facts: str) -> Wish:
    values: dict[str, Any] = {
        "file_name": "logements.csv",
        "landlord_slug": "habitat-de-l-orme",
        "by_name": "Hélène Vasseur",
    }
    return Wish(content=content, **{**values, **facts})


async def apply(content: bytes, **facts: Any) -> Outcome:
    confirmed = facts.pop("confirmed", False)
    return await service.import_dwellings(wish(content, **facts), SYSTEM, confirmed=confirmed)


async def look(content: bytes) -> Outcome:
    return await service.import_dwellings(wish(content), SYSTEM, dry_run=True)


async def one(sql: str) -> Any:
    row = await fetch_one(sql)
    assert row is not None
    return row


async def all_dwellings() -> list[Any]:
    """Everything an undo must put back."""
    return [
        tuple(row)
        for row in await fetch(
            "SELECT d.*, r.name FROM dwelling d JOIN residence r ON r.id = d.residence"
            " WHERE d.gone_at IS NULL ORDER BY d.external_id"
        )
    ]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [";", ","])
async def test_a_list_comes_in_whole_when_it_is_the_first(
    db: Database, encoding: str, separator: str
) -> None:
    """M8: landlord and residences are made where there is none; all lines go in one transaction."""
    outcome = await apply(export(rows(1200), encoding=encoding, separator=separator))
    assert outcome.landlord_is_new
    assert outcome.counts == {"new": 1200, "changed": 0, "same": 0, "gone": 0}
    assert outcome.rejected == []
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 1200
    names = await fetch("SELECT DISTINCT name FROM residence ORDER BY name")
    assert [row["name"] for row in names] == ["Le Bœuf Couronné"]
    assert await fetch_value("SELECT count(*) FROM residence") == 3
    last = await one("SELECT * FROM dwelling ORDER BY external_id DESC LIMIT 1")
    assert (last["contract_folded"], last["surface_dm2"], last["door"]) == (None, 6150, "199")


async def test_nothing_is_written_when_it_is_a_dry_run(db: Database) -> None:
    """M8: the dry run gives the diff."""
    outcome = await look(export(rows(30)))
    assert (outcome.counts["new"], outcome.batch, outcome.landlord_is_new) == (30, None, True)
    for table in ("landlord", "residence", "dwelling", "dwelling_batch", "audit_entry"):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_all_is_the_same_when_a_list_comes_again(db: Database) -> None:
    """M8: repeatable, also when its residence has two names in it."""
    list_ = rows(100)
    list_[7]["LIB_RESIDENCE"] = "RÉSIDENCE DU BŒUF"
    await apply(export(list_))
    outcome = await apply(export(list_, encoding="utf-8"))
    assert outcome.counts == {"new": 0, "changed": 0, "same": 100, "gone": 0}
    assert outcome.batch is not None


async def test_each_move_is_told_and_kept_when_a_list_differs(db: Database) -> None:
    """M8: new, changed, same, gone, rejected with line, column and reason."""
    list_ = rows(100)
    await apply(export(list_))
    list_[3]["NB_PIECES"] = "T5"
    list_[4]["DATE_ENTREE"] = "00/00/0000"
    del list_[99]
    outcome = await apply(export([*list_, rows(101)[100]]))
    assert outcome.counts == {"new": 1, "changed": 1, "same": 97, "gone": 1}
    assert [(line.line, line.column) for line in outcome.rejected] == [(6, "DATE_ENTREE")]
    assert outcome.plan.changed[0].fields == ["rooms"]
    kinds = await fetch(
        "SELECT kind FROM dwelling_change c JOIN dwelling_batch b ON b.id = c.batch"
        " WHERE b.public_id = $1 ORDER BY kind",
        outcome.batch,
    )
    assert [row["kind"] for row in kinds] == ["changed", "gone", "new"]
    kept = await one("SELECT gone_at, rooms FROM dwelling WHERE external_id = '93066000004'")
    assert (kept["gone_at"], kept["rooms"]) == (None, 3)  # its line was refused: it has not gone


@pytest.mark.parametrize("kept", [94, 40])
async def test_a_yes_is_needed_when_more_than_one_in_twenty_is_gone(
    db: Database, kept: int
) -> None:
    """M8: more than 5 % gone needs an explicit confirmation; without it nothing is written."""
    await apply(export(rows(100)))
    with pytest.raises(errors.ListNeedsConfirmation) as refused:
        await apply(export(rows(kept)))
    assert refused.value.outcome.counts["gone"] == 100 - kept
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 100
    outcome = await apply(export(rows(kept)), confirmed=True)
    assert outcome.counts["gone"] == 100 - kept
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == kept


async def test_no_yes_is_needed_when_one_in_twenty_is_gone(db: Database) -> None:
    """M8: exactly 5 % is not more than 5 %."""
    await apply(export(rows(100)))
    assert (await apply(export(rows(95)))).counts["gone"] == 5


async def test_a_yes_is_needed_when_more_than_one_in_twenty_is_refused(db: Database) -> None:
    """M8: more than 5 % rejected needs an explicit confirmation."""
    bad = export([*rows(94), *rows(100, NB_PIECES="grand")[94:]])
    with pytest.raises(errors.ListNeedsConfirmation) as refused:
        await apply(bad)
    assert refused.value.facts == {"rejected": 6, "gone": 0}
    assert (await apply(bad, confirmed=True)).counts["new"] == 94


async def test_everything_stands_as_before_when_a_batch_is_undone(db: Database) -> None:
    """M8: undone as one batch."""
    first = rows(100)
    await apply(export(first))
    before = await all_dwellings()
    second = rows(102, LIB_RESIDENCE="LES ACACIAS")
    second[0]["NUM_CONTRAT"] = "L/0999999"
    del second[50]
    outcome = await apply(export(second), confirmed=True)
    assert await all_dwellings() != before
    assert await service.undo_import(outcome.batch or "", SYSTEM, "Hélène Vasseur") == 102
    assert await all_dwellings() == before
    batch = await one("SELECT * FROM dwelling_batch ORDER BY id DESC LIMIT 1")
    assert (batch["undone_by"], batch["undone_at"] is not None) == ("Hélène Vasseur", True)


async def test_a_dwelling_that_came_back_is_gone_as_before_when_undone(db: Database) -> None:
    """M8: the day it had gone is put back, not the day of the undo."""
    await apply(export(rows(40)))
    await apply(export(rows(39)))
    gone = await one("SELECT * FROM dwelling WHERE gone_at IS NOT NULL")
    outcome = await apply(export(rows(40, PORTE="9")))
    assert outcome.counts == {"new": 1, "changed": 39, "same": 0, "gone": 0}
    await service.undo_import(outcome.batch or "", SYSTEM, "Hélène")
    assert await one("SELECT * FROM dwelling WHERE gone_at IS NOT NULL") == gone


async def test_only_the_newest_batch_is_undone_when_there_are_more(db: Database) -> None:
    """M8: an older one would take away what the newer one wrote."""
    first, second = await apply(export(rows(40))), await apply(export(rows(41)))
    with pytest.raises(errors.BatchNotNewest):
        await service.undo_import(first.batch or "", SYSTEM, "Hélène")
    await service.undo_import(second.batch or "", SYSTEM, "Hélène")
    with pytest.raises(errors.BatchAlreadyUndone):
        await service.undo_import(second.batch or "", SYSTEM, "Hélène")
    same = await apply(export(rows(40)))
    assert same.counts["same"] == 40  # changed nothing: no reason to keep the first
    assert await service.undo_import(first.batch or "", SYSTEM, "Hélène") == 40
    with pytest.raises(Missing):
        await service.undo_import("nowhere", SYSTEM, "Hélène")


async def test_the_same_list_counts_once_when_it_comes_three_times_at_once(db: Database) -> None:
    """M8: imports of one landlord pass one by one, also when they make it."""
    content = export(rows(2000))
    outcomes = await asyncio.gather(*(apply(content) for _ in range(3)))
    assert sorted(outcome.counts["new"] for outcome in outcomes) == [0, 0, 2000]
    assert sorted(outcome.counts["same"] for outcome in outcomes) == [0, 2000, 2000]
    assert sorted(outcome.landlord_is_new for outcome in outcomes) == [False, False, True]
    assert await fetch_value("SELECT count(*) FROM landlord") == 1


@pytest.mark.races
async def test_a_dwelling_counts_twice_when_the_lock_is_off(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """M8: the negative control of the test above: the lock is what makes imports pass one by one."""
    await apply(export(rows(1)))

    compare, both = lists._compare, asyncio.Barrier(2)

    async def no_lock(table: str, row_id: int) -> None:
        """Nobody waits."""

    async def compare_together(*about: Any) -> Any:
        found = await compare(*about)
        await both.wait()
        return found

    monkeypatch.setattr("backend.kit.locks.lock", no_lock)
    monkeypatch.setattr(lists, "_compare", compare_together)
    outcomes = await asyncio.gather(*(apply(export(rows(50))) for _ in range(2)))
    assert [outcome.counts["new"] for outcome in outcomes] == [49, 49]


async def test_a_member_household_stays_when_its_dwelling_changes_or_goes(db: Database) -> None:
    """M8: the landlord's list never touches a membership; staff see who is concerned."""
    await apply(export(rows(2)))
    await member_household("93066000000")
    await member_household("93066000001")
    before = await fetch("SELECT * FROM household ORDER BY id")
    changed = rows(1)
    changed[0]["NUM_CONTRAT"] = "L/0999999"
    outcome = await apply(export(changed), confirmed=True)
    assert (outcome.counts["changed"], outcome.counts["gone"]) == (1, 1)
    assert await fetch("SELECT * FROM household ORDER BY id") == before
    await service.undo_import(outcome.batch or "", SYSTEM, "Hélène")
    assert await fetch("SELECT * FROM household ORDER BY id") == before
    assert await fetch_value("SELECT count(*) FROM dwelling WHERE gone_at IS NULL") == 2


async def member_household(external_id: str) -> None:
    payer = await fetch_value(
        "INSERT INTO payer (public_id, name, street, postcode, town, created_at)"
        " VALUES ($1, 'Alice', '', '', '', now()) RETURNING id",
        external_id,
    )
    await fetch(
        "INSERT INTO household (public_id, tile, payer, category, proof, dwelling, street, postcode,"
        " town, created_at) SELECT $1, $2, $2, 'tenant', 'proved', id, street, postcode, town, now()"
        " FROM dwelling WHERE external_id = $1",
        external_id,
        payer,
    )


async def test_a_code_in_two_towns_is_two_residences_when_read(db: Database) -> None:
    list_ = [*rows(2), *rows(4, CODE_POSTAL="80000", COMMUNE="Amiens")[2:]]
    await apply(export(list_))
    towns = await fetch("SELECT code, town FROM residence ORDER BY town")
    assert [tuple(row) for row in towns] == [("R000", "Amiens"), ("R000", "Saint-Denis")]


async def test_what_staff_set_stays_when_a_list_comes_again(db: Database) -> None:
    """Coordinates and district belong to the club; only the name follows the list."""
    await apply(export(rows(10, QPV="O")))
    assert await fetch_value("SELECT priority_district FROM residence")
    await fetch("UPDATE residence SET latitude = 48.9, longitude = 2.3, priority_district = false")
    await apply(export(rows(10, LIB_RESIDENCE="LES ACACIAS", QPV="O")))
    kept = await one("SELECT name, latitude, priority_district FROM residence")
    assert tuple(kept) == ("Les Acacias", 48.9, False)


async def test_two_landlords_are_apart_when_both_have_lists(db: Database) -> None:
    await apply(export(rows(10)))
    other = await apply(export(rows(10)), landlord_slug="toits-du-nord")
    assert (other.landlord, other.counts["new"]) == ("Toits Du Nord", 10)
    with pytest.raises(errors.LandlordToName) as refused:
        await apply(export(rows(10)), landlord_slug="")
    assert refused.value.facts["slugs"] == "habitat-de-l-orme, toits-du-nord"


async def test_the_only_landlord_is_meant_when_none_is_named(db: Database) -> None:
    first = await apply(export(rows(10)), landlord_slug="")
    again = await apply(export(rows(10)), landlord_slug="")
    assert (first.landlord, again.counts["same"]) == ("Bailleur", 10)


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", errors.ListEmpty),
        (b"\n \n;;;\n", errors.ListEmpty),
        (b"PK\x03\x04whatever", errors.ListNotText),
        (b"nom;prenom\nA;B\n", errors.ColumnsMissing),
        (export([]), errors.ListEmpty),
        (b";" * (32 * 2**20 + 1), errors.ListTooLarge),
        (b"\n" * 200_001, errors.ListTooLarge),
        (b"\x00" * 5000, errors.ColumnsMissing),
    ],
    ids=["nothing", "blank", "workbook", "other list", "no line", "too big", "too long", "zeros"],
)
async def test_a_file_is_refused_whole_when_it_is_no_list(
    db: Database, content: bytes, refusal: type[Invalid]
) -> None:
    """M8: a clear refusal, and nothing is written."""
    with pytest.raises(refusal):
        await apply(content)
    assert await fetch_value("SELECT count(*) FROM landlord") == 0


async def test_hostile_cells_cost_their_line_when_a_list_has_them(db: Database) -> None:
    """M8: left out and listed; nothing of them reaches a page as markup or the database as SQL."""
    list_ = rows(45)
    list_[0]["LIB_RESIDENCE"] = "A\x00B"
    list_[1]["PORTE"] = "x" * 5000
    list_[2]["NOM_VOIE"] = "'); DROP TABLE dwelling; --"
    outcome = await apply(export(list_), confirmed=True)
    assert [line.line for line in outcome.rejected] == [2, 3]
    street = await fetch_value("SELECT street FROM dwelling ORDER BY external_id LIMIT 1")
    assert "DROP TABLE" in street.upper()


async def test_a_draft_is_applied_once_by_who_brought_it_when_confirmed(db: Database) -> None:
    """M8: what was looked at is what is applied, however often the button is pressed."""
    helene = By(Actor.PERSON, 7)
    content = export(rows(30))
    draft = await service.draft_import(wish(content), 7, helene)
    with pytest.raises(Missing):
        await service.look_at_draft(draft, 8)
    kept, outcome = await service.look_at_draft(draft, 7)
    assert (kept.file_name, outcome.counts["new"], outcome.batch) == ("logements.csv", 30, None)
    with pytest.raises(Missing):
        await service.apply_draft(draft, 8, helene, "Bob", confirmed=False)
    results = await asyncio.gather(
        *(service.apply_draft(draft, 7, helene, "Hélène", confirmed=False) for _ in range(2)),
        return_exceptions=True,
    )
    assert sorted(type(result).__name__ for result in results) == ["ListApplied", "Outcome"]
    with pytest.raises(errors.ListApplied):
        await service.apply_draft(draft, 7, helene, "Hélène", confirmed=False)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 0
    assert await fetch_value("SELECT count(*) FROM dwelling_batch") == 1


async def test_a_draft_stays_when_its_yes_is_missing(db: Database) -> None:
    """M8: the refusal loses nothing: the same draft is confirmed next."""
    await apply(export(rows(100)))
    draft = await service.draft_import(wish(export(rows(10))), 7, SYSTEM)
    with pytest.raises(errors.ListNeedsConfirmation):
        await service.apply_draft(draft, 7, SYSTEM, "Hélène", confirmed=False)
    outcome = await service.apply_draft(draft, 7, SYSTEM, "Hélène", confirmed=True)
    assert outcome.counts["gone"] == 90


async def test_a_draft_is_thrown_away_when_nobody_applied_it_in_a_day(db: Database) -> None:
    """A landlord's list is not kept for nothing; the same bytes stay while another draft has them."""
    twice = [await service.draft_import(wish(export(rows(5))), 7, SYSTEM) for _ in range(2)]
    await fetch(
        "UPDATE dwelling_draft SET created_at = now() - interval '25 hours' WHERE public_id = $1",
        twice[0],
    )
    await service.draft_import(wish(export(rows(6))), 7, SYSTEM)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 2
    await fetch("UPDATE dwelling_draft SET created_at = now() - interval '25 hours'")
    await service.draft_import(wish(export(rows(7))), 7, SYSTEM)
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1


async def test_the_trace_says_who_and_how_many_when_a_list_is_applied(db: Database) -> None:
    outcome = await service.import_dwellings(wish(export(rows(5))), By(Actor.PERSON, 7))
    entry = await one("SELECT * FROM audit_entry")
    assert (entry["verb"], entry["actor_id"]) == ("dwellings.imported", 7)
    assert entry["object_id"] == outcome.batch
    assert '"new": 5' in entry["facts"]


async def test_eighteen_thousand_lines_come_in_when_two_are_wrong(db: Database) -> None:
    """M8: as long as the longest list we know, two of its lines wrong; then the same again."""
    lines = rows(18_000)
    lines[1203]["DATE_ENTREE"] = "00/00/0000"
    lines[7001]["ID_LOGEMENT"] = lines[7000]["ID_LOGEMENT"]
    first = await apply(export(lines))
    assert first.counts["new"] == 17_998
    assert [(bad.line, bad.column) for bad in first.rejected] == [
        (1205, "DATE_ENTREE"),
        (7003, "ID_LOGEMENT"),
    ]
    assert (await apply(export(lines))).counts["same"] == 17_998


REAL = Path(__file__).parents[4] / "shared" / "data" / "logements.csv"


@pytest.mark.skipif(not REAL.is_file(), reason="the sample export is not beside this checkout")
async def test_the_sample_export_comes_in_when_it_is_there(db: Database) -> None:
    """M8: 18,000 lines, two of them wrong, then the same again."""
    content = REAL.read_bytes()
    first = await apply(content)
    assert (first.counts["new"], len(first.rejected)) == (17_999, 2)
    assert (await apply(content)).counts["same"] == 17_999
