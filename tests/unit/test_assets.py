"""What the browser loads: built whole, named by content, light, and with every icon that a page names."""

import gzip
import json
import re
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from web.shell import context

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "web" / "static" / "build"
ICONS = set(json.loads((ROOT / "web/static/icons.json").read_text()))
PICTURES = {path.stem for path in (ROOT / "web/static/pictures").glob("*.svg")}
TEMPLATES = [
    path
    for folder in ("web", "partners", "backend/sandbox")
    for path in (ROOT / folder / "templates").rglob("*.html")
]
NAMED = re.compile(
    r"""\b(?:icon|trail|icon_link|icon_button|fact|sign)(?:=|\()["']([a-z0-9-]+)["']"""
)
COMMENT = re.compile(r"{#.*?#}", re.DOTALL)
PICTURED = re.compile(r"""\bpic\(["']([a-z0-9-]+)["']""")


def test_every_icon_is_in_the_sprite_when_a_template_names_it() -> None:
    for path in TEMPLATES:
        named = set(NAMED.findall(path.read_text("utf-8")))
        assert named <= ICONS, path
    assert sum(len(NAMED.findall(path.read_text("utf-8"))) for path in TEMPLATES) > 20


def test_every_icon_is_in_the_sprite_when_a_menu_names_it() -> None:
    menus = re.findall(
        r'\("/[\w/-]*", N_\("[^"]+"\), "([a-z0-9-]+)"', Path(context.__file__).read_text("utf-8")
    )
    assert menus
    assert set(menus) <= ICONS


def test_every_picture_is_there_when_a_template_names_it() -> None:
    for path in TEMPLATES:
        assert set(PICTURED.findall(path.read_text("utf-8"))) <= PICTURES, path


def test_no_template_carries_a_style_or_a_script_when_the_policy_forbids_it() -> None:
    forbidden = re.compile(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=\"|\bhx-on|\bjs:")
    for path in TEMPLATES:
        assert not forbidden.search(COMMENT.sub("", path.read_text("utf-8"))), path


def node(*arguments: str) -> str:
    program = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
    return subprocess.run(
        [program, *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout


def build() -> dict[str, str]:
    node("build.mjs")
    return dict(json.loads((BUILD / "manifest.json").read_text()))


@pytest.fixture(scope="module")
def manifest() -> dict[str, str]:
    return build()


def size(manifest: dict[str, str], name: str) -> int:
    path = BUILD / manifest[name]
    compressed = path.with_name(f"{path.name}.gz")
    return (compressed if compressed.exists() else path).stat().st_size


def test_build_gives_the_same_names_when_it_runs_again(manifest: dict[str, str]) -> None:
    assert build() == manifest
    assert {"palier.css", "till.css", "desk.css", "main.js", "icons.svg"} <= manifest.keys()
    assert {(BUILD / hashed).is_file() for hashed in manifest.values()} == {True}


def test_compressed_sibling_says_the_same_when_a_browser_takes_it(manifest: dict[str, str]) -> None:
    for hashed in manifest.values():
        if hashed.endswith((".css", ".js", ".svg", ".wasm")):
            plain = (BUILD / hashed).read_bytes()
            assert gzip.decompress((BUILD / f"{hashed}.gz").read_bytes()) == plain
            assert (BUILD / f"{hashed}.br").exists()


def test_style_points_at_the_hashed_face_when_it_is_built(manifest: dict[str, str]) -> None:
    style = (BUILD / manifest["palier.css"]).read_text("utf-8")
    assert re.findall(r"url\(([^)]*)\)", style) == [f"./{manifest['face.woff2']}"]


def test_face_has_a_plain_zero_once_when_it_is_built(manifest: dict[str, str]) -> None:
    face = BUILD / manifest["face.woff2"]
    again = f"""
        import {{ readFileSync }} from "node:fs";
        import {{ withPlainZero }} from "./web/static/face.mjs";
        try {{ withPlainZero(readFileSync("{face.relative_to(ROOT)}")); console.log("slashed"); }}
        catch (known) {{ console.log(known.message); }}
    """
    assert "another zero" in node("--input-type=module", "-e", again)
    signature, length = struct.unpack(">4s4xI", face.read_bytes()[:12])
    assert (signature, length) == (b"wOF2", face.stat().st_size)


def test_what_a_member_page_loads_leaves_room_for_the_page(manifest: dict[str, str]) -> None:
    """PERF1: first load of tenant pages <= 100 kB compressed and <= 12 requests."""
    loaded = ("face.woff2", "palier.css", "main.js", "icons.svg", "pictures.svg", "mark.svg")
    assert sum(size(manifest, name) for name in loaded) <= 80_000
    assert len(loaded) < 12
