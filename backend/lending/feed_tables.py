"""Calendars that a telephone or a screen reads by a secret address (L42)."""

from backend.kit.rows import RESTRICT, Check, PartialUnique, Row, binary, instant, refers


class CalendarFeed(Row):
    """Who or what a calendar is about: one of person, resource and site. Only the hash is kept.

    One runs for each: a new secret ends the one before.
    """

    secret_hash = binary(unique=True)
    person = refers("Person", "people", on_delete=RESTRICT, null=True, index=False)
    resource = refers("Resource", "lending", on_delete=RESTRICT, null=True, index=False)
    site = refers("Site", "places", on_delete=RESTRICT, null=True, index=False)
    made_at = instant()
    ended_at = instant(null=True)

    one_of_person = PartialUnique(["person"], where="ended_at IS NULL AND person IS NOT NULL")
    one_of_resource = PartialUnique(["resource"], where="ended_at IS NULL AND resource IS NOT NULL")
    one_of_site = PartialUnique(["site"], where="ended_at IS NULL AND site IS NOT NULL")
    about_one = Check("num_nonnulls(person, resource, site) = 1")
