"""Neighbours who help each other: what they offer and ask for, and how two of them find one another.

A *listing* (`Listing`, annonce) is an offer or a request of one adult member. It is entered online, or
by staff for somebody who said yes to it (X1); it runs for some weeks and is renewed in one tap (X2).
The law keeps mutual help apart from work: a listing in the member's own trade, of a regulated act or
of a service repeated every week waits until staff have looked at it (X8).

An *exchange* (`Exchange`, échange) is what follows between two people: asked, agreed, done, or refused,
withdrawn, closed by staff. Words go through the club, and contact details are shown when both have said
yes to showing theirs (X3). Two people of whom one blocked the other never meet (X9).

No balance is kept. Where the club turns hours on, a done exchange may carry some, which the other one
confirms; accounts add up to zero and never pass a limit, both held by the database (X6, X7).
"""
