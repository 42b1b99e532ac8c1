"""Tables of our own plumbing: messages out, events in, keys, tries, job claims, files."""

from backend.kit.rows import (
    RESTRICT,
    Check,
    Index,
    Row,
    Unique,
    binary,
    document,
    instant,
    integer,
    moments,
    refers,
    text,
)


class Outbox(Row):
    """What must leave the house; written with the effect, drained by any worker."""

    kind = text()
    key = text(unique=True)
    payload = document()
    created_at = instant()
    due_at = instant()
    attempts = integer(default=0)
    leased_until = instant(null=True)
    done_at = instant(null=True)
    gave_up_at = instant(null=True)
    last_error = text(null=True)

    waiting = Index(["due_at"], where="done_at IS NULL AND gave_up_at IS NULL")


class Inbox(Row):
    """What came in from outside, once by its sender's id, drained like the outbox."""

    source = text()
    event_id = text()
    kind = text()
    object_id = text(null=True)
    body = document(null=True)
    happened_at = instant()
    received_at = instant()
    attempts = integer(default=0)
    leased_until = instant(null=True)
    due_at = instant()
    done_at = instant(null=True)
    gave_up_at = instant(null=True)
    last_error = text(null=True)

    event = Unique(["source", "event_id"])
    waiting = Index(["due_at"], where="done_at IS NULL AND gave_up_at IS NULL")


class IdempotencyKey(Row):
    """The stored answer of a repeatable act; kept at least 30 days (V8)."""

    scope = text()
    key = text()
    fingerprint = binary()
    answer = document(null=True)
    created_at = instant(index=True)

    once = Unique(["scope", "key"])


class Tries(Row):
    """Tries spent by one subject (hashed) under one limit, in a sliding window."""

    scope = text()
    subject = binary()
    hits = moments()
    expires_at = instant(index=True)

    one = Unique(["scope", "subject"])


class JobClaim(Row):
    """One periodic task in one period is run by whoever claims it, once."""

    task = text()
    period = text()
    claimed_at = instant()
    leased_until = instant()
    attempts = integer(default=1)
    done_at = instant(null=True)

    once = Unique(["task", "period"])


class StoredFile(Row):
    """Bytes by their SHA-256, so that nodes and backups need nothing but the database."""

    sha256 = binary(unique=True)
    content = binary()
    media_type = text()
    size = integer()
    created_at = instant()

    small = Check("size <= 10485760")


class IssuedPaper(Row):
    """A numbered document as it was first printed; every later print gives the same bytes."""

    key = text(unique=True)
    file = refers("StoredFile", "kit", on_delete=RESTRICT)
    issued_at = instant()
