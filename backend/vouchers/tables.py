"""Vouchers, their uses, undone uses and refused tries. Uses are append-only (V2)."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    binary,
    cents,
    day,
    document,
    flag,
    instant,
    integer,
    refers,
    text,
    word,
)
from backend.vouchers.rules import (
    LONGEST_REASON,
    SHORTEST_REASON,
    UseChannel,
    UseMode,
    VoucherState,
)


class Voucher(Row):
    """It belongs to the household and keeps its claimant.

    `period` names the limit's period ("2026-11"), `slot` counts within it, `claimer` is 0 for the
    household or the person where the offer says per adult: together they are unique (V11).
    `round` counts undone uses, so that each use of a round is unique in Redemption.
    """

    long_id = binary(unique=True)
    code = text(unique=True)
    household = refers("Household", "membership", on_delete=RESTRICT)
    claimant = refers("Person", "people", on_delete=RESTRICT)
    offer = refers("Offer", "offers", on_delete=RESTRICT, index=False)
    offer_version = integer()
    partner = refers("Partner", "merchants", on_delete=RESTRICT)
    state = word(VoucherState)
    period = text()
    slot = integer()
    claimer = integer()
    issued_at = instant()
    valid_from = day()
    valid_until = instant()
    generation = integer(default=1)
    printed_at = instant(null=True)
    held_until = instant(null=True)
    held_by = refers("Till", "merchants", on_delete=RESTRICT, null=True, index=False)
    hold_extended = flag(default=False)
    shown_at = instant(null=True)
    round = integer(default=0)
    changed_at = instant()

    once_a_period = PartialUnique(
        ["offer", "household", "claimer", "period", "slot"],
        where="state IN ('issued', 'redeemed')",
    )
    of_offer = Index(["offer", "state"])
    generation_sane = Check("generation BETWEEN 1 AND 255")


class Redemption(Row):
    """One use: of a voucher, or of a standing discount by a card."""

    public_id = text(unique=True)
    voucher = refers("Voucher", "vouchers", on_delete=RESTRICT, null=True, index=False)
    round = integer(null=True)
    offer = refers("Offer", "offers", on_delete=RESTRICT)
    offer_version = integer()
    household = refers("Household", "membership", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT)
    partner = refers("Partner", "merchants", on_delete=RESTRICT, index=False)
    shop = refers("Shop", "merchants", on_delete=RESTRICT, index=False)
    till = refers("Till", "merchants", on_delete=RESTRICT, null=True, index=False)
    cashier = text(null=True)
    staff = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    channel = word(UseChannel)
    mode = word(UseMode)
    device_at = instant(null=True)
    at = instant(index=True)
    receipt_ref = text(null=True)
    full_cents = cents(null=True)
    paid_cents = cents(null=True)
    saving_cents = cents()
    identity_checked = flag(default=False)

    once = Unique(["voucher", "round"])
    rounds = Check("(voucher IS NULL) = (round IS NULL)")
    saved = Check("saving_cents >= 0")
    of_shop = Index(["shop", "at"])
    of_household = Index(["household", "at"])


class Reversal(Row):
    """An undone use; the use itself stays."""

    public_id = text(unique=True)
    redemption = refers("Redemption", "vouchers", on_delete=RESTRICT, index=False)
    at = instant()
    reason = text()
    till = refers("Till", "merchants", on_delete=RESTRICT, null=True, index=False)
    staff = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)

    once = Unique(["redemption"])
    reason_said = Check(f"length(reason) BETWEEN {SHORTEST_REASON} AND {LONGEST_REASON}")


class Contest(Row):
    """A member says that a use was not theirs (V33); one for each use.

    Until a manager has decided, the use counts and nobody is blocked.
    """

    public_id = text(unique=True)
    redemption = refers("Redemption", "vouchers", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT)
    words = text()
    opened_at = instant()
    outcome = text(null=True)
    reason = text(null=True)
    closed_at = instant(null=True)
    closed_by = refers("Person", "people", on_delete=RESTRICT, null=True)

    once = Unique(["redemption"])
    known = Check("outcome IS NULL OR outcome IN ('kept', 'reversed')")
    closed = Check("num_nulls(outcome, reason, closed_at, closed_by) IN (0, 4)")
    waiting = Index(["opened_at"], where="closed_at IS NULL")


class DailySavings(Row):
    """A partner's uses of one day of Paris, summed as they are written (savings.py).

    Several rows of a day stand side by side, so that tills need not wait for each other. What was
    undone is summed apart, under the day of the use.
    """

    used_on = day()
    partner = refers("Partner", "merchants", on_delete=RESTRICT, index=False)
    undone = flag()
    uses = integer()
    paid_cents = cents()
    saved_cents = cents()
    guessed_cents = cents(default=0)

    of_day = Index(["used_on", "partner", "undone"])
    of_partner = Index(["partner", "used_on"])
    sane = Check("uses >= 0 AND paid_cents >= 0 AND saved_cents >= 0")


class ClosedMonth(Row):
    """How many members came back to a partner, counted once, when the month is over (V34).

    Never counted again: a figure that moved by one would tell of one person. `came_back_year` is
    from the first of January to the end of this month.
    """

    partner = refers("Partner", "merchants", on_delete=RESTRICT, index=False)
    month = day()
    visitors = integer()
    came_back = integer()
    came_back_year = integer()
    counted_at = instant()

    once = Unique(["partner", "month"])
    sane = Check("came_back BETWEEN 0 AND visitors AND came_back <= came_back_year")


class RefusedAttempt(Row):
    """A refused try, with its reason and never the code itself."""

    at = instant(index=True)
    till = refers("Till", "merchants", on_delete=RESTRICT, null=True, index=False)
    shop = refers("Shop", "merchants", on_delete=RESTRICT, null=True, index=False)
    voucher = refers("Voucher", "vouchers", on_delete=RESTRICT, null=True)
    reason = text()
    channel = word(UseChannel)
    facts = document()

    of_till = Index(["till", "at"], where="till IS NOT NULL")
