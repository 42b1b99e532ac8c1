"""Partners and where they are: shops, their hours, and the tills that scan.

A partner is never deleted, it is closed; a shop likewise. A till is made by the club or by its
merchant, enrolled once by a link that opens one time, and revoked at any moment (V24). It also ends
by itself after 180 days without use (SEC4). Only hashes of its secrets are kept.
"""
