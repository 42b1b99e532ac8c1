"""Partners, their shops and tills."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    Row,
    binary,
    instant,
    integer,
    real,
    refers,
    text,
    texts,
    wall_time,
    word,
)
from backend.merchants.rules import PartnerCategory, PartnerKind


class Partner(Row):
    public_id = text(unique=True)
    name = text()
    kind = word(PartnerKind)
    category = word(PartnerCategory)
    siret = text(null=True)
    story = text()
    email = text(null=True)
    phone = text(null=True)
    picture = text(null=True)
    search = text()
    created_at = instant()
    closed_at = instant(null=True)


class Shop(Row):
    """A point of sale. Coordinates are set by staff, never asked of a geocoding service."""

    public_id = text(unique=True)
    slug = text(unique=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT)
    name = text()
    street = text()
    postcode = text()
    town = text()
    phone = text(null=True)
    latitude = real(null=True)
    longitude = real(null=True)
    photo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True, index=False)
    created_at = instant()
    closed_at = instant(null=True)

    on_earth = Check(
        "(latitude IS NULL) = (longitude IS NULL) "
        "AND (latitude IS NULL OR (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180))"
    )


class ShopHours(Row):
    """Weekly opening, wall time in Europe/Paris; several ranges a day."""

    shop = refers("Shop", "merchants", on_delete=RESTRICT)
    weekday = integer()
    opens = wall_time()
    closes = wall_time()

    sane = Check("weekday BETWEEN 0 AND 6 AND opens < closes")


class Till(Row):
    """One enrolled device. Only hashes of its secrets are stored (V24)."""

    public_id = text(unique=True)
    shop = refers("Shop", "merchants", on_delete=RESTRICT)
    name = text()
    cashiers = texts()
    token_hash = binary(null=True, unique=True)
    cookie_hash = binary(null=True, unique=True)
    enrol_hash = binary(null=True, unique=True)
    enrol_until = instant(null=True)
    created_at = instant()
    enrolled_at = instant(null=True)
    seen_at = instant(null=True)
    revoked_at = instant(null=True)

    alive = Index(["shop"], where="revoked_at IS NULL")
