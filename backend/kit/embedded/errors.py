"""What stops the embedded server, said to whoever starts it: it never reaches a page."""

from pathlib import Path
from typing import Self

from backend.kit.errors import N_


class EmbeddedFailed(Exception):
    @classmethod
    def no_programs(cls, major: int | None) -> Self:
        if major is None:
            return cls(N_("Les programmes de PostgreSQL manquent. Lancez : make setup."))
        sentence = N_(
            "Cette version de Palier n'a pas PostgreSQL {major}. Sauvegardez avec la version "
            "d'avant, puis restaurez avec celle-ci."
        )
        return cls(sentence.format(major=major))

    @classmethod
    def no_account(cls, names: tuple[str, ...]) -> Self:
        sentence = N_(
            "PostgreSQL refuse de tourner sous root. Créez un compte sans droits : useradd -r {name}."
        )
        return cls(sentence.format(name=names[0]))

    @classmethod
    def not_ours(cls, folder: Path) -> Self:
        sentence = N_(
            "Le dossier {folder} appartient à un autre compte. Lancez Palier avec ce compte."
        )
        return cls(sentence.format(folder=folder))

    @classmethod
    def step(cls, program: str, said: str) -> Self:
        sentence = N_("PostgreSQL n'a pas pu démarrer ({program}) : {said}")
        return cls(sentence.format(program=program, said=said.strip()))
