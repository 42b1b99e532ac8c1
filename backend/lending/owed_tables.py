"""What households owe for loans, what is held as a deposit, and the ledger of both (L34, L35).

A debt says why something is owed and what became of its contest; what moved stands in the ledger,
which nobody changes. Who had what is unlinked after some months: the line may be null.
"""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    Unique,
    cents,
    flag,
    instant,
    refers,
    text,
    texts,
    word,
)
from backend.lending.rules import DebtKind, DepositWay, EntryKind


class LoanDebt(Row):
    """Why a household owes something for a loan. It is owed once the ledger says so.

    `second`: two of the staff must agree first; `dropped_at`: the second one did not. `note` says
    what was seen; with photos or without, a damage has one of both. `waived_for`: why somebody of the
    club asks for less, each time; the ledger keeps no such words, so that they can go (L45).
    """

    public_id = text(unique=True)
    household = refers("Household", "membership", on_delete=RESTRICT)
    line = refers("BookingLine", "lending", on_delete=RESTRICT, null=True)
    kind = word(DebtKind)
    amount_cents = cents()
    note = text()
    asked_at = instant()
    asked_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    second = flag(default=False)
    agreed_at = instant(null=True)
    agreed_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    dropped_at = instant(null=True)
    dropped_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    drop_reason = text(null=True)
    waived_for = texts()

    positive = Check("amount_cents > 0")
    by_another = Check("agreed_by IS NULL OR agreed_by IS DISTINCT FROM asked_by")
    once = Check("num_nonnulls(agreed_at, dropped_at) <= 1")
    reasoned = Check("(dropped_at IS NULL) = (drop_reason IS NULL)")
    waiting = Index(["asked_at"], where="second AND agreed_at IS NULL AND dropped_at IS NULL")


class DamagePhoto(Row):
    """What a damage looks like."""

    debt = refers("LoanDebt", "lending", on_delete=RESTRICT)
    stored_file = refers("StoredFile", "kit", on_delete=RESTRICT)

    once = Unique(["debt", "stored_file"])


class DebtContest(Row):
    """A member says no to a debt, once; until somebody answers, nothing of it is asked for."""

    debt = refers("LoanDebt", "lending", on_delete=RESTRICT, index=False)
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, null=True)
    words = text()
    answered_at = instant(null=True)
    answered_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    answer = text(null=True)
    accepted = flag(default=False)

    one = Unique(["debt"])
    answered = Check(
        "(answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NOT NULL OR NOT accepted)"
    )
    waiting = Index(["at"], where="answered_at IS NULL")


class CardImprint(Row):
    """A card that its owner left with Stripe for what a loan may cost; never its number (L34)."""

    household = refers("Household", "membership", on_delete=RESTRICT, index=False)
    person = refers("Person", "people", on_delete=RESTRICT, null=True)
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, index=False)
    customer = text()
    method = text()
    kept_at = instant()
    dropped_at = instant(null=True)

    of_order = Unique(["pay_order"])
    one = PartialUnique(["household"], where="dropped_at IS NULL")


class LoanDeposit(Row):
    """What is held for one loan. Held, given back or kept follows from the ledger.

    `pay_order`: where money or a card is asked for. `capture_before`: until when Stripe lets a hold
    be taken. `cheque`: what was read on it.
    """

    public_id = text(unique=True)
    household = refers("Household", "membership", on_delete=RESTRICT)
    line = refers("BookingLine", "lending", on_delete=RESTRICT, null=True)
    way = word(DepositWay)
    amount_cents = cents()
    cheque = text()
    pay_order = refers("PayOrder", "billing", on_delete=RESTRICT, null=True, index=False)
    capture_before = instant(null=True)
    opened_at = instant()
    opened_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    ended_at = instant(null=True)

    positive = Check("amount_cents > 0")
    of_order = PartialUnique(["pay_order"], where="pay_order IS NOT NULL")
    one = PartialUnique(["line"], where="ended_at IS NULL AND line IS NOT NULL")
    open = Index(["opened_at"], where="ended_at IS NULL")


class LendingEntry(Row):
    """One fact of the ledger. Append-only: what was wrong is set right by its opposite (L35).

    Of a debt or of a deposit, or of both where a deposit pays for a damage. `journal`: its entry in
    the club's books; None where a paper or a card changes hands and no money does.
    """

    public_id = text(unique=True)
    kind = word(EntryKind)
    debt = refers("LoanDebt", "lending", on_delete=RESTRICT, null=True)
    deposit = refers("LoanDeposit", "lending", on_delete=RESTRICT, null=True)
    amount_cents = cents()
    at = instant()
    by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    reason = text(null=True)
    payment = refers("Payment", "billing", on_delete=RESTRICT, null=True)
    journal = refers("JournalEntry", "billing", on_delete=RESTRICT, null=True)

    positive = Check("amount_cents > 0")
    of_what = Check(
        "CASE kind WHEN 'deposit_held' THEN debt IS NULL AND deposit IS NOT NULL"
        " WHEN 'deposit_released' THEN debt IS NULL AND deposit IS NOT NULL"
        " WHEN 'deposit_kept' THEN debt IS NOT NULL AND deposit IS NOT NULL"
        " ELSE debt IS NOT NULL AND deposit IS NULL END"
    )
    said = Check("kind <> 'waiver' OR reason IS NOT NULL")
    booked = Check("journal IS NOT NULL OR kind IN ('deposit_held', 'deposit_released')")
    charged_once = PartialUnique(["debt"], where="kind IN ('fee', 'fine', 'damage')")
