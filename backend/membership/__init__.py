"""Households, who belongs to them, what they have paid for, and their cards.

- household: one membership, one price, one tile. Its people are its named adults and its children.
- category: what decides the price. proof: what is known of the dwelling it says it lives in.
- period: days that are paid. Periods of a household never overlap: the database refuses it (M2).
- status: prospect, current, provisional, grace, lapsed, ended; computed from periods, never stored.
- plan: paying each month, until it is stopped.
- check: a household that staff must look at. Nobody who joins is told so, or why.
"""
