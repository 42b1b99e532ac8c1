"""Use cases of lending: bookings by tenants and the desk, and what there is to lend."""

from backend.lending.service.holding import book, confirm, extend_hold, hold
from backend.lending.service.inventory import (
    NewUnit,
    ResourceWish,
    UnitWish,
    add_resource,
    add_unit,
    bring_back_unit,
    change_policy,
    change_resource,
    change_unit,
    make_policy,
    retire_resource,
    set_kit,
)

__all__ = [
    "NewUnit",
    "ResourceWish",
    "UnitWish",
    "add_resource",
    "add_unit",
    "book",
    "bring_back_unit",
    "change_policy",
    "change_resource",
    "change_unit",
    "confirm",
    "extend_hold",
    "hold",
    "make_policy",
    "retire_resource",
    "set_kit",
]
