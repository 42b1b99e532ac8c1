"""A household's whole story on one line of time: who came, what was paid, taken, sent, done and agreed.

Read across capabilities, newest first, page by page. Of a person only the days in this household are
told: what came before or after belongs to another one.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from backend.kit import clock
from backend.kit.database import fetch, fetch_one
from backend.membership.desk import FileContact

PAGE = 40


class Kind(StrEnum):
    """What a line is about."""

    PEOPLE = "people"
    PERIODS = "periods"
    MONEY = "money"
    VOUCHERS = "vouchers"
    MESSAGES = "messages"
    ACTS = "acts"
    CONSENTS = "consents"


class Cursor(msgspec.Struct, frozen=True):
    """After which line a page goes on: its instant in microseconds, its source, its row."""

    at: int
    rank: int
    id: int

    @classmethod
    def read(cls, typed: str) -> "Cursor | None":
        """None for what is no cursor of ours: the page then begins at the newest line."""
        parts = typed.split("-")
        known = all(part.isascii() and part.isdecimal() and len(part) < 19 for part in parts)
        if len(parts) != 3 or not known or int(parts[0]) > 10**16 or int(parts[1]) > 99:
            return None
        return cls(*map(int, parts))

    def __str__(self) -> str:
        return f"{self.at}-{self.rank}-{self.id}"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line. `who` it is about, `by` which colleague, "" where nobody is to be named.

    `what` is a word of its source: a kind of payment, a verb of the record, a kind of message.
    `whole_day`: only its day is known.
    """

    at: datetime
    rank: int
    id: int
    kind: Kind
    what: str
    who: str
    by: str
    cents: int | None
    facts: dict[str, Any]
    whole_day: bool


class Told(msgspec.Struct, frozen=True):
    """One page. `older` is where the next one begins."""

    events: list[Event]
    older: Cursor | None


class Someone(msgspec.Struct, frozen=True, kw_only=True):
    """How one of a household's people is reached, and where they live now if elsewhere."""

    public_id: str
    contacts: tuple[FileContact, ...]
    paper_card: bool
    moved_to: str | None


class Front(msgspec.Struct, frozen=True, kw_only=True):
    """What stands above the story; uses and savings since the first of January."""

    landlord: str | None
    residence: str | None
    contract: str | None
    rooms: int | None
    site: str | None
    monthly_since: datetime | None
    uses: int
    saved_cents: int
    people: tuple[Someone, ...]

    def of(self, person_public_id: str) -> Someone:
        return next(one for one in self.people if one.public_id == person_public_id)


async def tell(
    household_id: int,
    public_id: str,
    kind: Kind | None = None,
    after: Cursor | None = None,
    most: int = PAGE,
) -> Told:
    """One statement."""
    rows = await fetch(
        _STORY,
        household_id,
        most + 1,
        None if kind is None else kind.value,
        None if after is None else after.at,
        0 if after is None else after.rank,
        0 if after is None else after.id,
        public_id,
        list(_TOLD_ELSEWHERE),
    )
    events = [_event(row) for row in rows[:most]]
    last = events[-1] if len(rows) > most else None
    return Told(events, None if last is None else _cursor(last))


async def front(household_id: int) -> Front:
    """One statement."""
    first = clock.start_of_day(clock.today().replace(month=1, day=1))
    row = await fetch_one(_FRONT, household_id, first)
    assert row is not None
    values = dict(row)
    values["people"] = msgspec.json.decode(values["people"], type=tuple[Someone, ...])
    return Front(**values)


def _event(row: Any) -> Event:
    values = dict(row)
    values["kind"] = Kind(values["kind"])
    values["facts"] = msgspec.json.decode(values["facts"], type=dict[str, Any])
    return Event(**values)


def _cursor(event: Event) -> Cursor:
    whole = int(event.at.timestamp()) * 1_000_000
    return Cursor(whole + event.at.microsecond, event.rank, event.id)


# Acts whose traces are lines of their own here, with the name of who did them.
_TOLD_ELSEWHERE = (
    "file.view",
    "household_joined",
    "adult_added",
    "child_added",
    "person_left",
    "person_moved_in",
    "household_ended",
    "dues_taken",
    "voucher.redeem",
    "voucher.undo",
    "consent.choose",
)
_DAY = "(({0})::timestamp AT TIME ZONE 'Europe/Paris')"
# Who did it to somebody on a day, as the record names them; nobody who did it to themselves.
_DONE_BY = (
    "LEFT JOIN LATERAL (SELECT a.at, concat_ws(' ', b.given_name, b.family_name) AS name"  # noqa: S608 - our own words
    " FROM audit_entry a LEFT JOIN person b ON a.actor = 'person' AND b.id = a.actor_id"
    "  AND a.actor_id <> a.subject_id WHERE a.subject_id = s.person AND a.verb = ANY({0})"
    f" AND a.at >= {_DAY.format('{1}')} AND a.at < {_DAY.format('{1} + 1')}"
    " ORDER BY a.id LIMIT 1) done ON true"
)
_CAME = _DONE_BY.format(
    "ARRAY['household_joined', 'adult_added', 'child_added', 'person_moved_in']", "s.joined_on"
)
_WENT = _DONE_BY.format("ARRAY['person_left']", "s.left_on")
_BY = "coalesce(concat_ws(' ', b.given_name, b.family_name), '')"
_NOBODY, _NOTHING = "''::text", "NULL::bigint"
# Of each source: the kind of its lines, then at, id, what, who, by, cents, facts, whole_day, and from where.
_SOURCES = (
    (
        Kind.PEOPLE,
        (
            f"SELECT coalesce(done.at, {_DAY.format('s.joined_on')}), s.id,"  # noqa: S608 - our own words
            " CASE WHEN s.adult THEN 'adult_came' ELSE 'child_came' END, s.name,"
            f" coalesce(done.name, ''), {_NOTHING}, '{{}}'::jsonb, done.at IS NULL FROM stays s {_CAME}"
        ),
    ),
    (
        Kind.PEOPLE,
        (
            f"SELECT coalesce(done.at, {_DAY.format('s.left_on')}), s.id, 'went', s.name,"  # noqa: S608
            f" coalesce(done.name, ''), {_NOTHING}, jsonb_build_object('to', s.moved_to), done.at IS NULL"
            f" FROM stays s {_WENT} WHERE s.left_on IS NOT NULL"
        ),
    ),
    (
        Kind.PERIODS,
        (
            f"SELECT q.created_at, q.id, 'period', {_NOBODY}, {_NOBODY}, q.paid_cents::bigint,"  # noqa: S608
            " jsonb_build_object('first', lower(q.during), 'last', upper(q.during) - 1,"
            "  'provisional', q.provisional_until), false FROM period q WHERE q.household = $1"
        ),
    ),
    (
        Kind.PERIODS,
        (
            f"SELECT q.cancelled_at, q.id, 'period_cancelled', {_NOBODY}, {_NOBODY}, {_NOTHING},"  # noqa: S608
            " jsonb_build_object('first', lower(q.during), 'last', upper(q.during) - 1,"
            "  'reason', q.cancel_reason), false FROM period q"
            " WHERE q.household = $1 AND q.cancelled_at IS NOT NULL"
        ),
    ),
    # An order taken over the counter is paid as it is made: its payment tells it.
    (
        Kind.MONEY,
        (
            f"SELECT o.created_at, o.id, 'order', {_NOBODY}, {_NOBODY}, o.amount_cents::bigint,"  # noqa: S608
            " jsonb_build_object('label', o.label, 'way', o.way), false"
            " FROM household h JOIN pay_order o ON o.payer = h.payer WHERE h.id = $1 AND NOT EXISTS"
            " (SELECT 1 FROM payment y WHERE y.pay_order = o.id AND y.received_by IS NOT NULL)"
        ),
    ),
    (
        Kind.MONEY,
        (
            f"SELECT y.received_at, y.id, y.kind, {_NOBODY}, {_BY}, y.amount_cents::bigint,"  # noqa: S608
            " jsonb_build_object('label', o.label, 'way', y.way, 'receipt', t.public_id,"
            "  'number', t.printed ->> 'number'), false"
            " FROM household h JOIN pay_order o ON o.payer = h.payer JOIN payment y ON y.pay_order = o.id"
            " LEFT JOIN receipt t ON t.payment = y.id LEFT JOIN person b ON b.id = y.received_by"
            " WHERE h.id = $1"
        ),
    ),
    (
        Kind.MONEY,
        (
            f"SELECT u.at, u.id, u.what, {_NOBODY}, {_NOBODY}, {_NOTHING}, '{{}}'::jsonb, false"  # noqa: S608
            " FROM monthly_plan m, LATERAL (VALUES (m.started_at, m.id, 'plan_started'),"
            " (m.ended_at, m.id, 'plan_ended')) u(at, id, what)"
            " WHERE m.household = $1 AND u.at IS NOT NULL"
        ),
    ),
    (
        Kind.MONEY,
        (
            f"SELECT u.at, w.id, u.what, {_NOBODY}, {_NOBODY}, {_NOTHING}, '{{}}'::jsonb, false"  # noqa: S608
            " FROM renewal_wish w, LATERAL (VALUES (w.asked_at, 'wish_asked'),"
            " (w.ended_at, 'wish_ended')) u(at, what) WHERE w.household = $1 AND u.at IS NOT NULL"
        ),
    ),
    (
        Kind.MONEY,
        (
            f"SELECT r.noticed_at, r.id, 'notice', {_NOBODY}, {_NOBODY}, {_NOTHING},"  # noqa: S608
            " jsonb_build_object('first', r.term, 'amount', r.amount_cents, 'arrived',"
            "  (r.delivered_at AT TIME ZONE 'Europe/Paris')::date, 'by', r.delivered_by,"
            "  'text', r.notice_text), false"
            " FROM renewal_wish w JOIN renewal r ON r.wish = w.id WHERE w.household = $1"
        ),
    ),
    (
        Kind.VOUCHERS,
        (
            f"SELECT u.at, v.id, u.what, concat_ws(' ', n.given_name, n.family_name), {_NOBODY},"  # noqa: S608
            f" {_NOTHING}, jsonb_build_object('title', w.terms ->> 'title', 'partner', p.name), false"
            " FROM voucher v JOIN partner p ON p.id = v.partner JOIN person n ON n.id = v.claimant"
            " JOIN offer_version w ON w.offer = v.offer AND w.version = v.offer_version,"
            " LATERAL (VALUES (v.issued_at, 'taken'), (CASE WHEN v.state IN ('cancelled', 'revoked')"
            "  THEN v.changed_at END, v.state)) u(at, what) WHERE v.household = $1 AND u.at IS NOT NULL"
        ),
    ),
    (
        Kind.VOUCHERS,
        (
            f"SELECT r.at, r.id, 'used', concat_ws(' ', n.given_name, n.family_name), {_BY},"  # noqa: S608
            " r.saving_cents::bigint, jsonb_build_object('title', w.terms ->> 'title', 'partner', s.name),"
            " false FROM redemption r JOIN shop s ON s.id = r.shop JOIN person n ON n.id = r.person"
            " JOIN offer_version w ON w.offer = r.offer AND w.version = r.offer_version"
            " LEFT JOIN person b ON b.id = r.staff WHERE r.household = $1"
        ),
    ),
    (
        Kind.VOUCHERS,
        (
            f"SELECT x.at, x.id, 'undone', concat_ws(' ', n.given_name, n.family_name), {_BY},"  # noqa: S608
            " r.saving_cents::bigint, jsonb_build_object('title', w.terms ->> 'title', 'partner', s.name),"
            " false FROM redemption r JOIN reversal x ON x.redemption = r.id JOIN shop s ON s.id = r.shop"
            " JOIN person n ON n.id = r.person"
            " JOIN offer_version w ON w.offer = r.offer AND w.version = r.offer_version"
            " LEFT JOIN person b ON b.id = x.staff WHERE r.household = $1"
        ),
    ),
    (
        Kind.MESSAGES,
        (
            f"SELECT e.queued_at, e.id, e.kind, s.name, {_NOBODY}, {_NOTHING},"  # noqa: S608
            " jsonb_build_object('way', e.way, 'sent', e.sent_at IS NOT NULL,"
            "  'failed', e.failed_at IS NOT NULL), false FROM stays s JOIN message e"
            " ON e.person = s.person AND e.queued_at >= s.begun AND e.queued_at < s.until"
        ),
    ),
    (
        Kind.ACTS,
        (
            f"SELECT a.at, a.id, a.verb, coalesce(concat_ws(' ', n.given_name, n.family_name), ''), {_BY},"  # noqa: S608
            f" {_NOTHING}, a.facts, false FROM (SELECT x.* FROM stays s JOIN audit_entry x"
            "  ON x.subject_id = s.person AND x.at >= s.begun AND x.at < s.until"
            " UNION SELECT x.* FROM audit_entry x WHERE x.object_kind = 'household' AND x.object_id = $7) a"
            " LEFT JOIN person n ON n.id = a.subject_id"
            " LEFT JOIN person b ON a.actor = 'person' AND b.id = a.actor_id"
            " WHERE a.verb <> ALL($8::text[])"
            " AND (a.actor = 'system' OR a.actor = 'person' AND a.actor_id NOT IN (SELECT person FROM stays))"
        ),
    ),
    # What was ticked in one minute is one line.
    (
        Kind.CONSENTS,
        (
            f"SELECT max(c.at), max(c.id), 'consent', s.name, {_BY}, {_NOTHING},"  # noqa: S608
            " jsonb_build_object('source', c.source, 'said', jsonb_agg(jsonb_build_array(c.subject,"
            "  c.medium, c.given) ORDER BY c.id)), false FROM stays s JOIN consent c"
            " ON c.person = s.person AND c.at >= s.begun AND c.at < s.until"
            " LEFT JOIN person b ON b.id = c.recorded_by GROUP BY date_trunc('minute', c.at), c.source, s.name,"
            " s.id, b.id"
        ),
    ),
)
# $1 household, $2 how many, $3 kind, $4 to $6 after which line, $7 its public id, $8 verbs left out.
_BRANCH = """
(SELECT '{kind}' AS kind, {rank} AS rank, b.* FROM ({source}) b(at, id, what, who, "by", cents, facts, whole_day)
 WHERE ($3::text IS NULL OR $3 = '{kind}') AND ($4::bigint IS NULL
   OR (b.at, {rank}, b.id) < ('epoch'::timestamptz + $4 * interval '1 microsecond', $5::int, $6::bigint))
 ORDER BY b.at DESC, b.id DESC LIMIT $2)
"""
_STORY = (
    "WITH stays AS MATERIALIZED (SELECT m.id, m.person, m.adult, m.joined_on, m.left_on,"  # noqa: S608
    f" {_DAY.format('m.joined_on')} AS begun,"
    f" coalesce({_DAY.format('m.left_on + 1')}, 'infinity') AS until,"
    " concat_ws(' ', p.given_name, p.family_name) AS name,"
    " (SELECT o.public_id FROM household_member n JOIN household o ON o.id = n.household"
    "  WHERE n.person = m.person AND n.left_on IS NULL AND n.household <> $1) AS moved_to"
    " FROM household_member m JOIN person p ON p.id = m.person WHERE m.household = $1)"
    " SELECT e.kind, e.rank, e.at, e.id, e.what, e.who, e.by, e.cents, e.facts::text AS facts,"
    " e.whole_day FROM ("
    + "UNION ALL".join(
        _BRANCH.format(kind=kind, rank=rank, source=source)
        for rank, (kind, source) in enumerate(_SOURCES)
    )
    + ") e ORDER BY e.at DESC, e.rank DESC, e.id DESC LIMIT $2"
)
# $1 household, $2 the instant from which uses count.
_FRONT = """
SELECT l.name AS landlord, r.name AS residence, d.contract_number AS contract, d.rooms,
  t.name AS site, (SELECT m.started_at FROM monthly_plan m WHERE m.household = h.id
    AND m.ended_at IS NULL) AS monthly_since, x.uses, x.saved_cents,
  coalesce((SELECT json_agg(json_build_object('public_id', p.public_id,
      'paper_card', EXISTS (SELECT 1 FROM card k WHERE k.person = p.id AND k.kind = 'paper'
        AND k.revoked_at IS NULL),
      'moved_to', (SELECT o.public_id FROM household_member n JOIN household o ON o.id = n.household
        WHERE n.person = p.id AND n.left_on IS NULL AND n.household <> h.id),
      'contacts', coalesce((SELECT json_agg(json_build_object('public_id', c.public_id,
         'channel', c.channel, 'value', c.value, 'verified', c.verified_at IS NOT NULL)
         ORDER BY c.channel, c.id) FROM contact_point c WHERE c.person = p.id AND c.ended_at IS NULL
         AND m.left_on IS NULL), '[]')))
    FROM household_member m JOIN person p ON p.id = m.person WHERE m.household = h.id), '[]')::text
    AS people
FROM household h LEFT JOIN dwelling d ON d.id = h.dwelling LEFT JOIN landlord l ON l.id = d.landlord
LEFT JOIN residence r ON r.id = d.residence LEFT JOIN site t ON t.id = h.site
CROSS JOIN LATERAL (SELECT count(*) AS uses, coalesce(sum(u.saving_cents), 0)::bigint AS saved_cents
  FROM redemption u WHERE u.household = h.id AND u.at >= $2
  AND NOT EXISTS (SELECT 1 FROM reversal v WHERE v.redemption = u.id)) x
WHERE h.id = $1
"""
