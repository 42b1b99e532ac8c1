"""How the demo club looks after what it lends: checks that come again, a kit, sacks that nobody counts."""

from backend.audit.service import SYSTEM, person
from backend.kit import codes
from backend.kit.database import fetch_one, fetch_value
from backend.lending import service as lending
from backend.lending.bulk import BulkWish
from backend.lending.rules import BulkKind
from backend.lending.service import ResourceWish, bulk, plans
from backend.lending.service.plans import PlanWish
from backend.lending.values import Ask

ROOM, SCREEN, CAR, DRILL = (
    "Salle commune des Tilleuls",
    "Vidéoprojecteur",
    "Voiture électrique du palier",
    "Perceuse à percussion",
)
MANAGER = "responsable@example.org"


async def look_after_things() -> None:
    """Does nothing where a plan stands already."""
    if await fetch_value("SELECT EXISTS (SELECT 1 FROM upkeep_plan)"):
        return
    check = PlanWish(name="Vérifier le câble et le mandrin", every_loans=20, every_months=12)
    await plans.make_plan(SYSTEM, await _named(DRILL), check)
    garage = PlanWish(name="Révision", every_months=12, every_kilometres=15_000, grace_days=14)
    await plans.make_plan(SYSTEM, await _named(CAR), garage)
    await _kit()
    await _sacks()
    await _tidy()


async def _kit() -> None:
    room = await fetch_one(
        "SELECT r.site, p.public_id AS policy FROM resource r JOIN lending_policy p ON p.id = r.policy"
        " WHERE r.name = $1",
        ROOM,
    )
    assert room is not None
    wish = ResourceWish(
        site_id=room["site"],
        policy=room["policy"],
        name="Salle commune avec vidéoprojecteur",
        category="Salles",
        description="Pour un film entre voisins ou une réunion.",
    )
    kit = await lending.add_resource(SYSTEM, wish)
    await lending.set_kit(SYSTEM, kit, {await _named(ROOM): 1, await _named(SCREEN): 1})


async def _sacks() -> None:
    tool = await fetch_one(
        "SELECT r.site, p.public_id AS policy FROM resource r JOIN lending_policy p ON p.id = r.policy"
        " WHERE r.name = $1",
        DRILL,
    )
    assert tool is not None
    wish = ResourceWish(
        site_id=tool["site"],
        policy=tool["policy"],
        name="Sacs à déchets verts",
        category="Outils",
        counted=False,
    )
    await lending.add_resource(SYSTEM, wish)


async def _tidy() -> None:
    """One act on many copies, which the manager may still undo."""
    manager = await fetch_value("SELECT person FROM contact_point WHERE value = $1", MANAGER)
    units = await fetch_value(
        "SELECT array_agg(u.code ORDER BY u.id) FROM unit u JOIN resource r ON r.id = u.resource"
        " WHERE r.name = $1",
        SCREEN,
    )
    wish = BulkWish(kind=BulkKind.SHELF, units=tuple(units), shelf="Armoire 2")
    await bulk.act_on(Ask(by=person(manager), key=codes.random_id()), wish)


async def _named(name: str) -> str:
    found: str = await fetch_value("SELECT public_id FROM resource WHERE name = $1", name)
    return found
