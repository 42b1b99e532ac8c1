"""Puts right what a program can put right: Python, templates, client."""

import subprocess
import sys

from tools.check import Step, node, ours, templates, tried


def steps() -> list[Step]:
    return [
        ours("imports", "ruff", "check", "--fix-only", "--quiet", "."),
        ours("format", "ruff", "format", "--quiet", "."),
        *(ours("templates", "djlint", "--reformat", "--quiet", str(path)) for path in templates()),
        node("client", "biome", "check", "--write", "."),
    ]


def main() -> None:
    for step in steps():
        tried(step)
    changed = subprocess.run(["git", "status", "--short"], check=False).returncode
    sys.exit(changed)


if __name__ == "__main__":
    main()
