"""The demo club, "Le Club de l'Orme": a year in the life of a club that does not exist.

`fill_once` fills an empty database, `introduction` says who to be. Everything is invented; what a
person reads is the same on each machine, dated around today. Secrets are drawn, as in a real club.

Where to read: cast.py is who a newcomer can be; fill.py the order of things; export.py makes the
landlords' lists; ground.py and market.py go through the club's own services; people.py, dues.py and
uses.py tell a year of 900 households, which books.py writes in bulk: through the services it would
take minutes.
"""

from backend.sandbox.demo.cast import introduction
from backend.sandbox.demo.fill import fill_once

__all__ = ["fill_once", "introduction"]
