"""Orders: services at the counter, whatever they are (S1 to S6).

A *service* is a row: baskets, dry-cleaning, bread, parcels, photocopies, and any later one. What
differs between them are traits, not kinds: `weekly` (delivered on a weekday, ordered until a cut-off),
`brings_in` (the member leaves things, counted and described), `holds` (something waits for the
member: a parcel, with its sender), and `pay_at`, when its money is asked for. Its *items* have dated
prices; an order's lines keep their own cents, so a new price changes no order (S1).

A *round* is what goes to the partner together and comes back together: of a weekly service one for
each site and delivery day, made when somebody first needs it; of another one whenever staff sends
what is there. A weekly round is closed when its cut-off is past: computed, never stored, so nothing
waits for a scheduler. Its list leaves once; who orders later is in the next round (S3).

A *ticket* is one order of a household, whatever it is of, with a printed code:

    ordered -> confirmed -> with_partner -> ready -> collected
    confirmed -> ready; ready -> with_partner (it goes back); collected -> ready (undone)
    ordered, confirmed, with_partner, ready -> cancelled; cancelled, collected -> refunded

`rules.MOVES` is the whole table and a trigger has it too; `ordered` waits for its payment. The same
trigger writes `ticket_move`, which says who moved what when, and lets nothing be collected that is
not paid. Its money is a pay order of the kind `service`, in the journal and drawer of dues (S6);
`ticket_payment` says which part of a payment is for which ticket, and the ticket's sums follow from
its lines and these rows by trigger alone.

Locks in their order: household, round, ticket. An order holds its round's row while it goes in, and
the list holds it while it leaves: so an order is in the list, or in the next round, never in neither.
"""
