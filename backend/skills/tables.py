"""What neighbours offer and ask for, what follows between two of them, and what staff looked at."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    day,
    flag,
    instant,
    integer,
    integers,
    refers,
    text,
    texts,
    word,
)
from backend.people.rules import Source
from backend.skills.rules import (
    Category,
    ExchangeState,
    ListingKind,
    Outcome,
    Place,
    Review,
    Wrong,
)


class SkillSetting(Row):
    """How this club runs its exchange; one row. `most_minutes`: what an account may owe or be owed."""

    one = integer(default=1, unique=True)
    listed_days = integer(default=60)
    hours = flag(default=False)
    warn_minutes = integer(default=600)
    most_minutes = integer(default=1200)
    changed_at = instant()

    single = Check("one = 1")
    sane = Check(
        "listed_days BETWEEN 7 AND 365 AND warn_minutes BETWEEN 60 AND most_minutes"
        " AND most_minutes <= 6000"
    )


class SkillProfile(Row):
    """What a member said of themselves: what they do for a living (X8), and how news reaches them."""

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    trade = text()
    changed_at = instant()

    once = Unique(["person"])


class Listing(Row):
    """An offer or a request of one adult; `words` are what it is found by (X4).

    Entered by staff it is shown to nobody before `agreed_at`: the member said yes to `text_shown`,
    online or to somebody of the staff, `heard_by` (X1). `signs` are why it waits for staff (X8). Its
    last day is `expires_on`, whatever has run since (X2).
    """

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    kind = word(ListingKind)
    category = word(Category)
    title = text()
    details = text()
    place = word(Place)
    slots = integers()
    weekly = flag(default=False)
    words = texts()
    photo = refers("StoredFile", "kit", on_delete=RESTRICT, null=True)
    source = word(Source)
    recorded_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    agreed_at = instant(null=True)
    agreed_where = text(null=True)
    heard_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    text_shown = text()
    review = word(Review)
    signs = texts()
    reviewed_at = instant(null=True)
    reviewed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    version = integer(default=1)
    created_at = instant()
    expires_on = day()
    ended_at = instant(null=True)

    entered = Check("(source = 'online') = (recorded_by IS NULL)")
    agreed = Check(
        "(agreed_at IS NULL) = (agreed_where IS NULL) AND (agreed_at IS NULL) <= (source <> 'online')"
        " AND (agreed_at IS NULL OR text_shown <> '')"
        " AND (heard_by IS NOT NULL) = coalesce(agreed_where <> 'online', false)"
    )
    where_known = Check(
        f"agreed_where IS NULL OR agreed_where IN ({', '.join(repr(one.value) for one in Source)})"
    )
    judged = Check(
        "(review IN ('allowed', 'refused')) = (reviewed_at IS NOT NULL)"
        " AND (reviewed_at IS NULL) = (reviewed_by IS NULL)"
    )
    said_why = Check("review = 'free' OR cardinality(signs) > 0")
    found = Index(["words"], where="ended_at IS NULL", using="gin")
    newest = Index(["kind", "created_at"], where="ended_at IS NULL")
    of_category = Index(["kind", "category", "created_at"], where="ended_at IS NULL")
    to_review = Index(["created_at"], where="review = 'waiting' AND ended_at IS NULL")


class SkillWord(Row):
    """Every word that a listing has or had: what a search with a slip may have meant (X4)."""

    word = text(unique=True)


class SkillBlock(Row):
    """One does not want to meet the other, neither way round (X9)."""

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    other = refers("Person", "people", on_delete=RESTRICT)
    at = instant()

    once = Unique(["person", "other"])
    two = Check("person <> other")


class Exchange(Row):
    """Two people about one listing: who asked, whose it is. Contact shows when both times stand (X3)."""

    public_id = text(unique=True)
    listing = refers("Listing", "skills", on_delete=RESTRICT)
    asker = refers("Person", "people", on_delete=RESTRICT)
    owner = refers("Person", "people", on_delete=RESTRICT)
    state = word(ExchangeState)
    asker_shares_at = instant(null=True)
    owner_shares_at = instant(null=True)
    created_at = instant()
    changed_at = instant()
    done_at = instant(null=True)
    thanked_at = instant(null=True)

    two = Check("asker <> owner")
    ended = Check("(done_at IS NOT NULL) <= (state IN ('done', 'closed'))")
    thanked = Check("thanked_at IS NULL OR done_at IS NOT NULL")
    shown_once_agreed = Check(
        "asker_shares_at IS NULL OR owner_shares_at IS NULL OR state NOT IN ('asked', 'refused')"
    )
    one_open = PartialUnique(["listing", "asker"], where="state IN ('asked', 'agreed')")


class ExchangeMessage(Row):
    """Words that the club passed on. `hidden_at`: staff took them away after a report."""

    public_id = text(unique=True)
    exchange = refers("Exchange", "skills", on_delete=RESTRICT)
    author = refers("Person", "people", on_delete=RESTRICT)
    words = text()
    at = instant()
    hidden_at = instant(null=True)

    in_order = Index(["exchange", "at"])


class SkillReport(Row):
    """Somebody says that something is wrong; staff answer within a tracked delay (X9)."""

    public_id = text(unique=True)
    listing = refers("Listing", "skills", on_delete=RESTRICT)
    exchange = refers("Exchange", "skills", on_delete=RESTRICT, null=True)
    reporter = refers("Person", "people", on_delete=RESTRICT)
    wrong = word(Wrong)
    words = text()
    at = instant()
    answered_at = instant(null=True)
    answered_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    outcome = text(null=True)

    known = Check(
        f"outcome IS NULL OR outcome IN ({', '.join(repr(one.value) for one in Outcome)})"
    )
    answered = Check("num_nulls(answered_at, answered_by, outcome) IN (0, 3)")
    waiting = Index(["at"], where="answered_at IS NULL")
    once = PartialUnique(
        ["listing", "coalesce(exchange, 0)", "reporter"], where="answered_at IS NULL"
    )


class SkillProposal(Row):
    """What staff did with a pair that the club had found: told both, or put it aside (X5)."""

    offer = refers("Listing", "skills", on_delete=RESTRICT, index=False)
    request = refers("Listing", "skills", on_delete=RESTRICT)
    told = flag()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, index=False)

    once = Unique(["offer", "request"])


class HoursAccount(Row):
    """Minutes somebody has given more than received; a trigger moves them, nobody else may (X7)."""

    person = refers("Person", "people", on_delete=RESTRICT, index=False)
    minutes = integer(default=0)
    most_minutes = integer()

    once = Unique(["person"])
    within_limit = Check("minutes BETWEEN - most_minutes AND most_minutes")


class HoursClaim(Row):
    """One says how long an exchange took; the other confirms in some days, else staff decide, once (X6)."""

    exchange = refers("Exchange", "skills", on_delete=RESTRICT, index=False)
    giver = refers("Person", "people", on_delete=RESTRICT)
    receiver = refers("Person", "people", on_delete=RESTRICT)
    minutes = integer()
    claimed_by = refers("Person", "people", on_delete=RESTRICT, index=False)
    claimed_at = instant()
    refused_at = instant(null=True)
    decided_at = instant(null=True)

    once = Unique(["exchange"])
    two = Check("giver <> receiver")
    sane = Check("minutes BETWEEN 15 AND 600")


class HoursMove(Row):
    """Hours that went from one account to another; append-only, once for each exchange."""

    exchange = refers("Exchange", "skills", on_delete=RESTRICT, index=False)
    giver = refers("Person", "people", on_delete=RESTRICT)
    receiver = refers("Person", "people", on_delete=RESTRICT)
    minutes = integer()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, index=False)

    once = Unique(["exchange"])
    two = Check("giver <> receiver")
    some = Check("minutes > 0")
