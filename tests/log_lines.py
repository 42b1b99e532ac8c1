"""What no line of a log may hold, whatever wrote it (SEC13)."""

import re

FORBIDDEN = {
    "whole e-mail": re.compile(r"[\w.+-]{2,}@[\w-]+\.\w+"),
    # The server says its processes, and theirs have six digits on a machine that has run for long.
    "code of six digits": re.compile(r"(?<!PID: )(?<![\w.:-])\d{6}(?![\w.:-])"),
    "typed code": re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b"),
    "text of a QR code": re.compile(r"PL1[A-Z][0-9A-Z $%*+\-./:]{12,}"),
    "token": re.compile(r"\b(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-]{40,}\b"),
    "phone": re.compile(r"\+33\d{9}\b"),
}


def leaks(said: str) -> list[str]:
    """Which kind stands in which line; empty when all is well."""
    return [
        f"{kind}: {line}"
        for line in said.splitlines()
        for kind, pattern in FORBIDDEN.items()
        if pattern.search(line)
    ]
