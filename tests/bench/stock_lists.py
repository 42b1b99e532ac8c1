"""L44: lists of 5,000 items, copies and members, seconds for each step; the bound is 10 s."""

import asyncio
import shutil
import tempfile
from pathlib import Path

from backend import migrations
from backend.audit.service import SYSTEM
from backend.kit import database
from backend.kit.embedded import Embedded
from backend.kit.sheets import Format, render
from backend.lending.queries import exporting
from backend.lending.rules import ListKind
from backend.lending.service import importing, inventory
from tests import lending
from tests.bench.figures import timed, told

ROWS, BOUND = 5_000, 10
ITEMS = "CODE;NOM;CATEGORIE;REGLES;CONCIERGERIE;DESCRIPTION;VALEUR;PIECES\n" + "".join(
    f"P-{n};Objet {n};Outils;Prêt;tilleuls;Une phrase de description.;{n % 90 + 10},50;a | b\n"
    for n in range(ROWS)
)
COPIES = "CODE;OBJET;RAYON\n" + "".join(f"E-{n};P-{n % 500};A{n % 40}\n" for n in range(ROWS))
MEMBERS = "CODE;FOYER;PRENOM;NOM;TARIF;RUE;CODE_POSTAL;VILLE;EMAIL\n" + "".join(
    f"M-{n};M-{n - n % 2};Prénom {n};Nom {n};voisin;{n} rue Haute;80000;Amiens;m{n}@example.org\n"
    for n in range(ROWS)
)


async def run() -> None:
    home = Path(tempfile.mkdtemp(prefix="palier-bench-"))
    embedded = Embedded(home)
    try:
        running = embedded.start()
        await asyncio.to_thread(migrations.upgrade, running.owner_url)
        await database.open_pool(running.app_url)
        await lending.add_shelf()
        await inventory.make_policy(SYSTEM, lending.policy(name="Prêt"))
        for kind, first in (
            (ListKind.ITEMS, ITEMS),
            (ListKind.COPIES, COPIES),
            (ListKind.MEMBERS, MEMBERS),
        ):
            await _measure(kind, first.encode())
        await database.close_pool()
    finally:
        embedded.erase()
        shutil.rmtree(home, ignore_errors=True)


async def _measure(kind: ListKind, content: bytes) -> None:
    await _told(f"{kind.value}: dry run", kind, content, dry_run=True)
    await _told(f"{kind.value}: applied", kind, content)
    file = render(await exporting.sheet(kind), Format.CSV, "bench")
    await _told(f"{kind.value}: its own export again", kind, file)


async def _told(what: str, kind: ListKind, content: bytes, *, dry_run: bool = False) -> None:
    async def act() -> None:
        outcome = await importing.bring(kind, content, SYSTEM, dry_run=dry_run)
        assert outcome.rejected == []

    seconds = await timed(act) / 1000
    kept = "kept" if seconds < BOUND else "not kept"
    told(f"{what}, {ROWS} rows, bound {BOUND} s {kept}", seconds, "s")
