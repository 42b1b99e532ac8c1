"""Use cases of lending: bookings by tenants and the desk, and what there is to lend."""

from backend.lending.service.answering import approve, cancel, reject
from backend.lending.service.counter import hand_over, lend_now, prepare, put_back
from backend.lending.service.ending import check_nothing_lent, let_places_go
from backend.lending.service.forgetting import forget_idle, forget_loans
from backend.lending.service.holding import book, confirm, extend_hold, hold
from backend.lending.service.inventory import (
    ResourceWish,
    add_resource,
    change_policy,
    change_resource,
    drop_photo,
    make_policy,
    retire_resource,
    set_kit,
)
from backend.lending.service.moving import change, extend, renew, restore, swap
from backend.lending.service.returning import find, inspect, lose, take_back
from backend.lending.service.sweeping import expire, miss, rescue, sweep
from backend.lending.service.undoing import undo
from backend.lending.service.units import (
    NewUnit,
    UnitWish,
    add_unit,
    bring_back_unit,
    change_unit,
)
from backend.lending.service.upkeep import (
    block,
    mend,
    retire_unit,
    start_work,
    take_out_of_use,
)
from backend.lending.service.vehicles import note_licence
from backend.lending.service.waiting import accept, pause, skip, wait
from backend.lending.service.writing_off import write_off

__all__ = [
    "NewUnit",
    "ResourceWish",
    "UnitWish",
    "accept",
    "add_resource",
    "add_unit",
    "approve",
    "block",
    "book",
    "bring_back_unit",
    "cancel",
    "change",
    "change_policy",
    "change_resource",
    "change_unit",
    "check_nothing_lent",
    "confirm",
    "drop_photo",
    "expire",
    "extend",
    "extend_hold",
    "find",
    "forget_idle",
    "forget_loans",
    "hand_over",
    "hold",
    "inspect",
    "lend_now",
    "let_places_go",
    "lose",
    "make_policy",
    "mend",
    "miss",
    "note_licence",
    "pause",
    "prepare",
    "put_back",
    "reject",
    "renew",
    "rescue",
    "restore",
    "retire_resource",
    "retire_unit",
    "set_kit",
    "skip",
    "start_work",
    "swap",
    "sweep",
    "take_back",
    "take_out_of_use",
    "undo",
    "wait",
    "write_off",
]
