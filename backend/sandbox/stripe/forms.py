"""Form-encoded parameters with brackets, as the SDK sends them, turned into typed values."""

import re
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from backend.sandbox.stripe.errors import Refusal, invalid
from backend.sandbox.stripe.sources import Obj

DEEPEST = 8
LONGEST_NAME, MOST_FIELDS = 500, 2000

T = TypeVar("T")


def parse(text: str) -> Obj:
    """`a[b][0]=x&a[b][1]=y` becomes {"a": {"b": ["x", "y"]}}."""
    tree: Obj = {}
    for name, value in _pairs(text):
        _plant(tree, _path(name), value)
    return {name: _listed(name, value) for name, value in tree.items()}


def decode(form: Obj, into: type[T]) -> T:
    try:
        return msgspec.convert(form, into, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def _pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise invalid("Too many parameters.") from None


def _path(name: str) -> list[str]:
    match = re.fullmatch(r"([^\[\]]+)((?:\[[^\[\]]*\])*)", name)
    if match is None or len(name) > LONGEST_NAME:
        raise invalid(f"Invalid parameter name: {name[:80]}")
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > DEEPEST:
        raise invalid(f"Parameters are nested too deeply: {name[:80]}")
    return path


def _plant(tree: Obj, path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part, {})
        if not isinstance(tree, dict):
            raise invalid(f"Invalid object: {path[0]}", param=path[0])
    tree[path[-1] or str(len(tree))] = value


def _listed(name: str, value: Any) -> Any:
    """A mapping whose keys are 0, 1, 2... was a list; metadata is always a mapping."""
    if not isinstance(value, dict):
        return value
    inner = {key: _listed(key, child) for key, child in value.items()}
    if name != "metadata" and inner and all(key.isascii() and key.isdigit() for key in inner):
        return [inner[key] for key in sorted(inner, key=int)]
    return inner


def _refusal(message: str) -> Refusal:
    """The sentence of msgspec in Stripe's words, with Stripe's name of the parameter."""
    reason, _, where = message.partition(" - at `")
    parent = _bracketed(where.rstrip("`"))
    field = re.search(r"field `([^`]*)`", reason)
    param = _inside(parent, field[1]) if field else parent
    if "unknown field" in reason:
        return invalid(f"Received unknown parameter: {param}", param, "parameter_unknown")
    if "missing required field" in reason:
        return invalid(f"Missing required param: {param}.", param, "parameter_missing")
    return invalid(f"Invalid value for {param}: {reason}", param)


def _bracketed(where: str) -> str:
    """`$.line_items[0].price_data` becomes line_items[0][price_data]."""
    names = re.findall(r"[^.\[\]$]+", where)
    return "".join(name if i == 0 else f"[{name}]" for i, name in enumerate(names))


def _inside(parent: str, name: str) -> str:
    return f"{parent}[{name}]" if parent else name
