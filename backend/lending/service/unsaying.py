"""What was said and shown of a loan goes with its names; what belongs to the thing stays (L45, D1)."""

from collections.abc import Sequence

from backend.kit.database import fetch, within
from backend.lending import photos
from backend.lending.owing import OWED_SQL
from backend.lending.service.tickets import WHY

# A debt `d` that is not over: it waits for a second or for an answer, or money is owed either way.
OPEN_DEBT = f"""
d.dropped_at IS NULL AND (
  (d.second AND d.agreed_at IS NULL)
  OR (SELECT coalesce(sum(CASE {OWED_SQL} END), 0) FROM lending_entry e WHERE e.debt = d.id) <> 0
  OR EXISTS (SELECT 1 FROM debt_contest c WHERE c.debt = d.id AND c.answered_at IS NULL))
"""  # noqa: S608 - our own words

# What a copy goes on missing, and how far it had gone: no words, no pictures.
_OF_THE_THING = (
    "coalesce((SELECT jsonb_object_agg(key, value) FROM jsonb_each(c.{column})"
    " WHERE key IN ('missing', 'kilometres', 'charge')), '{{}}')"
)


# What was opened while the thing was out with a loan, or at its return; the house's own plans and works
# are about nobody. A return that was undone, or a loss, left its ticket with the time alone.
_TICKETS = """
UPDATE ticket t SET note = v.said FROM unnest($2::text[], $3::text[]) v (kind, said)
WHERE v.kind = t.kind AND t.plan IS NULL AND t.kind <> 'blackout' AND t.id IN (
  SELECT ticket FROM custody WHERE line = ANY($1)
  UNION SELECT x.id FROM custody c JOIN ticket x ON x.unit = c.unit AND x.opened_at
    BETWEEN c.out_noted_at AND coalesce(c.in_noted_at, c.undone_at, 'infinity')
  WHERE c.line = ANY($1))
"""


async def unsay_loans(lines: Sequence[int]) -> None:
    """Notes, reasons and photos of these lines, of their tickets, debts and deposits."""
    within()
    pictures = await fetch(
        "SELECT DISTINCT photo::bigint AS id FROM custody c"
        " CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(c.given -> 'photos', '[]')"
        "  || coalesce(c.taken -> 'photos', '[]')) p (photo) WHERE c.line = ANY($1)",
        lines,
    )
    await fetch(
        f"UPDATE custody c SET given = {_OF_THE_THING.format(column='given')},"  # noqa: S608
        f" taken = CASE WHEN c.taken IS NOT NULL THEN {_OF_THE_THING.format(column='taken')} END"
        " WHERE c.line = ANY($1)",
        lines,
    )
    await fetch("UPDATE booking_line SET reason = NULL WHERE id = ANY($1)", lines)
    await fetch(_TICKETS, lines, [kind.value for kind in WHY], list(WHY.values()))
    rows = await fetch("SELECT id FROM loan_debt WHERE line = ANY($1)", lines)
    await unsay_debts([row["id"] for row in rows])
    await fetch(
        "UPDATE loan_deposit SET cheque = '' WHERE line = ANY($1) AND ended_at IS NOT NULL", lines
    )
    await photos.release([row["id"] for row in pictures])


async def unsay_debts(debts: Sequence[int]) -> None:
    """Of debts that are over: sums stay, without what they were for."""
    within()
    rows = await fetch(
        f"UPDATE loan_debt d SET note = '', waived_for = '{{}}', drop_reason = left(d.drop_reason, 0)"  # noqa: S608
        f" WHERE d.id = ANY($1) AND NOT ({OPEN_DEBT}) RETURNING d.id",
        debts,
    )
    over = [row["id"] for row in rows]
    await fetch(
        "UPDATE debt_contest SET words = '', answer = left(answer, 0) WHERE debt = ANY($1)", over
    )
    gone = await fetch("DELETE FROM damage_photo WHERE debt = ANY($1) RETURNING stored_file", over)
    await photos.release([row["stored_file"] for row in gone])
