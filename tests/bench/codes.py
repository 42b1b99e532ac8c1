"""PERF5: what a QR code costs to draw and how much it weighs."""

import gzip
import time

from backend.kit import codes
from backend.kit.qr import qr_svg
from tests.bench.figures import percentile, told

SAMPLES = 400
LENGTH = 144


async def run() -> None:
    payloads = [("PL1V" + codes.random_token().upper() * 4)[:LENGTH] for _ in range(SAMPLES)]
    payloads = ["".join(c if c.isalnum() else "A" for c in payload) for payload in payloads]
    spent = []
    for payload in payloads:
        started = time.process_time()
        drawn = qr_svg(payload)
        spent.append((time.process_time() - started) * 1000)
    told("QR code drawn, CPU at p50", percentile(spent, 50), "ms")
    told("QR code drawn, CPU at p95", percentile(spent, 95), "ms", 1, "PERF5")
    told("QR code compressed", len(gzip.compress(drawn.encode())) / 1000, "kB", 3, "PERF5")
