"""The JSON API for tills and partners' own systems.

A bearer token is one till: it sees and does what that till may. Codes travel in bodies only, every
POST carries an Idempotency-Key, and every no is a problem (RFC 9457) of the closed list. Within v1
fields may be added, never changed.
"""
