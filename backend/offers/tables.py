"""What partners give: offers, their kept versions, where they hold, favourites."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    days,
    document,
    flag,
    instant,
    integer,
    integers,
    refers,
    text,
    word,
)
from backend.offers.rules import (
    Delivery,
    LimitPer,
    LimitPeriod,
    OfferKind,
    OfferState,
    ProposalState,
)


class Offer(Row):
    """The newest terms; `version` counts them, each kept in OfferVersion for its vouchers."""

    public_id = text(unique=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT)
    version = integer(default=1)
    state = word(OfferState)
    title = text()
    summary = text()
    conditions = text()
    kind = word(OfferKind)
    delivery = word(Delivery)
    percent = integer(null=True)
    amount_cents = cents(null=True)
    price_cents = cents(null=True)
    public_price_cents = cents(null=True)
    typical_cents = cents(null=True)
    during = days()
    voucher_days = integer(default=30)
    stock = integer(null=True)
    claimed = integer(default=0)
    limit_count = integer(default=1)
    limit_period = word(LimitPeriod)
    limit_per = word(LimitPer)
    site_ids = integers()
    landlord_ids = integers()
    priority_district_only = flag(default=False)
    all_shops = flag(default=True)
    picture = text(null=True)
    search = text()
    created_at = instant()
    updated_at = instant()

    stock_holds = Check("claimed >= 0 AND (stock IS NULL OR claimed <= stock)")
    limit_sane = Check("limit_count BETWEEN 1 AND 100 AND voucher_days BETWEEN 1 AND 366")
    terms_whole = Check(
        "CASE kind WHEN 'percent' THEN percent BETWEEN 1 AND 100 "
        "WHEN 'amount' THEN amount_cents > 0 "
        "WHEN 'fixed' THEN price_cents >= 0 AND public_price_cents > price_cents "
        "ELSE public_price_cents >= 0 END IS TRUE"
    )


class OfferVersion(Row):
    """Terms as they were when a voucher was issued. Append-only."""

    offer = refers("Offer", "offers", on_delete=RESTRICT, index=False)
    version = integer()
    terms = document()
    since = instant()

    once = Unique(["offer", "version"])


class OfferShop(Row):
    """Where an offer holds when it does not hold in all shops of its partner."""

    offer = refers("Offer", "offers", on_delete=RESTRICT, index=False)
    shop = refers("Shop", "merchants", on_delete=RESTRICT)

    once = Unique(["offer", "shop"])


class OfferProposal(Row):
    """What a partner wants to offer, or wants changed (`offer`); `wish` is an OfferWish.

    Nothing of it holds before the club accepts it.
    """

    public_id = text(unique=True)
    partner = refers("Partner", "merchants", on_delete=RESTRICT)
    offer = refers("Offer", "offers", on_delete=RESTRICT, null=True)
    wish = document()
    state = word(ProposalState)
    written_by = refers("Person", "people", on_delete=RESTRICT)
    written_at = instant()
    sent_at = instant(null=True)
    answered_at = instant(null=True)
    answered_by = refers("Person", "people", on_delete=RESTRICT, null=True)
    reason = text(null=True)

    one_open = PartialUnique(["offer"], where="offer IS NOT NULL AND state IN ('written', 'sent')")
    answered = Check("state NOT IN ('accepted', 'refused') OR answered_at IS NOT NULL")
    explained = Check("state <> 'refused' OR reason IS NOT NULL")
    waiting = Index(["sent_at"], where="state = 'sent'")


class Favourite(Row):
    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    offer = refers("Offer", "offers", on_delete=RESTRICT)
    since = instant()

    once = Unique(["person", "offer"])
