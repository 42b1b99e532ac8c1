"""Partners, their shops and tills; their contracts, and the places they hold."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Exclude,
    Index,
    PartialUnique,
    Row,
    Unique,
    binary,
    cents,
    day,
    days,
    document,
    instant,
    integer,
    integers,
    real,
    refers,
    text,
    texts,
    wall_time,
    word,
)
from backend.merchants.rules import PartnerCategory, PartnerKind, PlaceState
from backend.merchants.trades import BY_NUMBER
from backend.merchants.wishes import Answer, Part


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


class Territory(Row):
    """Residences within which one firm a trade is taken; what is in none is the rest of the club.

    Disjoint on purpose: two territories that shared a residence would give it two plumbers (P1).
    """

    public_id = text(unique=True)
    name = text(unique=True)
    created_at = instant()


class TerritoryResidence(Row):
    """A residence lies in one territory at most."""

    territory = refers("Territory", "merchants", on_delete=RESTRICT)
    residence = refers("Residence", "places", on_delete=RESTRICT, index=False)

    residence_once = Unique(["residence"])


class PartnerSetting(Row):
    """What the club asks of partners (rules.Terms); without a row, the house's own."""

    one = integer(default=1)
    shop_cents = cents()
    firm_cents = cents()
    association_cents = cents()
    campaigns_a_year = integer()
    grace_days = integer()
    renew_days = integer()
    offer_days = integer()
    hold_days = integer()
    vat_text = text()
    updated_at = instant()

    single = Check("one = 1")
    once = Unique(["one"])
    sane = Check(
        "least(shop_cents, firm_cents, association_cents, campaigns_a_year, grace_days) >= 0"
        " AND least(renew_days, offer_days, hold_days) >= 1"
    )


class PartnerApplication(Row):
    """A firm that asked to become a partner. Waiting, accepted or refused follows from its facts."""

    public_id = text(unique=True)
    siret = text()
    name = text()
    kind = word(PartnerKind)
    category = word(PartnerCategory)
    trades = integers()
    story = text()
    hours = document()
    photo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True, index=False)
    street = text()
    postcode = text()
    town = text()
    given_name = text()
    family_name = text()
    email = text()
    phone = text(null=True)
    asked_at = instant()
    decided_at = instant(null=True)
    decided_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    refused_because = text(null=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT, null=True)

    one_waiting = PartialUnique(["siret"], where="decided_at IS NULL")
    decided_whole = Check(
        "(decided_at IS NULL) = (decided_by IS NULL)"
        " AND (decided_at IS NOT NULL) = ((refused_because IS NOT NULL) OR (partner IS NOT NULL))"
    )


class Contract(Row):
    """A year between a partner and the club, with what it was agreed for. A renewal is another one.

    `terms_version`: of the text "convention", 0 the house's own. `accepted_by`: who clicked, or who
    of the staff has the signed paper; `signer` is the name under it. `owed_on`: grace is counted from
    there. `pay_order`: the one that pays it, open or paid; `paid_at`: its money came, or nothing is
    asked.
    """

    public_id = text(unique=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT)
    payer = refers("Payer", "billing", on_delete=RESTRICT)
    previous = refers("Contract", "merchants", on_delete=RESTRICT, null=True, index=False)
    kind = word(PartnerKind)
    during = days()
    dues_cents = cents()
    owed_on = day()
    campaigns_a_year = integer()
    terms_version = integer()
    drawn_at = instant()
    drawn_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    accepted_at = instant(null=True)
    accepted_how = text(null=True)
    accepted_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    signer = text(null=True)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, null=True)
    paid_at = instant(null=True)
    ended_on = day(null=True)
    ended_at = instant(null=True)
    ended_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    end_reason = text(null=True)

    sane = Check("dues_cents >= 0 AND campaigns_a_year BETWEEN 0 AND 366")
    accepted_whole = Check(
        "(accepted_at IS NULL) = (accepted_how IS NULL)"
        " AND (accepted_how IS NULL OR accepted_how IN ('online', 'paper'))"
        " AND (accepted_how IS DISTINCT FROM 'paper' OR signer IS NOT NULL)"
    )
    ended_whole = Check(
        "num_nulls(ended_on, ended_at, end_reason) IN (0, 3) AND (end_reason IS NULL"
        " OR end_reason IN ('left', 'club', 'abandoned', 'unpaid'))"
    )
    paid_after_yes = Check("paid_at IS NULL OR accepted_at IS NOT NULL")
    renewed_once = PartialUnique(["previous"], where="previous IS NOT NULL AND ended_on IS NULL")
    one_at_a_time = Exclude(
        ("int8range(partner, partner, '[]')", "="), ("during", "&&"), where="ended_on IS NULL"
    )


class ContractTrade(Row):
    """The trades a firm's contract is for, each in one territory, whether it has the place or waits."""

    contract = refers("Contract", "merchants", on_delete=RESTRICT)
    trade = integer()
    territory = refers("Territory", "merchants", on_delete=RESTRICT, null=True)

    once = PartialUnique(["contract", "trade", "coalesce(territory, 0)"], where="true")
    known = Check(f"trade IN ({', '.join(str(number) for number in sorted(BY_NUMBER))})")


class TradePlace(Row):
    """One firm a trade, a territory and a day: the constraint is the promise (P1).

    `until`: a place that is held or offered is free from then on, and the next writer frees it.
    `offered_until`: its firm's until then, whatever becomes of a payment that it begins.
    """

    contract = refers("Contract", "merchants", on_delete=RESTRICT)
    trade = integer()
    territory = refers("Territory", "merchants", on_delete=RESTRICT, null=True)
    during = days()
    state = word(PlaceState)
    until = instant(null=True)
    offered_until = instant(null=True)
    since = instant()
    freed_at = instant(null=True)

    known = Check(f"trade IN ({', '.join(str(number) for number in sorted(BY_NUMBER))})")
    ends = Check(
        "(state IN ('held', 'offered')) = (until IS NOT NULL)"
        " AND (state = 'freed') = (freed_at IS NOT NULL)"
    )
    alone = Exclude(
        ("int8range(trade, trade, '[]')", "="),
        ("int8range(coalesce(territory, 0), coalesce(territory, 0), '[]')", "="),
        ("during", "&&"),
        where="state <> 'freed'",
    )


class TradeWait(Row):
    """Who waits for a place, in the order they came (P1, P7). Nobody who waits is charged."""

    contract = refers("Contract", "merchants", on_delete=RESTRICT)
    trade = integer()
    territory = refers("Territory", "merchants", on_delete=RESTRICT, null=True)
    since = instant()
    place = refers("TradePlace", "merchants", on_delete=RESTRICT, null=True)
    ended_at = instant(null=True)
    end_reason = text(null=True)

    once = PartialUnique(["contract", "trade", "coalesce(territory, 0)"], where="ended_at IS NULL")
    ended_whole = Check(
        "(ended_at IS NULL) = (end_reason IS NULL)"
        " AND (end_reason IS NULL OR end_reason IN ('taken', 'lapsed', 'left'))"
    )
    in_order = Index(["trade", "since"], where="ended_at IS NULL")


class ShopFreedom(Row):
    """Which parts of a shop its merchant changes alone; the newest row holds. Append-only."""

    parts = texts()
    since = instant()
    by = refers("Person", "people", on_delete=RESTRICT, null=True)


class ShopChange(Row):
    """What a merchant asks to change of a shop, part by part; one of each waits at a time."""

    public_id = text(unique=True)
    shop = refers("Shop", "merchants", on_delete=RESTRICT)
    part = word(Part)
    hours = document(null=True)
    phone = text(null=True)
    photo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True)
    asked_by = refers("Person", "people", on_delete=RESTRICT)
    asked_at = instant()
    state = word(Answer)
    answered_at = instant(null=True)
    answered_by = refers("Person", "people", on_delete=RESTRICT, null=True)
    reason = text(null=True)

    one_waits = PartialUnique(["shop", "part"], where="state = 'waiting'")
    whole = Check(
        "(part = 'hours') = (hours IS NOT NULL) AND (part = 'photo' OR photo IS NULL)"
        " AND (part = 'phone' OR phone IS NULL)"
    )
    answered = Check(
        "(state = 'waiting') = (answered_at IS NULL) AND (state = 'refused') = (reason IS NOT NULL)"
    )
