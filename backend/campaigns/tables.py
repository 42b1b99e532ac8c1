"""Campaigns, one row for each person they reach, addresses that no longer work."""

from backend.campaigns.rules import Kind, Outcome, State, Way
from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    Row,
    Unique,
    document,
    instant,
    integer,
    refers,
    text,
    texts,
    word,
)


class Campaign(Row):
    """The club's newsletter or a partner's campaign. Nobody changes which of them it is.

    `planned_at` is the hour at which it leaves by itself, `held_back` why it did not at the last one.
    `left_out` is how many of the segment got nothing, by reason, as it was launched; `results` how it
    ended, once its recipients are kept no more.
    """

    public_id = text(unique=True)
    kind = word(Kind)
    partner = refers("Partner", "merchants", on_delete=RESTRICT, null=True)
    subject = text()
    body = text()
    sms = text()
    ways = texts()
    segment = document()
    state = word(State)
    drafted_at = instant()
    drafted_by = refers("Person", "people", on_delete=RESTRICT, index=False)
    changed_at = instant()
    return_reason = text(null=True)
    launched_at = instant(null=True)
    launched_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    over_reason = text(null=True)
    left_out = document(null=True)
    stopped_at = instant(null=True)
    results = document(null=True)
    planned_at = instant(null=True)
    planned_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    held_back = text(null=True)

    of_its_kind = Check("(kind = 'partner') = (partner IS NOT NULL)")
    by_known_ways = Check(
        "cardinality(ways) BETWEEN 1 AND 3 AND ways <@ ARRAY['email', 'sms', 'print']"
    )
    launched_by_name = Check(
        "(state IN ('launched', 'stopped')) = (launched_at IS NOT NULL)"
        " AND (launched_at IS NULL) = (launched_by IS NULL)"
    )
    planned_by_name = Check(
        "(planned_at IS NULL) = (planned_by IS NULL)"
        " AND (planned_at IS NULL OR launched_at IS NULL)"
    )
    recent = Index(["launched_at"], where="launched_at IS NOT NULL")


class CampaignRecipient(Row):
    """One person of a campaign's audience (N4): this row makes it once.

    No address stands here: it is looked up when the message leaves.
    """

    campaign = refers("Campaign", "campaigns", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT)
    way = word(Way)
    outcome = word(Outcome)
    printed_at = instant(null=True)
    left_at = instant(null=True)
    unsubscribed_at = instant(null=True)
    bounced_at = instant(null=True)

    once = Unique(["campaign", "person"])
    sent_when = Check("(outcome = 'sent') = (left_at IS NOT NULL)")
    on_paper = Check("printed_at IS NULL OR way = 'print'")


class CampaignSetting(Row):
    """How often partners may write to a person, and where an SMS is answered STOP: one row at most."""

    one = integer(default=1, unique=True)
    partner_messages = integer()
    stop_number = text()
    updated_at = instant()

    single = Check("one = 1")
    sane = Check("partner_messages BETWEEN 1 AND 7")


class UnreadCall(Row):
    """How many calls of a provider nobody understood, from a first to a last; never what they said."""

    hook = text(unique=True)
    calls = integer()
    first_at = instant()
    last_at = instant()

    some = Check("calls >= 1")


class DeadAddress(Row):
    """An address that a server said nobody has; good again once a code sent there came back."""

    value = text(unique=True)
    at = instant()
