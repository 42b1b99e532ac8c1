"""What is told of a loan, and the calls that the desk makes instead (L36, L37)."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    PartialUnique,
    Row,
    document,
    instant,
    integer,
    refers,
    text,
    word,
)
from backend.lending.schedule import Notice, NoticeWay


class LoanNotice(Row):
    """Something to tell of a line, once for its kind and the date it is about (L37), or to do instead.

    `letter` is the key of the outbox row it leaves by; `way` says whether the desk calls, or has a
    task. Told or withdrawn, never both: what is withdrawn may be told anew when it is true again.
    """

    line = refers("BookingLine", "lending", on_delete=RESTRICT)
    kind = word(Notice)
    days = integer(default=0)
    about = instant()
    way = word(NoticeWay)
    letter = text()
    facts = document()
    made_at = instant()
    told_at = instant(null=True)
    told_by = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    note = text(null=True)
    withdrawn_at = instant(null=True)

    once = PartialUnique(["line", "kind", "days", "about"], where="withdrawn_at IS NULL")
    of_letter = Index(["letter"])
    waiting = Index(["way", "made_at"], where="told_at IS NULL AND withdrawn_at IS NULL")
    told_or_withdrawn = Check("num_nonnulls(told_at, withdrawn_at) < 2")
