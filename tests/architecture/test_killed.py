"""REL3: whatever writes money is done by a process that is killed in the middle of it."""

import ast
import re

from tests.architecture.code import ROOT, calls, files, strings, tree
from tests.architecture.references import (
    functions,
    names_in,
    reached,
    referred,
    words,
)

RACES = "tests/integration/races"
ACTS = [
    ROOT / RACES / name for name in ("acts.py", "loan_acts.py", "order_acts.py", "seat_acts.py")
]
WRITES = re.compile(
    r"INSERT INTO (journal_entry|pay_order|payment|period|refund)\b|UPDATE period\b"
)


def opens_transaction(name: str) -> bool:
    return any(
        calls(item.context_expr, "transaction")
        for block in ast.walk(functions()[name])
        if isinstance(block, ast.AsyncWith)
        for item in block.items
    )


def writing_money() -> set[str]:
    """Use cases in whose transaction an order, an entry, a payment or a period is written."""
    writers = {name for name in functions() if WRITES.search(words(name))}
    return {name for name in functions() if opens_transaction(name) and reached(name) & writers}


def killed() -> set[str]:
    found = [tree(path) for path in ACTS]
    return {name for one in found for name in referred(one, names_in("tests.acts", one))}


def test_every_use_case_that_writes_money_is_an_act():
    """REL3: a new one is added to acts.py, and to a test that kills it."""
    assert sorted(writing_money() - killed()) == []


def test_every_act_is_killed_by_a_test():
    """REL3: by its name, in a file of tests beside it."""
    said = {
        word
        for path in files(RACES)
        if path.name.startswith("test_")
        for word in strings(tree(path))
    }
    names = [
        str(key.value)
        for path in ACTS
        for node in tree(path).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant)
    ]
    assert len(names) > 20
    assert sorted(set(names) - said) == []


def test_what_writes_money_is_found():
    """The look at the code is worth something: acts that surely write are among those found."""
    surely = {
        "backend.billing.journal.reverse",
        "backend.billing.costs.enter",
        "backend.membership.service.categories.grant_months",
        "backend.membership.service.companions.move",
        "backend.membership.service.dues.take_dues",
        "backend.membership.service.households.merge",
        "backend.merchants.service.fulfilment.fulfil",
    }
    assert surely <= writing_money()
    assert "backend.membership.service.companions.add_child" not in writing_money()
