"""doctor: what is wrong with an installation, in plain words."""

import asyncio
import sys
from typing import NamedTuple

import click
import msgspec

from backend import settings as configuration
from backend.campaigns import queries as campaigns
from backend.campaigns.queries import Unread
from backend.http.readiness import Readiness, readiness
from backend.kit import reach
from backend.settings import Settings, SettingsWrong
from web.commands import base

OLDEST = 150_000  # as PostgreSQL counts its versions


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at, said plainly."""

    what: str
    good: bool
    advice: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Pour un programme.")
def doctor(as_json: bool) -> None:
    """Dit en mots simples ce qui ne va pas. Code de sortie 1 si quelque chose ne va pas."""
    findings = _examine()
    if as_json:
        click.echo(msgspec.json.encode(findings))
    for finding in [] if as_json else findings:
        click.echo(f"{'✓' if finding.good else '✗'} {finding.what} {finding.advice}".rstrip())
    if not all(finding.good for finding in findings):
        sys.exit(1)


def _examine() -> list[Finding]:
    try:
        settings = configuration.load()
    except SettingsWrong as wrong:
        return [Finding(fault.variable, False, fault.french) for fault in wrong.faults]
    return [
        Finding("Réglages", True, f"({settings.env})"),
        *of_answers(settings),
        *_examine_database(settings),
    ]


def of_answers(settings: Settings) -> list[Finding]:
    """What comes back to the club by itself: it can be typed in the office too, so nothing is wrong."""
    typed = "Ils s'écrivent à la main. Pour les recevoir, remplissez"
    stops = settings.sms_inbound_secrets or not settings.sms_url
    returns = settings.mail_inbound_secrets or not settings.smtp_url
    return [
        Finding("Réponses STOP", True, "" if stops else f"{typed} PALIER_SMS_INBOUND_SECRETS."),
        Finding(
            "E-mails revenus", True, "" if returns else f"{typed} PALIER_MAIL_INBOUND_SECRETS."
        ),
    ]


def _examine_database(settings: Settings) -> list[Finding]:
    try:
        with base.database_of(settings) as urls:
            found = base.run(readiness(), urls.app)
            unread = base.run(campaigns.unread(), urls.app) if found.migrations else []
            server = asyncio.run(_look(urls.app))
    except Exception as error:  # noqa: BLE001 - a doctor says what hurts, whatever it is
        return [Finding("Base de données", False, f"Elle ne répond pas : {error}")]
    return [
        *_of_readiness(found),
        of_version(server.version),
        _of_rights(server.changeable),
        *of_unread(unread),
    ]


class Server(NamedTuple):
    version: int
    changeable: list[str]


async def _look(url: str) -> Server:
    from backend.schema import APPEND_ONLY  # with SQLAlchemy, which `serve` must not carry (PERF7)

    return Server(await reach.server_version(url), await reach.changeable(url, APPEND_ONLY))


def _of_readiness(found: Readiness) -> list[Finding]:
    migrated = "" if found.migrations else "Lancez `palier migrate`."
    working = "" if found.workers_seen else "Aucun travail de fond vu : lancez `palier work`."
    return [
        Finding("Base de données", found.database, ""),
        Finding("Mise à jour de la base", found.migrations, migrated),
        Finding("Travail de fond", True, working),
    ]


def of_unread(found: list[Unread]) -> list[Finding]:
    """Answers of people that are lost, because a provider writes in a form that is not ours (N3)."""
    names = {campaigns.SMS: "Fournisseur de SMS", campaigns.MAIL: "Fournisseur d'e-mails"}
    return [
        Finding(
            names[each.hook],
            False,
            f"Appels non compris : {each.calls}, le dernier le {each.last_at:%d/%m/%Y}."
            " Comparez ce qu'il envoie avec ce que dit le README.",
        )
        for each in found
    ]


def of_version(number: int) -> Finding:
    good = number >= OLDEST
    advice = "" if good else "Elle est trop ancienne : il faut la version 15 ou une plus récente."
    return Finding(f"PostgreSQL {number // 10_000}", good, advice)


def _of_rights(changeable: list[str]) -> Finding:
    what = "Ce qui est écrit pour toujours"
    if not changeable:
        return Finding(what, True, "")
    return Finding(
        what,
        False,
        f"L'application peut changer ou effacer : {', '.join(changeable)}. Donnez à"
        " PALIER_DATABASE_URL un rôle qui n'est ni propriétaire ni administrateur,"
        " et retirez-lui ces droits.",
    )


COMMANDS = (doctor,)
