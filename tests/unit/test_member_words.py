"""Open or closed, pictures, and the code that a phone makes by itself."""

import json
import os
import subprocess
from datetime import date, datetime, time
from pathlib import Path

import pytest

from backend.kit import codes
from backend.kit.qr import qr_matrix
from backend.merchants.rules import Hours, Opening, PartnerCategory, opening
from web.shell.pictures import KNOWN, picture_of

ROOT = Path(__file__).parents[2]
CARDS = json.loads((ROOT / "tests" / "vectors" / "codes.json").read_text())["cards"]
SATURDAY = date(2026, 11, 21)
HOURS = (
    Hours(5, time(8), time(12)),
    Hours(5, time(14), time(19, 30)),
    Hours(1, time(9), time(12)),
)
SCRIPT = """
import {{ payloadOf }} from "{root}/web/client/rotation.ts";
import {{ encode }} from "uqr";
const out = [];
for (const [head, seed, step] of {asked}) {{
  const text = await payloadOf({{ head, seed }}, step);
  out.push([text, encode(text, {{ ecc: "M", boostEcc: false, maskPattern: 3, border: 0 }}).data]);
}}
console.log(JSON.stringify(out));
"""


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        (SATURDAY, time(8), Opening(until=time(12))),
        (SATURDAY, time(12), Opening(next_on=SATURDAY, next_at=time(14))),
        (SATURDAY, time(7, 59), Opening(next_on=SATURDAY, next_at=time(8))),
        (SATURDAY, time(19, 30), Opening(next_on=date(2026, 11, 24), next_at=time(9))),
        (date(2026, 11, 25), time(10), Opening(next_on=date(2026, 11, 28), next_at=time(8))),
    ],
)
def test_next_opening_is_told_when_the_shop_is_open_or_closed(
    day: date, wall: time, expected: Opening
) -> None:
    assert opening(HOURS, day, wall) == expected


def test_next_week_is_told_when_the_only_day_is_today_and_over() -> None:
    hours = (Hours(5, time(8), time(12)),)
    assert opening(hours, SATURDAY, time(13)) == Opening(
        next_on=date(2026, 11, 28), next_at=time(8)
    )


def test_nothing_is_told_when_no_hours_are_known() -> None:
    assert opening((), SATURDAY, time(12)) is None


def test_every_shelf_has_a_picture_when_an_offer_brings_none() -> None:
    assert {picture_of(None, category) for category in PartnerCategory} <= KNOWN
    assert picture_of("bread", PartnerCategory.TRADES) == "bread"
    assert picture_of("../secret", PartnerCategory.FOOD) in KNOWN


def test_phone_makes_the_servers_codes_when_both_have_the_seed(tmp_path: Path) -> None:
    """V23: the phone's text and picture are the server's, bit for bit, on the shared examples."""
    asked = [
        [
            codes.card_head(card["card"]).hex(),
            card["seed"],
            int(datetime.fromisoformat(card["at"]).timestamp()) // 60,
        ]
        for card in CARDS
    ]
    source, built = tmp_path / "ask.mts", tmp_path / "ask.mjs"
    source.write_text(SCRIPT.format(root=ROOT, asked=json.dumps(asked)))
    esbuild = [str(ROOT / "node_modules" / ".bin" / "esbuild"), str(source), "--bundle"]
    environ_path = {"NODE_PATH": str(ROOT / "node_modules")}
    run([*esbuild, "--format=esm", "--platform=neutral", f"--outfile={built}"], environ_path)
    made = json.loads(run(["node", str(built)], {}))
    assert [text for text, _ in made] == [card["text"] for card in CARDS]
    assert [modules for _, modules in made] == [qr_matrix(card["text"]) for card in CARDS]


def run(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **environ}
    )
    return done.stdout
