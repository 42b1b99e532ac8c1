"""Compare JSON with the SDK's classes and with Stripe's own examples; each fault is a sentence."""

import json
import typing
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, ForwardRef, Literal, get_args, get_origin

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import get_object_class
from stripe._stripe_object import StripeObject, UntypedStripeObject

KEPT = Path(__file__).with_name("stripe_shapes.json")
# The example invoice still has a key that the API lost; these lists come only when asked for.
NOT_OURS = {"invoice": {"subscription"}, "charge": {"refunds"}}


def kept_shapes() -> dict[str, Any]:
    """Stripe's example objects, kind -> names and types, every value left out.

    They are kept here so that a clone alone can compare; `shape_of` made them from the examples of
    Stripe's published description (stripe/openapi, MIT licence).
    """
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def shape_of(example: Any) -> Any:
    """The example with an empty value of the same type everywhere."""
    if isinstance(example, dict):
        return {name: shape_of(value) for name, value in sorted(example.items())}
    if isinstance(example, list):
        return [shape_of(value) for value in example[:1]]
    return None if example is None else type(example)()


def faults(value: Any, annotation: Any, where: str) -> Iterator[str]:
    """What keeps this JSON value from being what the SDK declares here."""
    origin = get_origin(annotation)
    if origin is typing.Union:
        yield from _of_union(value, get_args(annotation), where)
    elif origin is Literal:
        if value not in get_args(annotation):
            yield f"{where}: {value!r} is none of {get_args(annotation)}"
    elif origin is list or origin is ListObject or annotation is ListObject:
        yield from _of_list(value, annotation, where)
    elif origin is UntypedStripeObject:
        for name, inner in value.items():
            yield from faults(inner, get_args(annotation)[0], f"{where}.{name}")
    elif isinstance(annotation, ForwardRef | str):
        yield from _of_object(value, get_object_class("V1", value["object"]), where)
    elif isinstance(annotation, type) and issubclass(annotation, StripeObject):
        yield from _of_object(value, annotation, where)
    elif annotation is not Any and not _is(value, annotation):
        yield f"{where}: {value!r} is no {annotation}"


def disagreements(value: Any, example: Any, where: str) -> Iterator[str]:
    """Where the types of a value and of Stripe's example differ; null agrees with everything."""
    if value is None or example is None:
        return
    if type(value) is not type(example):
        yield f"{where}: {value!r} beside {example!r}"
    elif isinstance(value, dict):
        for name in value.keys() & example.keys() - {"metadata"}:
            yield from disagreements(value[name], example[name], f"{where}.{name}")
    elif isinstance(value, list) and example:
        for i, one in enumerate(value):
            yield from disagreements(one, example[0], f"{where}[{i}]")


def _of_union(value: Any, options: tuple[Any, ...], where: str) -> Iterator[str]:
    if value is None:
        if type(None) not in options:
            yield f"{where}: null"
        return
    # Stripe's enumerations are open (Literal or str): the double keeps to the known values.
    closed = [one for one in options if get_origin(one) is Literal]
    options = tuple(closed) or tuple(one for one in options if one is not type(None))
    if isinstance(value, str) and str in options:
        return
    tries = [list(faults(value, one, where)) for one in options if _may_be(value, one)]
    if not tries:
        yield f"{where}: {value!r} is none of {options}"
    elif all(tries):
        yield from min(tries, key=len)


def _of_list(value: Any, annotation: Any, where: str) -> Iterator[str]:
    inner = (get_args(annotation) or (Any,))[0]
    data = value
    if annotation is ListObject or get_origin(annotation) is ListObject:
        if value.keys() != {"object", "data", "has_more", "url"}:
            yield f"{where}: {sorted(value)} is no list object"
        data = value["data"]
    for i, one in enumerate(data):
        yield from faults(one, inner, f"{where}[{i}]")


def _of_object(value: Any, declared: type[StripeObject], where: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where}: {value!r} is no {declared.__name__}"
        return
    wanted = {n: a for n, a in declared.__annotations__.items() if n != "OBJECT_NAME"}
    # The SDK keeps the names that Python reserves under another spelling.
    wanted = {name.rstrip("_"): one for name, one in wanted.items()}
    for name in value.keys() - wanted.keys():
        yield f"{where}.{name}: Stripe has no such key"
    for name, annotation in wanted.items():
        if name in value:
            yield from faults(value[name], annotation, f"{where}.{name}")
        elif type(None) not in get_args(annotation):
            yield f"{where}.{name}: missing"


def _may_be(value: Any, annotation: Any) -> bool:
    if get_origin(annotation) is UntypedStripeObject:
        return isinstance(value, dict)
    if isinstance(annotation, ForwardRef):
        named = get_object_class("V1", value["object"]) if isinstance(value, dict) else None
        return named is not None and named.__name__ == annotation.__forward_arg__
    return isinstance(value, dict) == (
        isinstance(annotation, type) and issubclass(annotation, StripeObject)
    )


def _is(value: Any, annotation: Any) -> bool:
    if annotation is Decimal:
        return isinstance(value, str) and Decimal(value).is_finite()
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(annotation, type) and isinstance(value, annotation)


def declared_class(kind: str) -> type[StripeObject]:
    found: type[StripeObject] = get_object_class("V1", kind)
    assert found is not stripe.StripeObject, kind
    return found
