"""What released code says to its database, kept so that newer schemas can be held to it (REL10).

`NNNN.json` is a tape: every statement of a day at the club, in its order and with its values, as the
code of revision NNNN sent them. Played on an empty database it makes the club of that day again; on
a newer schema it shows whether the old code could go on working while, and after, it is migrated.

On the day of a release, with the last released revision being 0007:

    .venv/bin/python -m tests.releases 0007

day.py is that day, tape.py records and plays.
"""
