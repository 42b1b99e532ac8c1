"""What is kept of loans when their names go (L43, L45)."""

from backend.kit.rows import RESTRICT, Check, PartialUnique, Row, day, integer, refers


class LoanMonth(Row):
    """Loans that began in a month, and how many households had them: of a site, or of the whole club."""

    site = refers("Site", "places", on_delete=RESTRICT, null=True, index=False)
    first_on = day()
    loans = integer()
    households = integer()

    of_site = PartialUnique(["site", "first_on"], where="site IS NOT NULL")
    of_club = PartialUnique(["first_on"], where="site IS NULL")
    sane = Check("households BETWEEN 0 AND loans AND extract(day FROM first_on) = 1")
