"""Who did what, to whom, when. Append-only."""

from backend.audit.rules import ALARMS, Actor
from backend.kit.rows import (
    RESTRICT,
    Index,
    Row,
    binary,
    document,
    instant,
    integer,
    refers,
    text,
    word,
)

ALARMS_SQL = ", ".join(f"'{verb}'" for verb in ALARMS)


class AuditEntry(Row):
    """`actor_id` acted; `subject_id` is the person it was done for or to, if any (D6).

    A change of the club's settings tells old and new in `facts.changes`, by name.
    """

    at = instant(index=True)
    actor = word(Actor)
    actor_id = integer(null=True)
    subject_id = integer(null=True)
    verb = text()
    object_kind = text(null=True)
    object_id = text(null=True)
    facts = document()
    request_id = text(null=True)

    by_subject = Index(["subject_id", "at"], where="subject_id IS NOT NULL")
    of_settings = Index(["at"], where="facts ? 'changes'")
    of_alarms = Index(["at"], where=f"verb IN ({ALARMS_SQL})")
    by_object = Index(["object_kind", "object_id"], where="object_id IS NOT NULL")


class PreparedList(Row):
    """A long list, made while its reader sees how far it is: `done` rows of `rows`.

    `what` it is made by and its `source` are kept until it is made, so that another process can begin
    again. `content` comes when all are done; `seen_at` is when the work was last heard of. Gone in an
    hour.
    """

    public_id = text(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT)
    file_name = text()
    media_type = text()
    back = text()
    what = text(null=True)
    source = binary(null=True)
    rows = integer()
    done = integer(default=0)
    content = binary(null=True)
    asked_at = instant(index=True)
    seen_at = instant()
