"""Scans that wait for the network, as the counter's page keeps them; its TypeScript, run by Node."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import { KeptScans } from "{module}";
const store = new Map();
const shop = {
  getItem: (name) => store.get(name) ?? null,
  setItem: (name, value) => store.set(name, value),
  removeItem: (name) => store.delete(name),
};
const scan = (key, who) => ({ key, code: key, who, at: "10:00" });
const kept = new KeptScans("ines", shop);
kept.add(scan("1", "alice"));
kept.add(scan("2", null));
const again = new KeptScans("ines", shop);
const others = new KeptScans("nadia", shop);
again.answered("1");
again.settle("bob");
again.settle("carla");
const asked = new KeptScans("ines", shop).first;
again.answered("2");
const empty = store.size;
store.set("palier-scans:ines", "{not json");
console.log(JSON.stringify({ kept: kept.all, others: others.all, asked, empty,
  broken: new KeptScans("ines", shop).all }));
"""


def run(tmp_path: Path) -> dict[str, Any]:
    node = shutil.which("node")
    assert node is not None, "Node is needed: make setup"
    module = ROOT / "web" / "client" / "kept-scans.ts"
    (tmp_path / "ask.mjs").write_text(PROGRAM.replace("{module}", str(module)))
    bundle, esbuild = tmp_path / "bundle.mjs", ROOT / "node_modules" / "esbuild" / "bin" / "esbuild"
    made: list[str | Path] = [
        esbuild,
        tmp_path / "ask.mjs",
        "--bundle",
        "--platform=node",
        "--format=esm",
    ]
    subprocess.run([*made, f"--outfile={bundle}"], check=True, capture_output=True)
    told = subprocess.run([node, bundle], check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(told.stdout)
    return found


def test_scans_wait_in_their_order_and_for_who_made_them(tmp_path: Path) -> None:
    """L28, SEC4: a page that opens again finds them; another colleague's wait for that colleague."""
    said = run(tmp_path)
    assert [scan["key"] for scan in said["kept"]] == ["1", "2"]
    assert said["others"] == []
    assert said["asked"] == {"key": "2", "code": "2", "who": "bob", "at": "10:00"}
    assert said["empty"] == 0
    assert said["broken"] == []
