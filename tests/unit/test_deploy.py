"""The files a deployer copies, held against what the settings read."""

import re
from pathlib import Path

import yaml

from backend import settings
from backend.settings.parsers import NEEDS

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
NODES = ("migrate", "app1", "app2", "tills", "work")
KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
FILLED = {
    "PALIER_DOMAIN": "club.example.org",
    "PALIER_OWNER_PASSWORD": "a",
    "PALIER_APP_PASSWORD": "b",
    "POSTGRES_PASSWORD": "c",
    "PALIER_SECRET_KEYS": KEY,
    "PALIER_SIGNING_KEYS": KEY,
    "PALIER_STRIPE_SECRET_KEY": "sk_live_a",
    "PALIER_STRIPE_WEBHOOK_SECRETS": "whsec_a",
}


def example() -> dict[str, str]:
    lines = (ROOT / "deploy" / "env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled(environment: dict[str, str]) -> dict[str, str]:
    values = {**example(), **FILLED}
    return {
        name: re.sub(r"\$\{(\w+):[?-]\}", lambda found: values[found[1]], str(value))
        for name, value in environment.items()
    }


def test_the_settings_of_every_process_are_right_when_the_example_is_filled_in() -> None:
    for name in NODES:
        found = settings.load(filled(SERVICES[name]["environment"]))
        assert found.production
        assert found.base_url == "https://club.example.org"


def test_only_the_migration_gets_the_owner_when_the_club_runs() -> None:
    owners = [name for name in SERVICES if "OWNER_URL" in str(SERVICES[name].get("environment"))]
    assert owners == ["migrate"]


def test_only_the_proxy_is_trusted_when_it_forwards() -> None:
    """SEC6: a forged X-Forwarded-For changes nothing."""
    found = settings.load(filled(SERVICES["app1"]["environment"]))
    address = SERVICES["proxy"]["networks"]["front"]["ipv4_address"]
    assert [str(network) for network in found.trusted_proxies] == [f"{address}/32"]


def test_tills_have_a_node_of_their_own_when_the_proxy_shares_out() -> None:
    """V17: processes and a pool that no page uses; the others take over while it is away."""
    proxy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "@tills path /caisse /caisse/* /api/v1/*" in proxy
    theirs, pages = re.findall(r"reverse_proxy ((?:@?\w+(?::8000)? )+)\{\s+lb_policy (\w+)", proxy)
    assert theirs == ("@tills tills:8000 app1:8000 app2:8000 ", "first")
    assert pages == ("app1:8000 app2:8000 ", "least_conn")


def test_each_variable_of_the_example_is_used_when_compose_reads_it() -> None:
    assert set(example()) == set(re.findall(r"\$\{(\w+):", COMPOSE))


def test_each_setting_of_compose_is_known_when_a_process_reads_it() -> None:
    for name in NODES:
        unknown = set(SERVICES[name]["environment"]) - set(NEEDS)
        assert not unknown


def test_a_backup_is_kept_where_everybody_says_when_the_container_is_gone() -> None:
    """The container's own files are read-only or lost with it: only a volume keeps one."""
    assert SERVICES["migrate"]["read_only"]
    (volume,) = SERVICES["migrate"]["volumes"]
    here, there = volume.split(":")
    assert (here, there) == ("./backup", "/backup")
    readme = (ROOT / "README.md").read_text()
    for text in (readme, COMPOSE):
        named = re.findall(r"palier (?:backup|restore) (\S+)", text)
        assert named
        assert all(file.startswith(f"{there}/") for file in named)
    assert "/backup/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_folder_of_backups_belongs_to_the_account_of_the_image_when_it_is_made() -> None:
    (uid,) = re.findall(r"useradd .*--uid (\d+)", (ROOT / "Dockerfile").read_text())
    for text in (COMPOSE, (ROOT / "README.md").read_text()):
        assert f"install -d -m 700 -o {uid} backup" in text
