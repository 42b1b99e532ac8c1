"""What the club knows of one person: told, erased, kept no longer than needed (D1, D2).

Each capability says in its `privacy.py` what it knows (`ABOUT`), what stands in the way of an
erasure (`HOLDS`) and how it forgets (`forget`); this one asks them all, in `parts.py`.

An *erasure* empties names and addresses and ends what was open; keys stay, since append-only rows
and the accounts refer to them. Its *certificate* says what went and what the law keeps, and names
nobody. *Retention* erases by the same code who has been away for long, and lets logs go.
"""
