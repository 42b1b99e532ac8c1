"""What a page says, as a keyboard writes it: a test compares it with the sentence of the code."""

import re

HELD = re.compile("[\u00a0\u202f](?=[;:?!»])|(?<=[«°])\u00a0")


def as_typed(said: str) -> str:
    return HELD.sub(" ", said)
