"""All that can be judged without running the club: each step is tried, all that is wrong is shown.

python -m tools.check [STEP...]
"""

import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from tools.setup import BIN, MODULES, ROOT, path_with_ours

CODE = ("backend", "web", "partners", "tests", "tools")
TEMPLATES = (
    ROOT / "web" / "templates",
    ROOT / "partners" / "templates",
    ROOT / "backend" / "sandbox",
)
AT_ONCE = 2


class Step(NamedTuple):
    name: str
    command: list[str]


class Outcome(NamedTuple):
    step: Step
    right: bool
    said: str


def steps() -> list[Step]:
    return [
        ours("types", "mypy", *CODE),
        tool("migrations", "tools.migrations"),
        ours("format", "ruff", "format", "--check", "."),
        ours("lint", "ruff", "check", "."),
        ours("layers", "lint-imports"),
        *(
            ours(f"templates of {path.parent.name}", "djlint", "--check", "--lint", str(path))
            for path in templates()
        ),
        node("client", "biome", "check", "--error-on-warnings", "."),
        node("client types", "tsc", "--noEmit"),
        tool("spelling", "tools.spelling"),
        tool("promises", "tools.promises"),
        tool("translations", "tools.translations"),
    ]


def ours(name: str, program: str, *arguments: str) -> Step:
    return Step(name, [str(BIN / program), *arguments])


def tool(name: str, module: str) -> Step:
    return Step(name, [str(BIN / "python"), "-m", module])


def node(name: str, program: str, *arguments: str) -> Step:
    return Step(name, [str(MODULES / ".bin" / program), *arguments])


def templates() -> list[Path]:
    return [folder for folder in TEMPLATES if any(folder.rglob("*.html"))]


def tracked() -> list[str]:
    """What git knows or would take: no built or ignored file. Outside a checkout, everything."""
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True).stdout
    return [name for name in listed.splitlines() if (ROOT / name).is_file()] or ["."]


def main(wanted: Iterable[str]) -> None:
    chosen = [step for step in steps() if not list(wanted) or step.name in wanted]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [outcome.step.name for outcome in pool.map(tried, chosen) if not told(outcome)]
    if wrong:
        sys.exit(f"check: wrong: {', '.join(wrong)}")
    print(f"check: all {len(chosen)} right")


def tried(step: Step) -> Outcome:
    environ = {**os.environ, "PATH": path_with_ours(), "NO_COLOR": "1"}
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        check=False,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Outcome(step, done.returncode == 0, done.stdout)


def told(outcome: Outcome) -> bool:
    print(f"{'right' if outcome.right else 'WRONG'}  {outcome.step.name}", flush=True)
    if not outcome.right:
        print(outcome.said, flush=True)
    return outcome.right


if __name__ == "__main__":
    main(sys.argv[1:])
