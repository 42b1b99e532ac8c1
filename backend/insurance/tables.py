"""Insurers, their offers, members who ask to be called, and members' own certificates."""

from backend.insurance.rules import ContactWay, ReferralKind, ReferralState, Slot
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    day,
    flag,
    instant,
    integer,
    integers,
    refers,
    text,
    word,
)
from backend.people.rules import Source


class Insurer(Row):
    """The firm whose people call back: an intermediary, or an insurer itself. Scope of its role.

    `email` hears that somebody waits, and never who (I3).
    """

    public_id = text(unique=True)
    name = text()
    email = text()
    created_at = instant()
    closed_at = instant(null=True)


class InsuranceOffer(Row):
    """What the club shows of one contract; published only when the law's mentions are all there (I1).

    `prices` are cents a year by number of rooms, T1 first: the insurer's list, never computed (I2).
    """

    public_id = text(unique=True)
    insurer = refers("Insurer", "insurance", on_delete=RESTRICT)
    title = text()
    summary = text()
    carrier = text()
    intermediary = text()
    orias = text()
    complaint = text()
    notice = text()
    prices = integers()
    prices_from = day(null=True)
    prices_until = day(null=True)
    ipid = refers("StoredFile", "kit", on_delete=RESTRICT, null=True)
    ipid_on = day(null=True)
    created_at = instant()
    published_at = instant(null=True)

    complete = Check(
        "published_at IS NULL OR (carrier <> '' AND intermediary <> ''"
        " AND orias ~ '^[0-9]{8}$' AND complaint <> '' AND notice <> '' AND cardinality(prices) = 6"
        " AND prices_from IS NOT NULL AND prices_until IS NOT NULL AND ipid IS NOT NULL"
        " AND ipid_on IS NOT NULL)"
    )
    priced = Check("cardinality(prices) IN (0, 6) AND 0 < ALL (prices)")
    in_order = Check("prices_until >= prices_from")


class Referral(Row):
    """A member who asks to be called, by an insurer's people or by a building firm (V35, I3).

    What was agreed to never changes (a trigger says so); `name` and `contact` are emptied when the
    member withdraws, and nobody can be called any more. `source`: where they said yes, `recorded_by`:
    who of the staff heard it.
    """

    public_id = text(unique=True)
    kind = word(ReferralKind)
    insurer = refers("Insurer", "insurance", on_delete=RESTRICT, null=True)
    offer = refers("InsuranceOffer", "insurance", on_delete=RESTRICT, null=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT, null=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    household = refers("Household", "membership", on_delete=RESTRICT, null=True)
    recipient = text()
    purpose = text()
    channel = word(ContactWay)
    text_shown = text()
    name = text()
    contact = text()
    slot = word(Slot)
    source = word(Source)
    recorded_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    state = word(ReferralState)
    sent_at = instant()
    changed_at = instant(index=True)
    withdrawn_at = instant(null=True)
    saving_cents = cents(null=True)
    saving_by = text(null=True)

    whose = Check(
        "(kind = 'insurer') = (insurer IS NOT NULL) AND (kind = 'firm') = (partner IS NOT NULL)"
        " AND (offer IS NULL OR kind = 'insurer')"
    )
    heard = Check("(source = 'online') = (recorded_by IS NULL)")
    quoted_by_firms = Check("state <> 'quoted' OR kind = 'firm'")
    told = Check("withdrawn_at IS NULL OR (name = '' AND contact = '')")
    withdrawn = Check("state <> 'withdrawn' OR withdrawn_at IS NOT NULL")
    declared = Check(
        "(saving_cents IS NULL) = (saving_by IS NULL) AND (saving_cents IS NULL OR"
        " (state = 'signed' AND saving_cents BETWEEN 0 AND 500000"
        " AND saving_by IN ('member', 'agent')))"
    )
    one_open = PartialUnique(
        ["person", "coalesce(insurer, 0)", "coalesce(partner, 0)"],
        where="state IN ('sent', 'contacted', 'quoted')",
    )


class InsuranceCertificate(Row):
    """A member's own paper: its last day and, if they like, its picture. The newest one counts.

    `recorded_by`: who of the staff wrote it down for them, after the words of `text_shown`.
    """

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    ends_on = day()
    file = refers("StoredFile", "kit", on_delete=RESTRICT, null=True)
    source = word(Source)
    recorded_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    text_shown = text(null=True)
    recorded_at = instant()
    removed_at = instant(null=True)

    heard = Check(
        "(source = 'online') = (recorded_by IS NULL) AND (source = 'online') = (text_shown IS NULL)"
    )
    one_now = PartialUnique(["person"], where="removed_at IS NULL")
    of_person = Index(["person"])
    ending = Index(["ends_on"], where="removed_at IS NULL")
    let_go = Check("removed_at IS NULL OR file IS NULL")


class CertificateCount(Row):
    """How many of a landlord's tenants were counted on a month's last day: written once (I4).

    It stays what it was, whatever is proved, noted or erased later. Append-only.
    """

    landlord = refers("Landlord", "places", on_delete=RESTRICT, index=False)
    on = day()
    people = integer()
    counted_at = instant()

    once = Unique(["landlord", "on"])
    some = Check("people >= 0")


class CertificateConsent(Row):
    """A yes or a no to being counted for one's landlord; the newest counts (I4). Append-only."""

    person = refers("Person", "people", on_delete=RESTRICT)
    given = flag()
    text_shown = text()
    at = instant()
