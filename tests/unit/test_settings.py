import base64
import ipaddress
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backend import settings
from backend.settings import Env, SettingsWrong

KEY = base64.b64encode(bytes(range(32))).decode()
OLDER = base64.urlsafe_b64encode(bytes([255]) * 32).decode().rstrip("=")
PRODUCTION = {
    "PALIER_BASE_URL": "https://club.example.org/",
    "PALIER_SECRET_KEYS": KEY,
    "PALIER_SIGNING_KEYS": KEY,
    "PALIER_STRIPE_SECRET_KEY": "sk_live_abc",
    "PALIER_STRIPE_WEBHOOK_SECRETS": "whsec_abc",
    "PALIER_SMTP_URL": "smtps://name:hidden@mail.example.org:465",
    "PALIER_MAIL_FROM": "Le Club <bonjour@club.example.org>",
}


NOT_AN_ORIGIN = (
    "someone@club.example.org",
    "someone:secret@club.example.org",
    "club.example.org?a=b",
    "club.example.org?",
    "club.example.org/#top",
    "club.example.org//",
    "club. example.org",
    "club.example.org:99999",
    "club.example.org:0",
    "club.example.org:web",
)


def wrong(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsWrong) as refused:
        settings.load(environ)
    for fault in refused.value.faults:
        assert fault.french
        assert fault.english
        assert fault.variable in str(refused.value)
    return [fault.variable for fault in refused.value.faults]


def demo(home: Path, **more: str) -> dict[str, str]:
    return {"PALIER_ENV": "demo", "PALIER_HOME": str(home), **more}


@pytest.mark.parametrize(
    "address",
    ["postgresql://pal:hid@den@db/palier", "postgresql://pal@db/palier?hidden"],
)
def test_an_address_that_a_driver_would_quote_is_refused_without_its_words(address: str) -> None:
    """SEC13: a password with a bare @, or a setting without its name, never reaches an error."""
    with pytest.raises(SettingsWrong) as refused:
        settings.load({**PRODUCTION, "PALIER_DATABASE_URL": address})
    assert [fault.variable for fault in refused.value.faults] == ["PALIER_DATABASE_URL"]
    assert "hid" not in str(refused.value)


def test_production_is_assumed_when_nobody_names_the_environment() -> None:
    found = settings.load(PRODUCTION)
    assert found.env is Env.PRODUCTION
    assert found.base_url == "https://club.example.org"
    assert found.port == 8000
    assert found.home == Path("var").absolute()
    assert found.stripe_url == "https://api.stripe.com"
    assert found.embedded


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("https://Club.Example.ORG", "https://club.example.org"),
        ("https://club.example.org:443/", "https://club.example.org"),
        ("HTTPS://club.example.org:8443", "https://club.example.org:8443"),
        ("https://[2001:DB8::1]:443", "https://[2001:db8::1]"),
    ],
)
def test_the_address_is_kept_as_a_browser_writes_it_when_it_was_written_otherwise(
    written: str, kept: str
) -> None:
    """An Origin is compared with it letter by letter."""
    assert settings.load({**PRODUCTION, "PALIER_BASE_URL": written}).base_url == kept


def test_every_missing_variable_is_named_when_production_has_none() -> None:
    assert wrong({}) == list(PRODUCTION)


def test_an_empty_variable_counts_as_missing_when_an_env_file_leaves_it() -> None:
    assert wrong({**PRODUCTION, "PALIER_MAIL_FROM": " "}) == ["PALIER_MAIL_FROM"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PALIER_ENV", "prod"),
        ("PALIER_PORT", "0"),
        ("PALIER_PORT", "65535"),
        ("PALIER_PORT", "http"),
        ("PALIER_BASE_URL", "https://club.example.org/club"),
        ("PALIER_BASE_URL", "http://club.example.org"),
        *(("PALIER_BASE_URL", f"https://{rest}") for rest in NOT_AN_ORIGIN),
        ("PALIER_DATABASE_URL", "mysql://a@b/c"),
        ("PALIER_DATABASE_URL", "postgresql://a@b"),
        ("PALIER_DATABASE_OWNER_URL", "postgresql://[/c"),
        ("PALIER_SECRET_KEYS", "short"),
        ("PALIER_SECRET_KEYS", ","),
        ("PALIER_SIGNING_KEYS", " , "),
        ("PALIER_SIGNING_KEYS", f"{KEY} short"),
        ("PALIER_STRIPE_SECRET_KEY", "pk_live_abc"),
        ("PALIER_STRIPE_SECRET_KEY", "sk_live_"),
        ("PALIER_STRIPE_SECRET_KEY", "rk_live_ "),
        ("PALIER_STRIPE_SECRET_KEY", "sk_live_a\nb"),
        ("PALIER_STRIPE_WEBHOOK_SECRETS", ","),
        ("PALIER_STRIPE_WEBHOOK_SECRETS", "whsec_"),
        ("PALIER_STRIPE_WEBHOOK_SECRETS", "whsec_a,whsec_"),
        ("PALIER_STRIPE_WEBHOOK_SECRETS", "whsec_a,abc"),
        ("PALIER_SMTP_URL", "mail.example.org"),
        ("PALIER_MAIL_FROM", "Le Club"),
        ("PALIER_SMS_URL", "smpp://gateway"),
        ("PALIER_PUSH_SERVICES", "fcm.googleapis.com"),
        ("PALIER_PUSH_SERVICES", "http://push.example.org"),
        ("PALIER_PUSH_SERVICES", "https://push.example.org/path"),
        ("PALIER_SMS_INBOUND_SECRETS", "court"),
        ("PALIER_MAIL_INBOUND_SECRETS", f"{'a' * 24}, {'é' * 24}"),
        ("PALIER_SMTP_CONNECTIONS", "0"),
        ("PALIER_SMTP_CONNECTIONS", "9"),
        ("PALIER_SMTP_MAILS_EACH", "many"),
        ("PALIER_BULK_A_MINUTE", "-1"),
        ("PALIER_TRUSTED_PROXIES", "caddy"),
        ("PALIER_TRUSTED_PROXIES", "10.0.0.1, 0.0.0.0/0"),
        ("PALIER_TRUSTED_PROXIES", "::/0"),
        ("PALIER_TEST_DATABASE_URL", "localhost"),
    ],
)
def test_a_variable_is_named_when_its_value_cannot_be_right(variable: str, value: str) -> None:
    assert variable in wrong({**PRODUCTION, variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PALIER_NOW", "2026-11-21T10:00:00+01:00"),
        ("PALIER_STRIPE_URL", "http://localhost:8001"),
        ("PALIER_STRIPE_SECRET_KEY", "sk_test_abc"),
        ("PALIER_DEBUG", "1"),
        ("LITESTAR_DEBUG", "1"),
        ("PALIER_SECRET_KEYS", f"demo-{OLDER}"),
        ("PALIER_SIGNING_KEYS", f"{KEY},demo-{OLDER}"),
        ("PALIER_STRIPE_WEBHOOK_SECRETS", "whsec_demo-abc"),
    ],
)
def test_production_refuses_when_only_a_demo_may_have_it(variable: str, value: str) -> None:
    assert wrong({**PRODUCTION, variable: value}) == [variable]


def test_secrets_made_for_a_demo_are_refused_when_copied_to_production(tmp_path: Path) -> None:
    settings.load(demo(tmp_path))
    made = settings.made.kept(tmp_path / "secrets.json")
    assert set(wrong({**PRODUCTION, **made})) == set(made)


def test_a_demo_refuses_when_it_could_charge_a_real_card(tmp_path: Path) -> None:
    refused = wrong(demo(tmp_path, PALIER_STRIPE_SECRET_KEY="rk_live_abc"))
    assert refused == ["PALIER_STRIPE_SECRET_KEY"]


def test_a_demo_needs_nothing_when_it_starts_on_an_empty_home(tmp_path: Path) -> None:
    found = settings.load(demo(tmp_path / "new", PALIER_PORT="8123"))
    assert found.base_url == "http://localhost:8123"
    assert found.stripe_url == "http://localhost:8124"
    assert [len(key) for key in found.secret_keys + found.signing_keys] == [32, 32]
    assert found.secret_keys != found.signing_keys
    assert (tmp_path / "new/secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_demo_keeps_its_secrets_when_it_starts_again(tmp_path: Path) -> None:
    assert settings.load(demo(tmp_path)) == settings.load(demo(tmp_path))
    assert settings.load(demo(tmp_path / "b")) != settings.load(demo(tmp_path))


def test_all_processes_read_the_same_secrets_when_they_start_together(tmp_path: Path) -> None:
    show = "from backend import settings; print(settings.load().secret_keys)"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", show],
            env=demo(tmp_path),
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(6)
    ]
    answers = {process.communicate()[0] for process in processes}
    assert len(answers) == 1
    assert answers != {b""}
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_the_home_is_named_when_secrets_cannot_be_kept_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert wrong(demo(tmp_path / "file")) == ["PALIER_HOME"]
    (tmp_path / "secrets.json").write_text("{")
    assert wrong(demo(tmp_path)) == ["PALIER_HOME"]


def test_lists_keep_their_order_when_keys_are_being_changed() -> None:
    found = settings.load(
        {
            **PRODUCTION,
            "PALIER_SIGNING_KEYS": f"{OLDER},\n {KEY}",
            "PALIER_STRIPE_WEBHOOK_SECRETS": "whsec_new whsec_old",
            "PALIER_TRUSTED_PROXIES": "10.0.0.1 172.20.0.1/24",
        }
    )
    assert found.signing_keys == (bytes([255]) * 32, bytes(range(32)))
    assert found.stripe_webhook_secrets == ("whsec_new", "whsec_old")
    assert found.trusted_proxies == (
        ipaddress.ip_network("10.0.0.1/32"),
        ipaddress.ip_network("172.20.0.0/24"),
    )


def test_the_clock_moves_to_paris_time_when_no_offset_is_given(tmp_path: Path) -> None:
    found = settings.load(demo(tmp_path, PALIER_NOW="2026-07-14T10:00:00"))
    assert found.now == datetime(2026, 7, 14, 8, tzinfo=UTC)


def test_no_secret_is_shown_when_settings_are_printed_or_refused(tmp_path: Path) -> None:
    """SEC13: logs hold no code, token, card or full e-mail."""
    shown = repr(settings.load({**PRODUCTION, "PALIER_DATABASE_URL": "postgresql://a:hidden@b/c"}))
    assert "hidden" not in shown
    assert "sk_live" not in shown
    assert "secret_keys" not in shown
    with pytest.raises(SettingsWrong) as refused:
        settings.load({**PRODUCTION, "PALIER_DATABASE_URL": "postgresql://a:hidden@[b/c"})
    assert "hidden" not in str(refused.value)


def test_two_roles_are_asked_for_when_both_addresses_name_one() -> None:
    same = {
        "PALIER_DATABASE_URL": "postgresql://palier:a@db/palier",
        "PALIER_DATABASE_OWNER_URL": "postgresql://palier:b@db/palier",
    }
    assert wrong({**PRODUCTION, **same}) == ["PALIER_DATABASE_OWNER_URL"]
    del same["PALIER_DATABASE_URL"]
    assert wrong({**PRODUCTION, **same}) == ["PALIER_DATABASE_URL"]


def test_telephones_are_rung_through_the_services_of_the_list():
    """L36: those of the known browsers where nothing is said, nobody's at "none"."""
    assert "https://fcm.googleapis.com" in settings.load(PRODUCTION).push_services
    assert settings.load({**PRODUCTION, "PALIER_PUSH_SERVICES": "none"}).push_services == ()
    own = {**PRODUCTION, "PALIER_PUSH_SERVICES": "https://push.example.org https://*.example.net"}
    assert settings.load(own).push_services == ("https://push.example.org", "https://*.example.net")
