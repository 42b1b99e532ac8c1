"""The club itself, landlords and what they rent, conciergerie sites and when they are open."""

from backend.kit.holidays import Zone
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    day,
    document,
    flag,
    instant,
    integer,
    real,
    refers,
    text,
    wall_time,
    word,
)
from backend.places.rules import ChangeKind


class Club(Row):
    """One installation is one club: exactly one row.

    `mail_name`, `reply_to` and `sms_sender` name the club on what it sends; empty, the settings do.
    """

    one = integer(default=1, unique=True)
    name = text()
    short_name = text()
    street = text()
    postcode = text()
    town = text()
    email = text()
    phone = text()
    rna = text()
    siret = text(null=True)
    grace_days = integer(default=30)
    debit_days = integer(default=14)
    opening_text = text()
    mail_name = text()
    reply_to = text()
    sms_sender = text()
    logo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True, index=False)
    updated_at = instant()

    single = Check("one = 1")
    grace_sane = Check("grace_days BETWEEN 0 AND 120")
    debit_sane = Check("debit_days BETWEEN 1 AND 20")


class LegalText(Row):
    """Legal notice, terms, privacy and so on, edited in the office; every version is kept."""

    slug = text()
    version = integer()
    title = text()
    body = text()
    published_at = instant()

    once = Unique(["slug", "version"])


class Landlord(Row):
    public_id = text(unique=True)
    slug = text(unique=True)
    name = text()
    created_at = instant()


class Residence(Row):
    """A place of a landlord. Exports use one code again in another town: the postcode tells apart.

    Name, postcode and town follow the list; coordinates and district are set by staff.
    """

    public_id = text(unique=True)
    landlord = refers("Landlord", "places", on_delete=RESTRICT)
    code = text()
    name = text()
    postcode = text()
    town = text()
    priority_district = flag(default=False)
    latitude = real(null=True)
    longitude = real(null=True)

    once = Unique(["landlord", "code", "postcode"])
    on_earth = Check(
        "(latitude IS NULL) = (longitude IS NULL) "
        "AND (latitude IS NULL OR (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180))"
    )


class Dwelling(Row):
    """A dwelling of a landlord's list. The list carries no names. `search` is where it is, folded."""

    landlord = refers("Landlord", "places", on_delete=RESTRICT, index=False)
    residence = refers("Residence", "places", on_delete=RESTRICT)
    external_id = text()
    contract_number = text()
    contract_folded = text(null=True)
    street = text()
    building = text()
    stair = text()
    floor = text()
    door = text()
    postcode = text()
    town = text()
    insee_code = text()
    rooms = integer()
    surface_dm2 = integer(null=True)
    priority_district = flag(default=False)
    agreement = text()
    entered_on = day(null=True)
    occupancy = text()
    search = text()
    gone_at = instant(null=True)

    once = Unique(["landlord", "external_id"])
    by_contract = Index(["contract_folded", "postcode"], where="gone_at IS NULL")
    rooms_sane = Check("rooms BETWEEN 1 AND 12")


class DwellingBatch(Row):
    """One import of a landlord's list; undone as one."""

    public_id = text(unique=True)
    landlord = refers("Landlord", "places", on_delete=RESTRICT)
    file_name = text()
    file_sha256 = text()
    applied_at = instant()
    applied_by = text()
    counts = document()
    rejected = document()
    undone_at = instant(null=True)
    undone_by = text(null=True)


class DwellingDraft(Row):
    """A list that somebody of the staff looks at before it is applied; only they may apply it."""

    public_id = text(unique=True)
    person_id = integer()
    landlord_slug = text()
    landlord_name = text()
    file_name = text()
    stored_file = refers("StoredFile", "kit", on_delete=RESTRICT)
    created_at = instant(index=True)


class DwellingChange(Row):
    """What a batch did to one dwelling, with what stood before."""

    batch = refers("DwellingBatch", "places", on_delete=RESTRICT)
    dwelling = refers("Dwelling", "places", on_delete=RESTRICT)
    kind = word(ChangeKind)
    before = document(null=True)

    once = Unique(["batch", "dwelling"])


class Site(Row):
    """A conciergerie site where a desk stands."""

    public_id = text(unique=True)
    slug = text(unique=True)
    name = text()
    street = text()
    postcode = text()
    town = text()
    phone = text()
    latitude = real(null=True)
    longitude = real(null=True)
    closed_at = instant(null=True)
    holiday_zone = word(Zone, default=Zone.METROPOLITAN)

    on_earth = Check(
        "(latitude IS NULL) = (longitude IS NULL) "
        "AND (latitude IS NULL OR (latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180))"
    )


class SiteHours(Row):
    """Weekly opening: several ranges a day, wall time in Europe/Paris."""

    site = refers("Site", "places", on_delete=RESTRICT)
    weekday = integer()
    opens = wall_time()
    closes = wall_time()

    once = PartialUnique(["site", "weekday", "opens"], where="true")
    sane = Check("weekday BETWEEN 0 AND 6 AND opens < closes")


class SiteClosure(Row):
    """Days that a site, or every site where none is named, does without its usual hours.

    Without `starts` and `ends` the whole day. Withdrawn it counts no more, and is still told.
    """

    public_id = text(unique=True)
    site = refers("Site", "places", on_delete=RESTRICT, null=True)
    first_on = day()
    last_on = day()
    starts = wall_time(null=True)
    ends = wall_time(null=True)
    reason = text()
    external_code = text(null=True)
    made_at = instant()
    withdrawn_at = instant(null=True)

    once = PartialUnique(
        ["external_code"], where="external_code IS NOT NULL AND withdrawn_at IS NULL"
    )
    in_order = Check("first_on <= last_on AND (starts IS NULL OR ends IS NULL OR starts < ends)")


class ExtraOpening(Row):
    """Hours of one day besides those of the week: a holiday, an evening, a day in a closure."""

    public_id = text(unique=True)
    site = refers("Site", "places", on_delete=RESTRICT)
    opens_on = day()
    opens = wall_time()
    closes = wall_time()
    reason = text()
    made_at = instant()
    withdrawn_at = instant(null=True)

    in_order = Check("opens < closes")
