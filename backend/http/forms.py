"""Forms: read field by field, refused field by field, shown again with what was typed."""

import inspect
from collections.abc import Awaitable, Callable
from datetime import date, time
from functools import wraps
from typing import Any, TypeVar

import msgspec
from litestar import Request, Response
from litestar.datastructures import UploadFile

from backend.kit.errors import N_, Denied, DomainError, Invalid, Missing
from backend.kit.translations import translated
from backend.kit.zone import is_near

T = TypeVar("T")
Handler = Callable[..., Awaitable[Response[Any]]]
AnyRequest = Request[Any, Any, Any]
LONGEST = 10_000
LARGEST = 2**53  # PostgreSQL's bigint holds more, and nothing people count needs as much


class Form(msgspec.Struct):
    """What was typed and what is wrong with it, as the field macros read it."""

    values: dict[str, str] = {}
    errors: dict[str, str] = {}


def shown(known: object, *names: str) -> dict[str, str]:
    """What is known, as its form shows it: the attributes of these names, of a struct without names all."""
    wanted = names or getattr(known, "__struct_fields__", ())
    return {name: _shown(getattr(known, name)) for name in wanted}


def _shown(value: object) -> str:
    """Nothing for none, a box that is ticked or not, an hour of the clock, or the value in words."""
    if value is None or isinstance(value, bool):
        return "1" if value else ""
    return f"{value:%H:%M}" if isinstance(value, time) else str(value)


async def read(request: AnyRequest, kind: type[T]) -> T:
    """The form as a struct. Every wrong field is named at once; unknown fields are ignored.

    An empty field takes the default; without one it is asked for. Values come stripped.
    """
    typed = await typed_values(request)
    wrong: dict[str, str] = {}
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):  # type: ignore[arg-type]
        raw = typed.get(field.encode_name, "")
        if raw == "":
            if field.required:
                wrong[field.encode_name] = N_("Remplissez ce champ.")
            continue
        try:
            values[field.name] = msgspec.convert(raw, field.type, strict=False)
        except msgspec.ValidationError as error:
            wrong[field.encode_name] = _sentence(str(error))
            continue
        refused = _too_far(values[field.name])
        if refused:
            wrong[field.encode_name] = refused
    if wrong:
        raise Invalid(wrong)
    return kind(**values)


def _too_far(value: object) -> str:
    """Why a number or a day is none that anybody means; "" where it is one."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return N_("Ce nombre est trop grand.")
    if isinstance(value, date) and not is_near(value):
        return N_("Vérifiez l'année.")
    return ""


async def typed_values(request: AnyRequest) -> dict[str, str]:
    """The text fields; a file is read with `upload`."""
    form = await request.form()
    return {
        name: value.strip()[:LONGEST].replace("\x00", "")
        for name, value in form.items()
        if isinstance(value, str)
    }


async def upload(request: AnyRequest, name: str) -> tuple[str, bytes] | None:
    """A file's name and bytes, or None when no file was chosen."""
    value = (await request.form()).get(name)
    if not isinstance(value, UploadFile):
        return None
    content = await value.read()
    return (value.filename, content) if content else None


def again(show: Handler) -> Callable[[Handler], Handler]:
    """Shows the form again when its use case refuses: what was typed stays, what to do is said.

    `show(request, form=...)` also gets those of the handler's own arguments that it names.
    Missing and Denied are not the form's matter and rise on.
    """
    wanted = set(inspect.signature(show).parameters)

    def wrap(handler: Handler) -> Handler:
        @wraps(handler)
        async def run(**kwargs: Any) -> Response[Any]:
            try:
                return await handler(**kwargs)
            except (Missing, Denied):
                raise
            except DomainError as refusal:
                request = kwargs["request"]
                form = Form(await typed_values(request), _errors(refusal))
                shown = {name: value for name, value in kwargs.items() if name in wanted}
                response = await show(**{**shown, "form": form})
                response.status_code = refusal.status
                return response

        return run

    return wrap


def _errors(refusal: DomainError) -> dict[str, str]:
    if isinstance(refusal, Invalid) and refusal.fields:
        return {field: translated(sentence) for field, sentence in refusal.fields.items()}
    return {"": f"{refusal.said()} {refusal.advice()}"}


def _sentence(problem: str) -> str:
    for sign, sentence in WORDS:
        if sign in problem:
            return sentence
    return N_("Cette réponse ne convient pas.")


WORDS = (
    ("Expected `date`", N_("Écrivez une date, par exemple 21/11/2026.")),
    ("Invalid RFC3339", N_("Écrivez une date, par exemple 21/11/2026.")),
    ("Expected `int`", N_("Écrivez un nombre, en chiffres.")),
    ("Expected `float`", N_("Écrivez un nombre, en chiffres.")),
    ("length <=", N_("C'est trop long.")),
    ("length >=", N_("C'est trop court.")),
    ("Invalid enum value", N_("Choisissez une réponse de la liste.")),
)
