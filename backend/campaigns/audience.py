"""Who gets a campaign, and who of its segment does not, each with a reason: one statement for both.

What stands in the data: residence, landlord and priority district by the dwelling of a household (a
neighbour has none, nor has a home that is not checked yet), its site where staff have set one, its
children, and each person's language. What does not: age but for who gave a day of birth, income, health.
"""

from typing import Any

import msgspec

from backend.campaigns.rules import MEDIA, PAPER_WAITS, SUBJECTS, WEEK, Kind, Reason, Segment, Way
from backend.kit import clock
from backend.kit.database import fetch, within
from backend.membership import queries as membership
from backend.merchants import standings

# One row a person: by which way, or the reason why by none. Who said yes by one way and has no address
# there is told apart from who never said yes: the reason nearest to a yes is the one to mend.
DECIDED = """
WITH candidate AS (
  SELECT p.id AS person, h.id AS household, coalesce(nullif(h.street, ''), d.street, '') AS street,
    EXISTS (SELECT 1 FROM period q WHERE q.household = h.id AND q.cancelled_at IS NULL
      AND lower(q.during) <= $2::date AND CASE WHEN q.provisional_until IS NULL
        THEN upper(q.during) + $3::int > $2::date
        ELSE upper(q.during) > $2::date AND q.provisional_until >= $2::date END) AS stands
  FROM household_member m
  JOIN household h ON h.id = m.household AND h.ended_at IS NULL
  JOIN person p ON p.id = m.person AND p.erased_at IS NULL
  LEFT JOIN dwelling d ON d.id = h.dwelling
  LEFT JOIN residence r ON r.id = d.residence
  WHERE m.left_on IS NULL AND m.adult
    AND (cardinality($8::bigint[]) = 0 OR r.landlord = ANY($8))
    AND (cardinality($9::bigint[]) = 0 OR r.id = ANY($9))
    AND (cardinality($10::bigint[]) = 0 OR h.site = ANY($10))
    AND (cardinality($11::text[]) = 0 OR p.language = ANY($11))
    AND (NOT $12::boolean OR d.priority_district OR r.priority_district)
    AND (NOT $13::boolean OR EXISTS (SELECT 1 FROM household_member k
      WHERE k.household = h.id AND k.left_on IS NULL AND NOT k.adult))
), asked AS (
  SELECT c.person, c.stands, w.way, w.place, CASE
    WHEN said.given IS NULL THEN 'no_consent'
    WHEN NOT said.given THEN 'said_no'
    WHEN w.way = 'print' AND c.street = '' THEN 'no_address'
    WHEN w.way <> 'print' AND coalesce(known.addresses, 0) = 0 THEN 'no_address'
    WHEN w.way <> 'print' AND known.living = 0 THEN 'bounced'
    END AS reason
  FROM candidate c CROSS JOIN unnest($4::text[], $5::text[]) WITH ORDINALITY AS w(way, medium, place)
  LEFT JOIN LATERAL (SELECT k.given FROM consent k WHERE k.person = c.person AND k.subject = $6
    AND k.medium = w.medium ORDER BY k.id DESC LIMIT 1) said ON true
  LEFT JOIN LATERAL (SELECT count(*) AS addresses, count(*) FILTER (WHERE x.id IS NULL) AS living
    FROM contact_point a LEFT JOIN dead_address x ON x.value = a.value
      AND (a.verified_at IS NULL OR a.verified_at <= x.at)
    WHERE a.person = c.person AND a.channel = w.way AND a.ended_at IS NULL) known ON true
), best AS (
  SELECT DISTINCT ON (person) person, stands, way, reason FROM asked
  ORDER BY person, coalesce(array_position(ARRAY['bounced', 'no_address', 'said_no', 'no_consent'],
    reason), 0), place
), decided AS (
  SELECT b.person, b.way, CASE WHEN NOT b.stands THEN 'not_member'
    WHEN b.reason IS NOT NULL THEN b.reason
    WHEN $7::bigint > 0 AND (SELECT count(*) FROM campaign_recipient x
      JOIN campaign y ON y.id = x.campaign
      WHERE x.person = b.person AND y.kind = 'partner' AND (x.outcome = 'waiting'
          AND (x.way <> 'print' OR y.launched_at > $14::timestamptz)
        OR x.outcome = 'sent' AND x.left_at > $1::timestamptz)) >= $7 THEN 'capped'
    END AS reason
  FROM best b
)
"""


def may_speak(campaign: str, day: str) -> str:
    """Of a campaign on a day: the club's own, or of a partner whose offers hold (P3)."""
    return (
        f"({campaign}.partner IS NULL OR EXISTS (SELECT 1 FROM partner p"  # noqa: S608 - our own words
        f" WHERE p.id = {campaign}.partner AND {standings.gives(day)}))"
    )


Asked = tuple[Any, ...]  # what the statement takes, in its order


class Audience(msgspec.Struct, frozen=True):
    """How many get it by each way, and how many of the segment do not, by reason."""

    reached: dict[Way, int]
    left_out: dict[Reason, int]

    @property
    def people(self) -> int:
        return sum(self.reached.values())


async def ask(kind: Kind, ways: tuple[Way, ...], segment: Segment, partner_messages: int) -> Asked:
    """Newsletters are not counted among partners' messages, nor held back by them."""
    return (
        clock.now() - WEEK,
        clock.today(),
        await membership.grace_days(),
        [way.value for way in ways],
        [MEDIA[way].value for way in ways],
        SUBJECTS[kind].value,
        partner_messages if kind is Kind.PARTNER else 0,
        list(segment.landlords),
        list(segment.residences),
        list(segment.sites),
        list(segment.languages),
        segment.priority_district,
        segment.with_children,
        clock.now() - PAPER_WAITS,
    )


async def look(asked: Asked) -> Audience:
    """The exact audience, if it were sent now (N6)."""
    return _audience(await fetch(f"{DECIDED} {_COUNTED}", *asked))


async def fix(asked: Asked, campaign_id: int) -> Audience:
    """The same decision, written down: one row a person, which makes it once (N4)."""
    within()
    return _audience(await fetch(f"{DECIDED}, {_WRITTEN} {_COUNTED}", *asked, campaign_id))


_COUNTED = "SELECT reason, way, count(*) AS people FROM decided GROUP BY reason, way"
_WRITTEN = (
    "written AS (INSERT INTO campaign_recipient (campaign, person, way, outcome)"
    " SELECT $15, person, way, 'waiting' FROM decided WHERE reason IS NULL ORDER BY person)"
)


def _audience(rows: list[Any]) -> Audience:
    reached: dict[Way, int] = {}
    left_out: dict[Reason, int] = {}
    for row in rows:
        if row["reason"] is None:
            reached[Way(row["way"])] = row["people"]
        else:
            reason = Reason(row["reason"])
            left_out[reason] = left_out.get(reason, 0) + row["people"]
    return Audience(reached, left_out)
