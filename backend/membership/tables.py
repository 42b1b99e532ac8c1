"""Households, their people, paid periods, prices and cards."""

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
    flag,
    instant,
    integer,
    refers,
    text,
    texts,
    word,
)
from backend.membership.reminders import Channel
from backend.membership.rules import CardKind, Category, Proof

# A number for each category: gist knows ranges of numbers without btree_gist, not words.
CATEGORY_RANK = "strpos('tenant neighbour reduced free', category)"


class Household(Row):
    """Membership and price belong to the household. Its public id draws its tile.

    `home_seen_at`: when staff last looked whether it lives where it says.
    """

    public_id = text(unique=True)
    tile = integer(unique=True)
    payer = refers("Payer", "billing", on_delete=RESTRICT)
    category = word(Category)
    proof = word(Proof)
    claimed_contract = text(null=True)
    dwelling = refers("Dwelling", "places", on_delete=RESTRICT, null=True)
    site = refers("Site", "places", on_delete=RESTRICT, null=True)
    street = text()
    postcode = text()
    town = text()
    created_at = instant()
    home_seen_at = instant(null=True)
    ended_at = instant(null=True)

    one_per_dwelling = PartialUnique(
        ["dwelling"], where="dwelling IS NOT NULL AND proof = 'proved' AND ended_at IS NULL"
    )
    by_contract = Index(["claimed_contract"], where="claimed_contract IS NOT NULL")


class HouseholdMember(Row):
    """A person in a household, from a day to a day. A person is in one household at a time.

    `others_stayed` when they left: a household may end on the same day, without them (M5).
    """

    household = refers("Household", "membership", on_delete=RESTRICT)
    person = refers("Person", "people", on_delete=RESTRICT)
    adult = flag()
    joined_on = day()
    left_on = day(null=True)
    others_stayed = flag(default=False)

    one_home = PartialUnique(["person"], where="left_on IS NULL")


class Price(Row):
    """Dated price of a month, by category; a change never touches what was sold (M10)."""

    category = word(Category)
    month_cents = cents()
    during = days()

    no_two = Exclude(
        (f"int4range({CATEGORY_RANK}, {CATEGORY_RANK}, '[]')", "&&"),
        ("during", "&&"),
    )


class Period(Row):
    """A paid period, both days included in people's words; [from, until) in the range.

    `external_id` is the Stripe payment it stands on: a monthly order has one period for each.
    `carried_from`: days that came along from another household, each period once (M5).
    """

    household = refers("Household", "membership", on_delete=RESTRICT)
    during = days()
    category = word(Category)
    paid_cents = cents()
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT)
    external_id = text(null=True)
    carried_from = refers("Period", "membership", on_delete=RESTRICT, null=True, index=False)
    provisional_until = day(null=True)
    created_at = instant()
    cancelled_at = instant(null=True)
    cancel_reason = text(null=True)

    no_overlap = Exclude(
        ("int8range(household, household, '[]')", "&&"),
        ("during", "&&"),
        where="cancelled_at IS NULL",
    )
    ending = Index(
        ["upper(during)", "household"], where="cancelled_at IS NULL AND provisional_until IS NULL"
    )
    paid = Index(
        ["household", "during"], where="cancelled_at IS NULL AND provisional_until IS NULL"
    )
    provisional = Index(
        ["provisional_until"], where="cancelled_at IS NULL AND provisional_until IS NOT NULL"
    )
    once = PartialUnique(
        ["pay_order", "external_id"], where="external_id IS NOT NULL AND cancelled_at IS NULL"
    )
    carried_once = PartialUnique(["carried_from"], where="carried_from IS NOT NULL")


class MemberStep(Row):
    """How many households more, or fewer, are members from a day on, by what they pay (steps.py).

    Triggers write one row for each end of a period, and take it back when it moves; a night folds them.
    """

    on_day = day()
    category = word(Category)
    change = integer()

    of_day = Index(["on_day", "category"])


class RegisterEntry(Row):
    """What the register's filters know of a household; triggers keep it (entries.py).

    `paid_from`: the first day of what it ever paid. `reached`: an adult of it has an address.
    """

    household = refers("Household", "membership", on_delete=RESTRICT, index=False)
    paid_from = day(null=True)
    reached = flag()

    once = Unique(["household"])
    never_paid = Index(["household"], where="paid_from IS NULL")
    pays_later = Index(["paid_from"])
    unreached = Index(["household"], where="NOT reached")


class MonthlyPlan(Row):
    """One euro each month, without commitment (B11)."""

    household = refers("Household", "membership", on_delete=RESTRICT)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, index=False)
    stripe_subscription = text(unique=True)
    started_at = instant()
    ends_at = instant(null=True)
    ended_at = instant(null=True)

    one = PartialUnique(["household"], where="ended_at IS NULL")


class RenewalWish(Row):
    """Somebody asked that 12 months renew by themselves (B11): the words they ticked, and when.

    `stripe_method` is the card or account they left with Stripe for it.
    """

    household = refers("Household", "membership", on_delete=RESTRICT)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, index=False)
    wording = text()
    asked_at = instant()
    stripe_customer = text()
    stripe_method = text()
    ended_at = instant(null=True)
    end_reason = text(null=True)

    one = PartialUnique(["household"], where="ended_at IS NULL")
    of_order = Unique(["pay_order"])


class Renewal(Row):
    """One renewal of a wish: the notice of its term and amount, and the order it became (B11).

    `delivered_at` and `delivered_by`: when and by which kind of address the notice arrived, in the
    words of `notice_text`. Kept longer than the message (L215-1).
    """

    wish = refers("RenewalWish", "membership", on_delete=RESTRICT)
    term = day()
    amount_cents = cents()
    noticed_at = instant()
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, null=True)
    delivered_at = instant(null=True)
    delivered_by = text(null=True)
    notice_text = text(null=True)

    once = Unique(["wish", "term"])
    delivered_somehow = Check("(delivered_at IS NULL) = (delivered_by IS NULL)")


class Card(Row):
    """A named adult's card: a phone's rotates from its seed, a paper one is a static token."""

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    household = refers("Household", "membership", on_delete=RESTRICT)
    kind = word(CardKind)
    secret = binary()
    token_hash = binary(null=True, unique=True)
    made_at = instant()
    revoked_at = instant(null=True)

    one_alive = PartialUnique(["person", "kind"], where="revoked_at IS NULL")
    paper_has_token = Check("(kind = 'paper') = (token_hash IS NOT NULL)")
    of_household = Index(["household", "kind"], where="revoked_at IS NULL")


class MemberCode(Row):
    """What another register calls a person: the same list again finds them (L44)."""

    code = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT, index=False)

    once = Unique(["person"])


class StaffCheck(Row):
    """A join that staff must look at: what was typed, never why, so that nothing is told."""

    household = refers("Household", "membership", on_delete=RESTRICT)
    asked_at = instant()
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    outcome = text(null=True)

    one_open = PartialUnique(["household"], where="closed_at IS NULL")


class ReminderStep(Row):
    """One rung of the ladder of reminders, from a day to a day (N5); `channels` in their order.

    `offset_days` counts from the last paid day: below zero before it.
    """

    offset_days = integer()
    channels = texts()
    during = days()

    no_two = Exclude(("int8range(offset_days, offset_days, '[]')", "&&"), ("during", "&&"))
    sane = Check("offset_days BETWEEN -90 AND 180")
    by_known_ways = Check(
        "cardinality(channels) BETWEEN 1 AND 4"
        " AND channels <@ ARRAY['email', 'sms', 'print', 'door']"
    )


class Reminder(Row):
    """One step of the ladder told to one adult for one term (N5): this row makes it once.

    `step` is its offset_days, or reminders.ENDED. A paper waits until somebody has handed it over;
    `withdrawn_at`: before it left, there was nothing to remind of any more.
    """

    household = refers("Household", "membership", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT)
    term_on = day()
    step = integer()
    channel = word(Channel)
    told_on = day()
    withdrawn_at = instant(null=True)
    handed_at = instant(null=True)
    handed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    once = Unique(["household", "term_on", "step", "person"])
    by_name = Check("(handed_at IS NULL) = (handed_by IS NULL)")
    paper_only = Check("handed_at IS NULL OR channel IN ('print', 'door')")
    to_hand = Index(
        ["told_on"],
        where="channel IN ('print', 'door') AND handed_at IS NULL AND withdrawn_at IS NULL",
    )
    by_hand = Index(["handed_at"], where="handed_at IS NOT NULL")


class TextAgreed(Row):
    """A version of a legal text that somebody agreed to when they joined. Append-only.

    Version 0 is the text that the house brings, before the club wrote its own. `taken_by`: who of the
    house wrote it down for them (D6).
    """

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    slug = text()
    version = integer()
    at = instant()
    taken_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    once = Unique(["person", "slug", "version"])


class SavedView(Row):
    """Filters of the members' register that somebody of the office keeps under a name."""

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    name = text()
    query = text()
    created_at = instant()

    once = Unique(["person", "name"])
