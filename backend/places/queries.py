"""The club, its landlords and sites, as screens read them."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kit.database import fetch, fetch_as, fetch_one, fetch_one_as, fetch_value
from backend.kit.errors import Missing
from backend.places.rules import ChangeKind, Rejected

SHOWN = 200


class LandlordCard(msgspec.Struct, frozen=True):
    """A landlord with what its last list had."""

    id: int
    public_id: str
    slug: str
    name: str
    residences: int
    dwellings: int
    let: int


class Counts(msgspec.Struct, frozen=True):
    new: int
    changed: int
    same: int
    gone: int


class BatchCard(msgspec.Struct, frozen=True, kw_only=True):
    """One import. `newest`: nothing later changed these dwellings, so that it can be undone."""

    id: int
    public_id: str
    landlord_name: str
    file_name: str
    applied_at: datetime
    applied_by: str
    counts: Counts
    rejected: list[Rejected]
    undone_at: datetime | None
    undone_by: str | None
    newest: bool

    @property
    def can_undo(self) -> bool:
        moved = self.counts.new + self.counts.changed + self.counts.gone
        return self.undone_at is None and self.newest and moved > 0


class Change(msgspec.Struct, frozen=True):
    kind: ChangeKind
    external_id: str
    residence: str
    address: str


class Club(msgspec.Struct, frozen=True, kw_only=True):
    """The club as it is printed."""

    name: str
    short_name: str
    street: str
    postcode: str
    town: str
    email: str
    phone: str
    rna: str
    siret: str | None


async def find_club() -> Club | None:
    """None before one is set up."""
    return await fetch_one_as(
        Club,
        "SELECT name, short_name, street, postcode, town, email, phone, rna, siret FROM club",
    )


async def club_name() -> str:
    """The club's name; before one is set up, the software's."""
    name: str | None = await fetch_value("SELECT name FROM club")
    return name or "Palier"


async def landlords() -> list[LandlordCard]:
    return await fetch_as(
        LandlordCard,
        "SELECT l.id, l.public_id, l.slug, l.name,"
        " (SELECT count(*) FROM residence r WHERE r.landlord = l.id) AS residences,"
        " count(d.id) AS dwellings, count(d.id) FILTER (WHERE d.occupancy = 'let') AS let"
        " FROM landlord l LEFT JOIN dwelling d ON d.landlord = l.id AND d.gone_at IS NULL"
        " GROUP BY l.id ORDER BY l.slug",
    )


async def batches() -> list[BatchCard]:
    """The newest imports of all landlords."""
    rows = await fetch(f"{_BATCH} ORDER BY b.id DESC LIMIT {SHOWN}")
    return [_batch(row) for row in rows]


async def get_batch(public_id: str) -> BatchCard:
    row = await fetch_one(f"{_BATCH} WHERE b.public_id = $1", public_id)
    if row is None:
        raise Missing
    return _batch(row)


async def changes_of(batch_id: int) -> list[Change]:
    """What a batch did, the dwellings that went first; at most SHOWN."""
    rows = await fetch(
        "SELECT c.kind, d.external_id, r.name AS residence, concat_ws(', ', d.street,"
        " d.postcode || ' ' || d.town) AS address FROM dwelling_change c"
        " JOIN dwelling d ON d.id = c.dwelling JOIN residence r ON r.id = d.residence"
        " WHERE c.batch = $1 ORDER BY c.kind DESC, d.external_id LIMIT $2",
        batch_id,
        SHOWN,
    )
    return [msgspec.convert(dict(row), Change) for row in rows]


_BATCH = (
    "SELECT b.id, b.public_id, l.name AS landlord_name, b.file_name, b.applied_at, b.applied_by,"
    " b.counts, b.rejected, b.undone_at, b.undone_by, NOT EXISTS (SELECT 1 FROM dwelling_batch n"
    "  WHERE n.landlord = b.landlord AND n.id > b.id AND n.undone_at IS NULL AND EXISTS"
    "  (SELECT 1 FROM dwelling_change c WHERE c.batch = n.id)) AS newest"
    " FROM dwelling_batch b JOIN landlord l ON l.id = b.landlord"
)


def _batch(row: Any) -> BatchCard:
    values = dict(row)
    values["counts"] = msgspec.json.decode(values["counts"], type=Counts)
    values["rejected"] = msgspec.json.decode(values["rejected"], type=list[Rejected])
    return BatchCard(**values)
