"""Lists come in whole or not at all, the same again changes nothing, and exports read back (L44)."""

from datetime import date

import pytest

from backend.audit.service import SYSTEM
from backend.kit.database import fetch, fetch_value
from backend.kit.errors import Missing
from backend.kit.sheets import Format, render
from backend.lending.errors import ListHasErrors
from backend.lending.queries import exporting
from backend.lending.rules import ListKind
from backend.lending.service import holding, importing, inventory
from backend.lending.service.importing import Outcome
from backend.membership.queries import Member
from tests import lending
from tests.lending import Shelf, day, mine, want, whom

ITEMS = """CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE;VALEUR;PIECES
P-1;Perceuse;Outils;Prêt;tilleuls;89,90;mèche | chargeur
P-2;"Échelle; 3 m";Outils;prêt;Tilleuls;120;
"""
COPIES = "CODE;OBJET;RAYON;KILOMETRES;RETIRE\nE-1;P-1;A1;;\nE-2;P-1;A2;;\nE-3;P-2;B1;12;\n"
CLOSURES = (
    "CODE;CONCIERGERIE;PREMIER_JOUR;DERNIER_JOUR;DE;A;RAISON\nF-1;;24/11/2026;;;;Inventaire\n"
)
TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def stocked(shelf: Shelf) -> Shelf:
    await inventory.make_policy(SYSTEM, lending.policy(name="Prêt"))
    await bring(ListKind.ITEMS, ITEMS)
    await bring(ListKind.COPIES, COPIES)
    return shelf


async def bring(kind: ListKind, text: str, *, dry_run: bool = False) -> Outcome:
    return await importing.bring(kind, text.encode(), SYSTEM, dry_run=dry_run)


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.new, outcome.changed, outcome.same


async def test_the_same_list_again_changes_nothing(stocked: Shelf) -> None:
    """L44: idempotent on the external code; what differs is changed, never doubled."""
    assert counts(await bring(ListKind.ITEMS, ITEMS)) == (0, 0, 2)
    assert counts(await bring(ListKind.COPIES, COPIES)) == (0, 0, 3)
    dearer = ITEMS.replace("89,90", "95")
    assert counts(await bring(ListKind.ITEMS, dearer, dry_run=True)) == (0, 1, 1)
    assert counts(await bring(ListKind.ITEMS, dearer)) == (0, 1, 1)
    rows = await fetch(
        "SELECT name, replacement_cents, pieces, search FROM resource ORDER BY external_code"
    )
    assert [tuple(row) for row in rows] == [
        ("Perceuse", 9500, ["mèche", "chargeur"], " perceuse outils"),
        ("Échelle; 3 m", 12000, [], " echelle 3 m outils"),
    ]
    assert await fetch_value("SELECT count(DISTINCT code) FROM unit") == 3


async def test_nothing_is_applied_when_one_line_is_wrong(stocked: Shelf) -> None:
    """L44: all or nothing; a dry run names each line and column, and writes nothing."""
    wrong = (
        ITEMS
        + "P-3;Scie;Outils;Inconnu;ailleurs;;\nP-4;;Outils;Prêt;tilleuls;;\nP-5;Pelle;Jardin;Prêt;tilleuls;;\n"
    )
    told = await bring(ListKind.ITEMS, wrong, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [
        (4, "REGLES"),
        (4, "CONCIERGERIE"),
        (5, "NOM"),
    ]
    with pytest.raises(ListHasErrors):
        await bring(ListKind.ITEMS, wrong)
    assert await fetch_value("SELECT count(*) FROM resource") == 2
    moved = COPIES.replace("E-3;P-2", "E-3;P-1").replace("E-2;P-1", "E-2;P-9")
    told = await bring(ListKind.COPIES, moved, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(3, "OBJET"), (4, "OBJET")]
    lost = await bring(ListKind.CLOSURES, CLOSURES.replace("F-1;;", "F-1;ailleurs;"), dry_run=True)
    assert [(each.line, each.column) for each in lost.rejected] == [(2, "CONCIERGERIE")]


async def test_a_copy_that_is_booked_is_not_retired_by_a_list(
    stocked: Shelf, alice: Member
) -> None:
    """L44: relabel, move and retire in bulk; what somebody waits for stays."""
    ladder = await fetch_value("SELECT public_id FROM resource WHERE external_code = 'P-2'")
    lent = lending.Lent(ladder, "Échelle", [])
    booked = await holding.book(
        mine(alice), whom(alice), [want(lent, day("2026-11-24"))], accepted=True
    )
    assert booked.lines
    retired = COPIES.replace("B1;12;", "B2;13;oui").replace("A2;;", "A9;;oui")
    told = await bring(ListKind.COPIES, retired, dry_run=True)
    assert [(each.line, each.column) for each in told.rejected] == [(4, "RETIRE")]
    assert counts(await bring(ListKind.COPIES, retired.replace("13;oui", "13;"))) == (0, 2, 1)
    rows = await fetch(
        "SELECT external_code, shelf, retired_at IS NULL AS lent FROM unit ORDER BY external_code"
    )
    assert [tuple(row) for row in rows] == [
        ("E-1", "A1", True),
        ("E-2", "A9", False),
        ("E-3", "B2", True),
    ]


async def test_columns_that_are_left_out_keep_what_stands(stocked: Shelf) -> None:
    """L44: a list of names takes no value away, and brings no retired copy back."""
    await bring(ListKind.COPIES, COPIES.replace("E-3;P-2;B1;12;", "E-3;P-2;B1;12;oui"))
    names = "CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE\nP-1;Foreuse;Outils;Prêt;tilleuls\n"
    assert counts(await bring(ListKind.ITEMS, names)) == (0, 1, 0)
    [item] = await fetch("SELECT replacement_cents, pieces FROM resource WHERE name = 'Foreuse'")
    assert tuple(item) == (8990, ["mèche", "chargeur"])
    assert counts(await bring(ListKind.COPIES, "CODE;OBJET;RAYON\nE-3;P-2;C4\n")) == (0, 1, 0)
    [copy] = await fetch(
        "SELECT shelf, kilometres, retired_at IS NOT NULL FROM unit WHERE external_code = 'E-3'"
    )
    assert tuple(copy) == ("C4", 12, True)
    await bring(ListKind.CLOSURES, CLOSURES.replace("F-1;;", "F-1;tilleuls;"))
    days = "CODE;PREMIER_JOUR;RAISON\nF-1;25/11/2026;Inventaire\n"
    assert counts(await bring(ListKind.CLOSURES, days)) == (0, 1, 0)
    assert await fetch_value("SELECT count(*) FROM site_closure WHERE site IS NULL") == 0


async def test_a_list_sends_nothing_elsewhere_that_somebody_comes_for(stocked: Shelf) -> None:
    """L44: as the page of the thing refuses it; and what has no copies gets none."""
    await lending.add_shelf("lilas")
    [wrong] = (
        await bring(ListKind.ITEMS, ITEMS.replace("Tilleuls", "lilas"), dry_run=True)
    ).rejected
    assert (wrong.line, wrong.column) == (3, "CONCIERGERIE")
    drill = await fetch_value("SELECT public_id FROM resource WHERE external_code = 'P-1'")
    await stocked.resource("Lot", copies=0, external_code="K")
    kit = await fetch_value("SELECT public_id FROM resource WHERE external_code = 'K'")
    await inventory.set_kit(SYSTEM, kit, {drill: 1})
    [wrong] = (await bring(ListKind.COPIES, "CODE;OBJET\nE-9;K\n", dry_run=True)).rejected
    assert (wrong.line, wrong.column) == (2, "OBJET")


async def test_closures_of_a_list_move_what_they_meet(stocked: Shelf, alice: Member) -> None:
    """L44, L18: as if the office had closed those days; changed days go back first."""
    ladder = await fetch_value("SELECT public_id FROM resource WHERE external_code = 'P-2'")
    lent = lending.Lent(ladder, "Échelle", [])
    await holding.book(mine(alice), whom(alice), [want(lent, day("2026-11-24"))], accepted=True)
    starts = "SELECT lower(during) FROM booking_line"
    assert counts(await bring(ListKind.CLOSURES, CLOSURES)) == (1, 0, 0)
    assert await fetch_value(starts) == day("2026-11-25")
    assert counts(await bring(ListKind.CLOSURES, CLOSURES)) == (0, 0, 1)
    later = CLOSURES.replace("24/11/2026", "01/12/2026")
    assert counts(await bring(ListKind.CLOSURES, later)) == (0, 1, 0)
    assert await fetch_value(starts) == day("2026-11-24")
    assert await fetch_value("SELECT count(*) FROM site_closure WHERE withdrawn_at IS NULL") == 1


async def test_an_export_reads_back_as_it_is(stocked: Shelf) -> None:
    """L44: the round trip, also of what got no code from elsewhere."""
    said = {"pieces": ("lame", "étui"), "description": "Prix\u00a0: 45\u202f€, «\u00a0neuf\u00a0»"}
    await stocked.resource("Scie -- égoïne", copies=2, **said)
    await bring(ListKind.CLOSURES, CLOSURES)
    for kind, rows in ((ListKind.ITEMS, 3), (ListKind.COPIES, 5), (ListKind.CLOSURES, 1)):
        file = render(await exporting.sheet(kind), Format.CSV, "N° 1, Hélène")
        outcome = await importing.bring(kind, file, SYSTEM)
        assert (counts(outcome), outcome.rejected) == ((0, 0, rows), [])


async def test_a_draft_is_applied_once_by_who_looked_at_it(stocked: Shelf) -> None:
    """L44: the dry run is what will happen; a second press does nothing."""
    more = ITEMS + "P-3;Scie;Outils;Prêt;tilleuls;;\n"
    draft = await importing.draft(ListKind.ITEMS, more.encode(), "objets.csv", 7, SYSTEM)
    found, outcome = await importing.look_at(draft, 7)
    assert (found.file_name, counts(outcome)) == ("objets.csv", (1, 0, 2))
    with pytest.raises(Missing):
        await importing.look_at(draft, 8)
    assert counts(await importing.apply(draft, 7, SYSTEM)) == (1, 0, 2)
    with pytest.raises(Missing):
        await importing.apply(draft, 7, SYSTEM)
    assert await fetch_value("SELECT count(*) FROM resource") == 3
