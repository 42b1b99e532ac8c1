"""What the register's filters know of each household, kept beside what it is read from (PERF6).

To find the few who never paid, or whom nothing reaches, among tens of thousands, every period and every
address would have to be read. So triggers (revision 0012) read both again for one household, under its
own lock, in the transaction that moves a period, somebody of the household, or an address. `check`
looks at all of them by night.
"""

from backend.kit.database import fetch, transaction


async def check() -> list[str]:
    """Mends what is not as it was kept; gives the numbers of these households."""
    async with transaction():
        wrong = await fetch(_WRONG)
        await fetch(
            "SELECT keep_entry(id) FROM unnest($1::bigint[]) id", [one["id"] for one in wrong]
        )
    return [one["public_id"] for one in wrong]


_WRONG = """
WITH paid AS (
  SELECT household, min(lower(during)) AS paid_from FROM period
  WHERE cancelled_at IS NULL AND provisional_until IS NULL GROUP BY household
), reached AS (
  SELECT DISTINCT m.household FROM household_member m JOIN contact_point c ON c.person = m.person
  WHERE m.adult AND m.left_on IS NULL AND c.ended_at IS NULL
)
SELECT h.id, h.public_id FROM household h JOIN register_entry e ON e.household = h.id
LEFT JOIN paid ON paid.household = h.id LEFT JOIN reached r ON r.household = h.id
WHERE (e.paid_from, e.reached) IS DISTINCT FROM (paid.paid_from, r.household IS NOT NULL)
ORDER BY h.id
"""
