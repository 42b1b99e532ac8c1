"""The till's TypeScript against the club's own rules and the shared vectors, run by Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from backend.kit.codes import draw_code, human
from backend.kit.errors import Invalid
from backend.kit.money import parse
from backend.offers.rules import Delivery, OfferKind, Terms, saving

ROOT = Path(__file__).resolve().parents[2]
VECTORS = json.loads((ROOT / "tests" / "vectors" / "codes.json").read_text())
CLIENT = ROOT / "partners" / "client"
ASK = """
import * as all from "{module}";
import {{ readFileSync }} from "node:fs";
const calls = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(calls.map(([name, ...given]) => all[name](...given))));
"""
BURSTS = """
import { Burst } from "{module}";
import { readFileSync } from "node:fs";
const rows = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(rows.map((row) => {
  const burst = new Burst();
  for (const [letter, at] of row.slice(0, -1)) burst.push(letter, at);
  return burst.take(row.at(-1)[1]);
})));
"""
SIGHTS = """
import { Sightings } from "{module}";
import { readFileSync } from "node:fs";
const sights = new Sightings();
console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(([code, at]) => sights.isNew(code, at))));
"""


def run(tmp_path: Path, program: str, module: str, given: Any) -> list[Any]:
    """Bundles a few lines around one module and lets Node answer in JSON."""
    node = shutil.which("node")
    assert node is not None, "Node is needed: make setup"
    source = program.replace("{module}", str(CLIENT / module)).replace("{{", "{").replace("}}", "}")
    (tmp_path / "ask.mjs").write_text(source)
    bundle = tmp_path / "bundle.mjs"
    esbuild = ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    how = ["--bundle", "--format=esm", "--platform=node", "--log-level=error"]
    subprocess.run([node, esbuild, tmp_path / "ask.mjs", *how, f"--outfile={bundle}"], check=True)
    answer = subprocess.run(
        [node, bundle], input=json.dumps(given), capture_output=True, check=True, text=True
    )
    found: list[Any] = json.loads(answer.stdout)
    return found


def test_typed_code_is_judged_like_the_clubs_when_the_till_checks_it(tmp_path):
    """V18: the same alphabet, look-alikes and check symbol on the phone and on the server."""
    typed = [case["code"] for case in VECTORS["typed"]] + [draw_code() for _ in range(200)]
    texts = [f" {human.grouped(code).lower()} " for code in typed] + [
        "o0il-1111-0000",
        "",
        "U" * 12,
    ]
    said = run(tmp_path, ASK, "check-symbol.ts", [["bare", text] for text in texts])
    assert said == [human.bare(text) for text in texts]
    right = run(tmp_path, ASK, "check-symbol.ts", [["isRight", text] for text in said])
    assert right == [human.is_right(text) for text in said]
    assert sum(right) == len(typed)


def test_every_slip_is_caught_when_one_letter_or_two_neighbours_are_wrong(tmp_path):
    """V18: every single-character error and adjacent swap, exhaustively, before any network."""
    code = VECTORS["typed"][1]["code"]
    slips = [
        code[:at] + letter + code[at + 1 :]
        for at in range(len(code))
        for letter in human.ALPHABET
        if letter != code[at]
    ]
    slips += [
        code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        for at in range(len(code) - 1)
        if code[at] != code[at + 1]
    ]
    assert len(slips) > 12 * 31
    assert not any(run(tmp_path, ASK, "check-symbol.ts", [["isRight", slip] for slip in slips]))


PRICES = [1, 5, 99, 100, 333, 1000, 1205, 1999, 123_456]


@pytest.mark.parametrize(
    ("terms", "sum_"),
    [
        ({"kind": OfferKind.PERCENT, "percent": 10}, {"kind": "percent", "percent": 10}),
        ({"kind": OfferKind.PERCENT, "percent": 15}, {"kind": "percent", "percent": 15}),
        ({"kind": OfferKind.PERCENT, "percent": 100}, {"kind": "percent", "percent": 100}),
        ({"kind": OfferKind.AMOUNT, "amount_cents": 500}, {"kind": "amount", "amountCents": 500}),
        (
            {"kind": OfferKind.FIXED, "price_cents": 900, "public_price_cents": 1200},
            {"kind": "fixed", "priceCents": 900},
        ),
    ],
)
def test_amount_to_take_is_the_clubs_when_a_price_is_typed(tmp_path, terms, sum_):
    """V13: what the page shows while the price is typed is what the verdict will say."""
    offer = Terms(title="", summary="", conditions="", delivery=Delivery.VOUCHER, **terms)
    shown = run(tmp_path, ASK, "amounts.ts", [["toTake", sum_, price] for price in PRICES])
    assert shown == [saving(offer, price).paid_cents for price in PRICES]


def test_price_is_read_like_the_clubs_when_it_is_typed(tmp_path):
    """V13: one way of writing money; what the server refuses the page does not guess."""
    texts = ["12", "12,5", "12.50", "12,50 €", "1 234,5 euros", "1\u202f234,50\u00a0€"]
    texts += ["", "douze", "1.234,50", "-3", "12,505", "€"]
    assert run(tmp_path, ASK, "amounts.ts", [["parseCents", text] for text in texts]) == [
        _cents(text) for text in texts
    ]


def _cents(text: str) -> int | None:
    try:
        return parse(text)
    except Invalid:
        return None


def row(text: str, gap: float, start: float = 0) -> list[list[Any]]:
    """Each letter and when it came, then Enter."""
    keys = [[letter, start + gap * place] for place, letter in enumerate(text)]
    return [*keys, ["Enter", start + gap * len(text)]]


def test_scanner_is_told_from_a_hand_when_keys_come_fast(tmp_path):
    """V40: a burst ending with Enter is a scan; a hand's typing, however quick, is not."""
    code, payload = VECTORS["typed"][1]["code"], VECTORS["voucher"]["text"]
    rows = [row(payload, 8), row(code, 30), row(code, 110), row("abc", 5), row(code, 60)]
    slow_start = [["7", 0], *row(code, 10, start=900)]
    pause = [*row(code, 10)[:-1], ["Enter", 5_000]]
    assert run(tmp_path, BURSTS, "burst.ts", [*rows, slow_start, pause]) == [
        payload,
        code,
        None,
        None,
        None,
        code,
        None,
    ]


def test_code_is_told_once_when_the_camera_sees_it_many_times(tmp_path):
    """V13, V40: one look for one sight; another code, or the same shown again later, is new."""
    card = VECTORS["cards"][0]["text"]
    next_minute = card[:28] + "ZZZ" + card[31:]
    sights = [["A", 0], ["A", 90], ["A", 2_400], ["A", 4_800], ["B", 4_900], ["A", 5_000]]
    sights += [["A", 8_000], [card, 9_000], [next_minute, 9_100]]
    assert run(tmp_path, SIGHTS, "sightings.ts", sights) == [
        True,
        False,
        False,
        False,
        True,
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("seconds", "words"), [(112, "1 min 52 s"), (30, "30 s"), (0, "0 s")])
def test_time_left_is_said_in_words_when_it_runs(tmp_path, seconds, words):
    assert run(tmp_path, ASK, "hold.ts", [["spoken", seconds]]) == [words]
