"""How a figure is told: what, how much, the bound and the promise it belongs to, kept or not."""

import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence


def told(what: str, value: float, unit: str, bound: float | None = None, promise: str = "") -> None:
    """One line. A bound is an upper one; without one the figure stands for itself."""
    line = f"{what:<58} {value:>10.1f} {unit}"
    if bound is not None:
        kept = "kept" if value <= bound else "NOT KEPT"
        line += f"   bound {bound:g} {unit}  {promise}  {kept}"
    print(line, flush=True)


def told_least(what: str, value: float, unit: str, bound: float, promise: str = "") -> None:
    """One line with a lower bound."""
    kept = "kept" if value >= bound else "NOT KEPT"
    print(
        f"{what:<58} {value:>10.1f} {unit}   bound >= {bound:g} {unit}  {promise}  {kept}",
        flush=True,
    )


def percentile(values: Sequence[float], share: int) -> float:
    """The value below which `share` percent lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


async def timed(act: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds one act takes."""
    started = time.perf_counter()
    await act()
    return (time.perf_counter() - started) * 1000


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in MB."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def busy_cores(seconds: float = 1.0) -> float:
    """How many cores other work takes while we wait: a figure taken beside it tells of both."""
    before = _ticks()
    time.sleep(seconds)
    idle, all_ = (now - then for now, then in zip(_ticks(), before, strict=True))
    return (os.cpu_count() or 1) * (1 - idle / all_)


def _ticks() -> tuple[int, int]:
    """Idle and all, of all cores."""
    with open("/proc/stat", encoding="ascii") as file:  # noqa: PTH123
        spent = [int(each) for each in file.readline().split()[1:9]]
    return spent[3] + spent[4], sum(spent)
