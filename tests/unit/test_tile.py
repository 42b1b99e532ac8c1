"""The tile is printed on cards and vouchers: its draws and its drawing are a contract, version 1."""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kit import tile
from backend.kit.tile import Draw

REFERENCE = Path(__file__).parents[3] / "shared" / "look" / "tile.js"
IDS = [f"ORM-{number}" for number in range(4000, 4900)]
CONTRACT = "7f57004a714bb34c8d378a3709c34d21dd4b8b8e25cc190868fdfe5e63d36694"


def test_contract_is_the_first_when_a_tile_is_drawn() -> None:
    assert tile.VERSION == 1
    assert tuple(map(len, (tile.MOTIFS, tile.PALETTES, tile.CORNERS, tile.HEARTS, tile.EDGES))) == (
        8,
        24,
        6,
        6,
        3,
    )


@pytest.mark.parametrize(
    ("public_id", "draw"),
    [("ORM-4488", Draw(0, 1, 1, 3, 3, 0)), ("CLUB-ORME", Draw(2, 20, 2, 4, 4, 2))],
)
def test_draws_are_those_of_the_contract_when_the_id_is_known(public_id: str, draw: Draw) -> None:
    assert tile.tile_draw(public_id) == draw


def test_drawing_is_the_same_for_ever_when_nine_hundred_households_have_theirs() -> None:
    drawn = "".join(map(tile.tile_inner, IDS))
    assert hashlib.sha256(drawn.encode()).hexdigest() == CONTRACT


def test_name_is_french_when_it_is_read_aloud() -> None:
    assert tile.tile_name("ORM-4488") == "pétale sauge sur plâtre"
    assert tile.tile_name("CLUB-ORME") == "étoile encre sur plâtre"


def test_households_look_different_when_their_ids_follow_each_other() -> None:
    assert len(set(map(tile.tile_inner, IDS))) >= 890


def test_mill_turns_by_halves_when_it_is_drawn() -> None:
    mills = [public_id for public_id in IDS if tile.tile_draw(public_id).motif == 5]
    turns = {
        turn for mill in mills for turn in re.findall(r"rotate\((\d+) ", tile.tile_inner(mill))
    }
    assert turns == {"180"}


@given(st.text(max_size=40))
def test_markup_holds_nothing_of_the_id_when_anything_is_drawn(public_id: str) -> None:
    numbers = re.compile(r'[<>="/#:%.,() \w-]*', re.ASCII)
    for drawn in (
        tile.tile_svg(public_id, 56),
        tile.tile_symbol(public_id) + tile.tile_use(public_id),
        tile.tile_frieze(public_id, 9),
        tile.tile_band(public_id, 48),
    ):
        assert numbers.fullmatch(drawn)


def test_tile_is_held_once_when_it_is_shown_many_times() -> None:
    frieze = tile.tile_frieze("ORM-4488", 9)
    name = re.findall(r'id="(\w+)"', frieze)
    assert len(name) == 1
    assert frieze.count(f'href="#{name[0]}"') == 9
    assert 'viewBox="0 0 900 100"' in frieze
    assert frieze.count(tile.tile_inner("ORM-4488")) == 1


def test_two_patterns_stand_on_one_page_when_their_keys_differ() -> None:
    first, second = (tile.tile_band("ORM-4488", 48, key) for key in ("v1", "v2"))
    assert re.findall(r'id="(\w+)"', first) != re.findall(r'id="(\w+)"', second)


@pytest.mark.skipif(
    not REFERENCE.exists() or shutil.which("node") is None, reason="the reference is not here"
)
def test_port_gives_what_the_reference_gives_when_both_draw_the_same() -> None:
    ids = [*IDS, "", "é", "😀", "a" * 100]
    script = (
        "const fs=require('fs');eval(fs.readFileSync(process.argv[1],'utf8'));"
        "const ids=JSON.parse(fs.readFileSync(0));"
        "console.log(JSON.stringify(ids.map(i=>[Tile.inner(i),Tile.name(i),Tile.svg(i,32)])))"
    )
    ran = subprocess.run(
        ["node", "-e", script, str(REFERENCE)],
        input=json.dumps(ids),
        capture_output=True,
        check=True,
        text=True,
    )
    for public_id, theirs in zip(ids, json.loads(ran.stdout), strict=True):
        ours = [tile.tile_inner(public_id), tile.tile_name(public_id), tile.tile_svg(public_id, 32)]
        assert ours == theirs
