"""Activities: what neighbours do together, one evening after the other (A1 to A4, C1, L41).

A *session* (`ActivitySession`, séance) is one occurrence, with everything that is said of it: each has
a row of its own, so that one evening can have another room, hour or leader. A *series* only says that
some sessions belong together; what is changed is changed in sessions, this one or the rest, and an
occurrence that somebody changed by hand keeps its own words unless it is named.

A *seat* (`Seat`, place) is of one named person of a household, children included: `waiting`, `taken`,
`cancelled`. Whoever comes when all are taken waits; a seat that comes free goes to the first in line who
may still have it, in the same transaction. The database counts: `taken` never passes `capacity`.

Who came (`attended`) is noted by staff alone. Names are for leaders and staff, never for neighbours.
"""
