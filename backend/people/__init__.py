"""Persons and how to reach them.

A person has names, perhaps a day of birth, a language, and contact points: e-mail addresses and
mobile numbers, each verified (a code sent there came back) or only typed by staff. One address may
belong to several persons. Erasure empties the names; the key stays for what must be kept.
"""
