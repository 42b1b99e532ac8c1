"""Two hundred thousand open vouchers of five thousand households, and the text of their codes."""

from datetime import timedelta
from typing import Any

from backend import settings as configuration
from backend.kit import clock, codes
from backend.kit.database import fetch
from backend.vouchers import keyring
from tests import factories
from tests.bench.stage import Stage
from tests.factories import Market

OPEN = 200_000
HOUSEHOLDS = 5_000
CHUNK = 20_000  # each statement within its time-out
PEOPLE = (
    "INSERT INTO person (public_id, given_name, family_name, language, search, created_at)"
    " SELECT 'bench ' || n, 'Alice', 'Nom' || n % 500, 'fr', 'alice nom' || n % 500, now()"
    " FROM generate_series(1, $1::int) n"
)
CONTACTS = (
    "INSERT INTO contact_point (public_id, person, channel, value, verified_at, created_at)"
    " SELECT p.public_id, p.id, 'email', p.id || '@example.org', now(), now() FROM person p"
    " WHERE p.public_id LIKE 'bench %'"
)
HOMES = (
    "WITH made AS (INSERT INTO payer (public_id, name, street, postcode, town, created_at)"
    " SELECT 'bench ' || n, y.name, y.street, y.postcode, y.town, y.created_at FROM household h"
    " JOIN payer y ON y.id = h.payer, generate_series(1, $1::int) n WHERE h.id = $2"
    " RETURNING id, substr(public_id, 7)::int AS n)"
    " INSERT INTO household (public_id, tile, payer, category, proof, street, postcode, town,"
    " created_at) SELECT 'BEN-' || y.n, -y.n, y.id, h.category, h.proof, h.street, h.postcode,"
    " h.town, h.created_at FROM household h, made y WHERE h.id = $2"
)
LIVES = (
    "INSERT INTO household_member (household, person, adult, joined_on)"
    " SELECT h.id, p.id, true, current_date - 400 FROM household h"
    " JOIN person p ON p.public_id = 'bench ' || substr(h.public_id, 5)"
    " WHERE h.public_id LIKE 'BEN-%'"
)
PAID = (
    "INSERT INTO period (household, during, category, paid_cents, pay_order, created_at)"
    " SELECT h.id, p.during, p.category, p.paid_cents, p.pay_order, p.created_at"
    " FROM household h, period p WHERE h.public_id LIKE 'BEN-%' AND p.household = $1"
)
VOUCHERS = """
INSERT INTO voucher (long_id, code, household, claimant, offer, offer_version, partner, state,
                     period, slot, claimer, issued_at, valid_from, valid_until, generation,
                     hold_extended, round, changed_at)
SELECT decode(lpad(to_hex(n), 24, '0'), 'hex'), 'B' || lpad(n::text, 11, '0'), h.id, p.id, $1, 1,
       $2, 'issued', 'bench', n, 0, now(), current_date - 1, $3, 1, false, 0, now()
FROM generate_series($4::int, $5::int) n
JOIN household h ON h.public_id = 'BEN-' || (n % $6::int + 1)
JOIN person p ON p.public_id = 'bench ' || (n % $6::int + 1)
"""


def sign_as(club: Stage) -> None:
    """Codes made here bear the signature that the server knows."""
    settings = configuration.load({"PALIER_ENV": "test", "PALIER_HOME": str(club.home)})
    keyring.use(settings.signing_keys)


async def settle(households: int, like: int) -> None:
    """So many households of one adult with an e-mail address; each has paid as the one with the id `like`."""
    await fetch(PEOPLE, households)
    await fetch(CONTACTS)
    await fetch(HOMES, households, like)
    await fetch(LIVES)
    await fetch(PAID, like)


async def fill(club: Stage, market: Market, vouchers: int) -> None:
    """One true member, copied; vouchers of distinct households, as in a town."""
    alice = await factories.add_member()
    await settle(HOUSEHOLDS, alice.household_id)
    until = clock.end_of_day(clock.today() + timedelta(days=20))
    for first in range(1, vouchers + 1, CHUNK):
        last = min(first + CHUNK - 1, vouchers)
        await fetch(VOUCHERS, market.offer.id, market.partner.id, until, first, last, HOUSEHOLDS)
    await club.analyze()


async def payloads(wanted: int) -> list[dict[str, Any]]:
    """Vouchers spread over all of them, with the text of their code."""
    rows = await fetch(
        "SELECT id, long_id, household, claimant, offer, partner, valid_until FROM voucher"
        " ORDER BY md5(id::text) LIMIT $1",
        wanted,
    )
    return [{**dict(row), "payload": _sealed(row)} for row in rows]


def _sealed(row: Any) -> str:
    voucher = codes.Voucher(
        long_id=bytes(row["long_id"]),
        offer=row["offer"],
        place=codes.Place.PARTNER,
        place_id=row["partner"],
        valid_until=row["valid_until"],
        generation=1,
    )
    return codes.seal(voucher, keyring.signing_keys())
