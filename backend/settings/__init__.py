"""Everything the environment decides, read once and checked as a whole.

Production is what runs when nobody says otherwise: a forgotten PALIER_ENV must never open a real club
with a demo's secrets. An empty variable counts as missing, because env files leave such lines behind.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from backend.settings import parsers
from backend.settings.made import DEMO_MARK, SECRETS, kept
from backend.settings.parsers import NEEDS, Network

STRIPE = "https://api.stripe.com"

T = TypeVar("T")


class Env(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class Fault(NamedTuple):
    variable: str
    french: str
    english: str


class SettingsWrong(Exception):
    """All that is missing or wrong, so that a deployer mends it in one go."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(f"{fault.variable} : {fault.french}" for fault in faults))


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The settings of one process. Secrets are left out of its repr, which ends up in logs.

    Lists have the newest first: sign with the first, check with all.
    `database_url` None means our own PostgreSQL under `home`. `now` moves the clock, never in production.
    A worker keeps `smtp_connections` to the mail server, each for `smtp_mails_each` mails, and sends
    `bulk_a_minute` campaign messages at most (0: no limit). `push_services` are the origins that
    telephones may be rung through, `*.` for any name under one; empty: nobody is.
    """

    env: Env
    home: Path
    port: int
    base_url: str
    database_url: str | None = field(repr=False)
    database_owner_url: str | None = field(repr=False)
    test_database_url: str | None = field(repr=False)
    secret_keys: tuple[bytes, ...] = field(repr=False)
    signing_keys: tuple[bytes, ...] = field(repr=False)
    stripe_secret_key: str = field(repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(repr=False)
    stripe_url: str
    smtp_url: str | None = field(repr=False)
    smtp_connections: int
    smtp_mails_each: int
    bulk_a_minute: int
    mail_from: str
    sms_url: str | None = field(repr=False)
    push_services: tuple[str, ...]
    sms_inbound_secrets: tuple[bytes, ...] = field(repr=False)
    mail_inbound_secrets: tuple[bytes, ...] = field(repr=False)
    trusted_proxies: tuple[Network, ...]
    now: datetime | None

    @property
    def production(self) -> bool:
        return self.env is Env.PRODUCTION

    @property
    def secure(self) -> bool:
        """Whether people reach us over TLS, which Secure and `__Host-` cookies need."""
        return self.base_url.startswith("https://")

    @property
    def embedded(self) -> bool:
        return self.database_url is None


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read `environ` (this process's by default). Raises SettingsWrong with every fault at once."""
    reader = _Reader(os.environ if environ is None else environ)
    env = reader.read("PALIER_ENV", Env, Env.PRODUCTION)
    settings = _read(reader, env)
    (_check_production if settings.production else _check_sandbox)(reader, settings)
    _check_databases(reader, settings)
    if reader.faults:
        raise SettingsWrong(reader.faults)
    return settings


def _read(reader: "_Reader", env: Env) -> Settings:
    production = env is Env.PRODUCTION
    home = reader.read("PALIER_HOME", parsers.path, parsers.path("var"))
    port = reader.read("PALIER_PORT", parsers.port, 8000)
    made = {} if production else _made_up(reader, home)
    return Settings(
        env=env,
        home=home,
        port=port,
        base_url=reader.read(
            "PALIER_BASE_URL", parsers.origin, f"http://localhost:{port}", required=production
        ),
        database_url=reader.read("PALIER_DATABASE_URL", parsers.database, None),
        database_owner_url=reader.read("PALIER_DATABASE_OWNER_URL", parsers.database, None),
        test_database_url=reader.read("PALIER_TEST_DATABASE_URL", parsers.database, None),
        secret_keys=reader.read("PALIER_SECRET_KEYS", parsers.keys, (), made, required=production),
        signing_keys=reader.read(
            "PALIER_SIGNING_KEYS", parsers.keys, (), made, required=production
        ),
        stripe_secret_key=reader.read(
            "PALIER_STRIPE_SECRET_KEY", parsers.stripe_key, "", made, required=production
        ),
        stripe_webhook_secrets=reader.read(
            "PALIER_STRIPE_WEBHOOK_SECRETS", parsers.webhook_secrets, (), made, required=production
        ),
        stripe_url=reader.read(
            "PALIER_STRIPE_URL",
            parsers.origin,
            STRIPE if production else f"http://localhost:{port + 1}",
        ),
        smtp_url=reader.read("PALIER_SMTP_URL", parsers.smtp, None, required=production),
        smtp_connections=reader.read("PALIER_SMTP_CONNECTIONS", parsers.connections, 4),
        smtp_mails_each=reader.read("PALIER_SMTP_MAILS_EACH", parsers.mails, 100),
        bulk_a_minute=reader.read("PALIER_BULK_A_MINUTE", parsers.mails, 0),
        mail_from=reader.read(
            "PALIER_MAIL_FROM", parsers.sender, "Palier <palier@example.org>", required=production
        ),
        sms_url=reader.read("PALIER_SMS_URL", parsers.web_address, None),
        push_services=reader.read(
            "PALIER_PUSH_SERVICES", parsers.push_services, parsers.PUSH_SERVICES
        ),
        sms_inbound_secrets=reader.read("PALIER_SMS_INBOUND_SECRETS", parsers.shared_secrets, ()),
        mail_inbound_secrets=reader.read("PALIER_MAIL_INBOUND_SECRETS", parsers.shared_secrets, ()),
        trusted_proxies=reader.read("PALIER_TRUSTED_PROXIES", parsers.networks, ()),
        now=reader.read("PALIER_NOW", parsers.instant, None),
    )


class _Reader:
    """Reads variables and keeps the faults, so that reading goes on after the first."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[Fault] = []

    def read(
        self,
        variable: str,
        parse: Callable[[str], T],
        default: T,
        made: Mapping[str, str] | None = None,
        *,
        required: bool = False,
    ) -> T:
        value = self.given(variable) or (made or {}).get(variable, "")
        if not value:
            if required:
                self.wrong(variable, "Cette variable manque.", "This variable is missing.")
            return default
        try:
            return parse(value)
        except ValueError:  # the value itself may be a secret: never said
            self.wrong(variable, *NEEDS[variable])
        return default

    def given(self, variable: str) -> str:
        return self.environ.get(variable, "").strip()

    def wrong(self, variable: str, french: str, english: str) -> None:
        self.faults.append(Fault(variable, french, english))


def _made_up(reader: _Reader, home: Path) -> dict[str, str]:
    """The secrets of a demo or a test: made once, kept under its home, the same for all processes."""
    if all(reader.given(variable) for variable in SECRETS):
        return {}
    try:
        return kept(home / "secrets.json")
    except (OSError, ValueError) as fault:
        reader.wrong(
            "PALIER_HOME",
            f"Les secrets ne peuvent pas y être gardés : {fault}.",
            f"Secrets cannot be kept there: {fault}.",
        )
        return {}


def _check_production(reader: _Reader, settings: Settings) -> None:
    if not settings.secure and reader.given("PALIER_BASE_URL"):
        reader.wrong("PALIER_BASE_URL", "Il faut une adresse https.", "It must be https.")
    _refuse_demo_secrets(reader)
    _refuse_pretended_payments(reader, settings)
    if not all(service.startswith("https://") for service in settings.push_services):
        reader.wrong("PALIER_PUSH_SERVICES", *NEEDS["PALIER_PUSH_SERVICES"])
    if settings.now:
        reader.wrong(
            "PALIER_NOW",
            "L'heure ne se change pas en production.",
            "The clock cannot be moved in production.",
        )
    for variable in ("PALIER_DEBUG", "LITESTAR_DEBUG", "LITESTAR_PDB"):
        if reader.given(variable) not in {"", "0"}:
            reader.wrong(
                variable,
                "Le mode debug montre des secrets : il est interdit en production.",
                "Debug mode shows secrets: it is forbidden in production.",
            )


def _refuse_demo_secrets(reader: _Reader) -> None:
    for variable in SECRETS:
        if DEMO_MARK in reader.given(variable):
            reader.wrong(
                variable,
                "C'est un secret de démonstration : il est interdit en production.",
                "This is a demo secret: it is forbidden in production.",
            )


def _refuse_pretended_payments(reader: _Reader, settings: Settings) -> None:
    """With the double or a test key anybody pays with an invented card and takes real benefits.

    A rehearsal against Stripe's own test mode runs as PALIER_ENV=demo with PALIER_STRIPE_URL set to Stripe.
    """
    if settings.stripe_url != STRIPE:
        reader.wrong(
            "PALIER_STRIPE_URL",
            f"En production, seul {STRIPE} est permis.",
            f"In production only {STRIPE} is allowed.",
        )
    if "k_test_" in settings.stripe_secret_key:
        reader.wrong(
            "PALIER_STRIPE_SECRET_KEY",
            "C'est une clé de test : personne ne paierait vraiment.",
            "This is a test key: nobody would really pay.",
        )


def _check_sandbox(reader: _Reader, settings: Settings) -> None:
    if "k_live_" in settings.stripe_secret_key:
        reader.wrong(
            "PALIER_STRIPE_SECRET_KEY",
            "Une démonstration ne doit jamais débiter une vraie carte.",
            "A demo must never charge a real card.",
        )


def _check_databases(reader: _Reader, settings: Settings) -> None:
    """Serving needs no owner; but an owner that is also the server guards no append-only table."""
    app, owner = settings.database_url, settings.database_owner_url
    if owner and not app:
        reader.wrong(
            "PALIER_DATABASE_URL",
            "Cette variable manque à côté de PALIER_DATABASE_OWNER_URL.",
            "This variable is missing beside PALIER_DATABASE_OWNER_URL.",
        )
    if app and owner and urlsplit(app).username == urlsplit(owner).username:
        reader.wrong(
            "PALIER_DATABASE_OWNER_URL",
            "Le propriétaire et l'application ont besoin de deux rôles différents.",
            "The owner and the application need two different roles.",
        )
