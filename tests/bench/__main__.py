"""`make bench`: every measurement, or those named: `make bench ARGS="pages weight"`."""

import asyncio
import importlib
import os
import sys
from pathlib import Path

from tests.bench.figures import busy_cores, told

os.environ.setdefault("PALIER_ENV", "test")
FRAME = {
    "__init__",
    "__main__",
    "crowd",
    "figures",
    "money",
    "raw",
    "stage",
    "town",
    "visitors",
    "wire",
}


def main() -> None:
    here = Path(__file__).parent
    names = sorted(path.stem for path in here.glob("*.py") if path.stem not in FRAME)
    for name in sys.argv[1:] or names:
        module = importlib.import_module(f"tests.bench.{name}")
        print(f"\n{name}: {(module.__doc__ or '').strip().splitlines()[0]}", flush=True)
        told("cores that other work takes, just before", busy_cores(), "")
        asyncio.run(module.run())


if __name__ == "__main__":
    main()
