"""The demo club's partners sign and pay: some years run, one is owed, one firm waits, one has just asked.

Each partner is done once: a start that was interrupted goes on with the next.
"""

from collections.abc import Iterator
from datetime import timedelta

from backend.audit.service import SYSTEM
from backend.billing import lines
from backend.billing.rules import PayWay
from backend.billing.statements import Entry
from backend.identity.visits import Visit
from backend.kit import clock
from backend.kit.database import fetch, fetch_value
from backend.kit.seals import Seals
from backend.merchants import contracts, jobs
from backend.merchants import service as merchants
from backend.merchants.rules import PartnerCategory, PartnerKind
from backend.merchants.service import Application, Draft
from backend.merchants.trades import number_of
from backend.sandbox.demo import export
from backend.sandbox.demo.firms import FIRMS, TOWNS, Firm
from backend.settings import Settings

SOURCE = "demo"
# The trade of each building firm; the second of the last one is taken, so that it waits for it.
TRADES = {
    "Plomberie Fildeau": ("43.22A",),
    "Électricité Voltigeur": ("43.21A",),
    "Peinture Clairemur": ("43.34Z",),
    "Menuiserie Copeau": ("43.32A",),
    "Serrurerie Passe-Porte": ("43.32B",),
    "Vitrerie Beaujour": ("43.39Z",),
    "Chauffage Bonne-Bise": ("43.22B", "43.22A"),
}
OWING = "Literie Plumedoux"
APART, LONGEST = 23, 320  # days between two contracts' beginnings, and since the oldest at most
ASKING = Application(
    name="Carrelage Quatre-Pas",
    siret="90412376700017",
    kind=PartnerKind.FIRM,
    category=PartnerCategory.TRADES,
    street="19 rue des Pas Perdus",
    postcode=TOWNS[0].postcode,
    town=TOWNS[0].name,
    given_name="Inès",
    family_name="Quatrepas",
    email="ines@quatre-pas.example",
    phone="06 39 98 40 21",
    story="Nous posons du carrelage, surtout dans les salles de bains.",
    trades=(number_of("43.33Z"),),
)


async def sign_all(settings: Settings) -> None:
    """The oldest first, as invoices are numbered."""
    for ago, firm in sorted(_begun(), key=lambda each: -each[0]):
        partner_id = await fetch_value("SELECT id FROM partner WHERE name = $1", firm.name)
        if not await contracts.contracts_of(partner_id):
            with clock.frozen(clock.now() - timedelta(days=ago)):
                await _sign(firm, partner_id)
    await _draw_map()
    await merchants.apply(_visit(settings), ASKING)
    await jobs.keep_up()


async def _draw_map() -> None:
    """One quarter is a territory of its own; the firms that were there before have it too."""
    if await contracts.territories():
        return
    quarter = export.VERTE_CROIX
    rows = await fetch("SELECT public_id FROM residence WHERE postcode = $1", quarter.postcode)
    await merchants.make_territory(SYSTEM, quarter.name, [row["public_id"] for row in rows])


def _begun() -> Iterator[tuple[int, Firm]]:
    """How many days ago each signed; who has the plumbers' place did so before who waits for it."""
    for at, firm in enumerate(FIRMS):
        yield 5 if firm.name == OWING else (30 + at * APART) % LONGEST, firm


async def _sign(firm: Firm, partner_id: int) -> None:
    public_id = await merchants.draw_contract(SYSTEM, partner_id, await _draft(firm))
    contract = await merchants.accept_contract(SYSTEM, public_id, signer=_signer(firm))
    if not contract.to_pay:
        return
    ordered = await merchants.order_dues(SYSTEM, public_id, PayWay.TRANSFER)
    if firm.name == OWING or ordered is None:
        return
    name = f"{firm.name}, {public_id}"
    entry = Entry(clock.today(), contract.dues_cents, f"VIR {name}", firm.name)
    await lines.add_lines(SYSTEM, [entry], SOURCE)
    line = next(one for one in await lines.waiting() if one.label == f"VIR {name}")
    await merchants.match_transfer(SYSTEM, line.public_id, ordered.public_id)


async def _draft(firm: Firm) -> Draft:
    trades = tuple(number_of(code) for code in TRADES.get(firm.name, ()))
    kind = _kind(firm)
    club = await contracts.terms()
    town = TOWNS[firm.town]
    return Draft(
        kind=kind,
        first_day=clock.today(),
        dues_cents=club.dues_cents(kind),
        campaigns_a_year=club.campaigns_a_year,
        name=firm.name,
        street=firm.streets[0],
        postcode=town.postcode,
        town=town.name,
        trades=trades,
    )


def _kind(firm: Firm) -> PartnerKind:
    """A farm or a driving school is a firm too, and builds nothing: it pays what a shop pays."""
    if firm.kind is PartnerKind.FIRM and firm.name not in TRADES:
        return PartnerKind.SHOP
    return firm.kind


def _signer(firm: Firm) -> str:
    return firm.cashiers[0] if firm.cashiers else "La gérance"


def _visit(settings: Settings) -> Visit:
    return Visit(
        ip="192.0.2.14",
        device="",
        request_id="demo",
        session_token=None,
        seals=Seals(settings.secret_keys),
        channels=frozenset(),
        base_url=settings.base_url,
    )
