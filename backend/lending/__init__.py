"""Lending: one engine for tools, appliances, books, toys, rooms and vehicles (L1).

A *resource* is a model (a drill, a title, a room); a *unit* is one copy, room, vehicle or seat
block of it, with a printed code. A *policy* holds what differs between kinds, as a row. A tenant
books a resource; the unit is chosen for them and may be changed until it is prepared (L8).

A *booking* belongs to a household and has *lines*: one resource each, with `during`, the time as
people see it, and `occupied`, the same with its buffers, which is what other lines must not touch.
*Custody* is who has a unit in their hands, from when to when. A *ticket* takes a unit out of use:
its lines are `blocked`. A *wish* is a place on the waiting list: a line that waits, with its class.

    held -> confirmed | requested -> confirmed -> ready -> checked_out -> returned -> closed
    held -> expired; requested -> rejected; confirmed, ready -> no_show
    checked_out -> lost -> returned | closed (written off, and its unit retired)
    waitlisted -> offered -> confirmed | requested | expired | waitlisted again (passed on)
    whatever is not handed over -> cancelled_by_tenant | cancelled_by_staff -> confirmed (restored)

`rules.MOVES` is the whole table. Overdue, at risk and partially returned are computed when read. A
hold or an offer past its time reads as free; the next writer of that resource writes it down.

A page calls `service` with an `Ask`: who asks, the key of this act (drawn when the page was made), the
household for a member (staff leave it None), and the booking's version the page was made with. Times
are wished as a `Period`; the policy and the site's calendar settle them (`times.settled`).

What is told stands in `loan_notice`, once for a line, its kind and its date, written with its reason
(`telling`) or by its date (`reminding`, after `schedule`). It leaves by the outbox (`sending`), which
finds words and address then and drops what is true no more; whatever changes a line withdraws it.

Every write that takes time goes through one door, `service/claims.py::claim`, under the locks of the
household, then of its resources in the order of their ids; one exclusion constraint stands behind it.
"""
