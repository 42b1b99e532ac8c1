"""Lists of items, copies and closures come in: looked at, then applied whole or not at all (L44).

A row is known by its external code, or by ours where it has none: the same file again changes nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from backend.audit.service import By, note
from backend.kit import clock, codes, files, text
from backend.kit.database import fetch, fetch_one, transaction
from backend.kit.errors import N_, Missing
from backend.kit.translations import translated as _
from backend.lending import lists
from backend.lending.errors import ListHasErrors
from backend.lending.lists import Row
from backend.lending.rules import BLOCKING, LineState, ListKind
from backend.lending.service import closing, inventory, member_lists, shelf
from backend.lending.service.promoting import promote
from backend.lending.stock_errors import SiteHeld
from backend.lending.values import Ask
from backend.places.rules import Rejected
from backend.places.service import ClosureWish

DRAFT_LIVES_FOR = timedelta(days=1)
NO_SITE = N_("Cette conciergerie n'existe pas.")
SITES = "SELECT id, name FROM site UNION ALL SELECT id, slug FROM site"
ITEM = (
    "name, category, policy, site, description, replacement_cents, isbn, capacity, counted, search"
)
ITEM_TYPES = (
    "name text, category text, policy bigint, site bigint, description text,"
    " replacement_cents bigint, isbn text, capacity bigint, counted boolean, search text"
)

Values = dict[str, Any]
# Each row as values, what stands under their codes, and the rows that cannot be.
_Compared = tuple[list[Values], Mapping[str, Values], list[Rejected]]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a list does, or would do; with a rejected line it does nothing."""

    kind: ListKind
    new: int
    changed: int
    same: int
    rejected: list[Rejected]


class Draft(msgspec.Struct, frozen=True):
    public_id: str
    kind: ListKind
    file_name: str
    content: bytes


class _Plan(msgspec.Struct, frozen=True):
    """Values by what they do to what stands; `known` has what stands under their codes."""

    new: list[Values]
    changed: list[Values]
    same: int
    rejected: list[Rejected]
    known: Mapping[str, Values]

    def outcome(self, kind: ListKind) -> Outcome:
        return Outcome(
            kind=kind,
            new=len(self.new),
            changed=len(self.changed),
            same=self.same,
            rejected=sorted(self.rejected, key=lambda one: one.line),
        )


async def draft(kind: ListKind, content: bytes, file_name: str, person_id: int, by: By) -> str:
    """Keeps a list until this person has looked at it; its public id. Raises what `lists.read` does."""
    await asyncio.to_thread(lists.read, kind, content)
    public_id = codes.random_id()
    async with transaction():
        await _throw("created_at < $1", clock.now() - DRAFT_LIVES_FOR)
        await fetch(
            "INSERT INTO import_draft (public_id, person_id, kind, file_name, stored_file,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            public_id,
            person_id,
            kind.value,
            file_name[:200],
            await files.keep(content, "text/csv"),
            clock.now(),
        )
        await note("lending.list.drafted", by, object_kind="import_draft", object_id=public_id)
    return public_id


async def look_at(public_id: str, person_id: int) -> tuple[Draft, Outcome]:
    """What the list would do now. Raises Missing for somebody else's."""
    async with transaction():
        found = await _find_draft(public_id, person_id)
        plan = await _compare(found.kind, found.content)
    return found, plan.outcome(found.kind)


async def apply(public_id: str, person_id: int, by: By) -> Outcome:
    """Once, however often the button is pressed. Raises ListHasErrors, and Missing after the first."""
    async with transaction():
        found = await _find_draft(public_id, person_id)
        outcome = await _apply(found.kind, found.content, by)
        await _throw("public_id = $1", public_id)
    return outcome


async def bring(kind: ListKind, content: bytes, by: By, *, dry_run: bool = False) -> Outcome:
    """The same without a draft. Raises ListHasErrors where a line is wrong."""
    async with transaction():
        if dry_run:
            return (await _compare(kind, content)).outcome(kind)
        return await _apply(kind, content, by)


async def _apply(kind: ListKind, content: bytes, by: By) -> Outcome:
    plan = await _compare(kind, content)
    outcome = plan.outcome(kind)
    if outcome.rejected:
        raise ListHasErrors(count=len(outcome.rejected))
    await _WRITES[kind](plan, by)
    await note(
        "lending.list.applied",
        by,
        object_kind="import",
        object_id=kind.value,
        new=outcome.new,
        changed=outcome.changed,
    )
    return outcome


async def _compare(kind: ListKind, content: bytes) -> _Plan:
    """Under the locks that the writes need, so that what is compared is what is written."""
    read = await asyncio.to_thread(lists.read, kind, content)
    values, known, rejected = await _READS[kind](read.rows, list(read.rejected))
    for each in values:
        stands = known.get(each["code"], {})
        each |= {name: stands[name] for name in read.unsaid & stands.keys()}
    return _plan(values, known, rejected)


async def _find_draft(public_id: str, person_id: int) -> Draft:
    row = await fetch_one(
        "SELECT public_id, kind, file_name, stored_file FROM import_draft"
        " WHERE public_id = $1 AND person_id = $2 FOR UPDATE",
        public_id,
        person_id,
    )
    file = None if row is None else await files.get(row["stored_file"])
    if row is None or file is None:
        raise Missing
    return Draft(row["public_id"], ListKind(row["kind"]), row["file_name"], file.content)


async def _throw(which: str, value: object) -> None:
    rows = await fetch(f"DELETE FROM import_draft WHERE {which} RETURNING stored_file", value)  # noqa: S608
    for row in rows:
        await files.release(row["stored_file"])


async def _items(rows: Sequence[Any], rejected: list[Rejected]) -> _Compared:
    policies = await _ids("SELECT id, name FROM lending_policy")
    sites = await _ids(SITES)
    known = await _known(
        "SELECT id, coalesce(external_code, public_id) AS code, name, category, policy, site,"
        " description, replacement_cents, isbn, capacity, pieces, counted FROM resource"
        " WHERE coalesce(external_code, public_id) = ANY($1)",
        rows,
    )
    held = await inventory.held([before["id"] for before in known.values()])
    values = []
    for row in rows:
        before = known.get(row.code)
        policy, site = policies.get(text.fold(row.policy)), sites.get(text.fold(row.site))
        if policy is None:
            rejected.append(Rejected(row.line, "REGLES", _("Ces règles n'existent pas.")))
        if site is None:
            rejected.append(Rejected(row.line, "CONCIERGERIE", _(NO_SITE)))
        elif before is not None and before["site"] != site and before["id"] in held:
            rejected.append(Rejected(row.line, "CONCIERGERIE", SiteHeld().said()))
        values.append({**_plain(row), "policy": policy, "site": site, "pieces": list(row.pieces)})
    return values, known, rejected


async def _write_items(plan: _Plan, _by: By) -> None:
    made = [
        {**values, "public_id": codes.random_id(), "search": _search(values)} for values in plan.new
    ]
    await fetch(
        f"INSERT INTO resource (public_id, created_at, external_code, {ITEM}, pieces)"  # noqa: S608
        f" SELECT x.public_id, $2, x.code, {_of('x', ITEM)},"
        f" ARRAY(SELECT json_array_elements_text(x.pieces)) FROM json_to_recordset($1) AS x"
        f" (public_id text, code text, {ITEM_TYPES}, pieces json)",
        _json(made),
        clock.now(),
    )
    changed = [{**values, "search": _search(values)} for values in plan.changed]
    await fetch(
        f"UPDATE resource r SET version = r.version + 1, ({ITEM}, pieces) = ({_of('x', ITEM)},"  # noqa: S608
        f" ARRAY(SELECT json_array_elements_text(x.pieces))) FROM json_to_recordset($1) AS x"
        f" (code text, {ITEM_TYPES}, pieces json) WHERE coalesce(r.external_code, r.public_id) = x.code",
        _json(changed),
    )


async def _copies(rows: Sequence[Any], rejected: list[Rejected]) -> _Compared:
    items = await fetch(
        "SELECT id, coalesce(external_code, public_id) AS code,"
        " EXISTS (SELECT 1 FROM kit_part WHERE kit = resource.id) AS is_kit FROM resource"
        " WHERE coalesce(external_code, public_id) = ANY($1)",
        sorted({row.item for row in rows}),
    )
    ids = {row["code"]: row["id"] for row in items}
    kits = {row["code"] for row in items if row["is_kit"]}
    known = await _known(
        "SELECT coalesce(external_code, code) AS code, resource, shelf, kilometres,"
        " retired_at IS NOT NULL AS retired FROM unit"
        " WHERE coalesce(external_code, code) = ANY($1)",
        rows,
    )
    leaving = {known[row.code]["resource"] for row in rows if row.retired and row.code in known}
    await shelf.lock_all(leaving | set(await _awaited(ids.values())))
    used = await _in_use(known)
    values = []
    for row in rows:
        resource, before = ids.get(row.item), known.get(row.code)
        if resource is None:
            rejected.append(Rejected(row.line, "OBJET", _("Cet objet n'existe pas.")))
        elif row.item in kits:
            rejected.append(Rejected(row.line, "OBJET", _("Un lot n'a pas d'exemplaire.")))
        elif before is not None and before["resource"] != resource:
            rejected.append(Rejected(row.line, "OBJET", _("Cet exemplaire est à un autre objet.")))
        if row.retired and row.code in used:
            rejected.append(Rejected(row.line, "RETIRE", _("Il est réservé, prêté ou bloqué.")))
        values.append({**_plain(row, "item"), "resource": resource})
    return values, known, rejected


async def _in_use(codes_: Iterable[str]) -> set[str]:
    """Copies with a time that is not over, or in somebody's hands: they cannot be retired here."""
    rows = await fetch(
        "SELECT coalesce(u.external_code, u.code) AS code FROM unit u"
        " WHERE coalesce(u.external_code, u.code) = ANY($1) AND EXISTS (SELECT 1"
        " FROM booking_line l WHERE l.unit = u.id AND l.state = ANY($3)"
        " AND (upper(l.occupied) > $2 OR l.state IN ('checked_out', 'returned')))",
        list(codes_),
        clock.now(),
        [*(state.value for state in BLOCKING), LineState.RETURNED.value],
    )
    return {row["code"] for row in rows}


async def _write_copies(plan: _Plan, _by: By) -> None:
    """A unit that comes is offered to who waits for it (L24)."""
    made = [{**values, "label": codes.draw_code()} for values in plan.new]
    rows = [*plan.new, *plan.changed]
    models = await shelf.lock_all(await _awaited({values["resource"] for values in rows}))
    await fetch(
        "INSERT INTO unit (resource, code, external_code, shelf, facts, kilometres, created_at,"
        " retired_at) SELECT x.resource, x.label, x.code, x.shelf, '{}', x.kilometres, $2::timestamptz,"
        " CASE WHEN x.retired THEN $2::timestamptz END FROM json_to_recordset($1) AS x (resource bigint,"
        " label text, code text, shelf text, kilometres bigint, retired boolean)",
        _json(made),
        clock.now(),
    )
    await fetch(
        "UPDATE unit u SET version = u.version + 1, shelf = x.shelf, kilometres = x.kilometres,"
        " retired_at = CASE WHEN x.retired THEN coalesce(u.retired_at, $2::timestamptz) END"
        " FROM json_to_recordset($1) AS x (code text, shelf text, kilometres bigint,"
        " retired boolean) WHERE coalesce(u.external_code, u.code) = x.code",
        _json(plan.changed),
        clock.now(),
    )
    for model in models.values():
        await promote(model)


async def _awaited(resource_ids: Iterable[int]) -> list[int]:
    rows = await fetch(
        "SELECT DISTINCT resource FROM wish WHERE ended_at IS NULL AND resource = ANY($1)",
        list(resource_ids),
    )
    return [row["resource"] for row in rows]


async def _closures(rows: Sequence[Any], rejected: list[Rejected]) -> _Compared:
    sites = await _ids(SITES)
    known = await _known(
        "SELECT coalesce(external_code, public_id) AS code, public_id, site, first_on, last_on,"
        " starts, ends, reason FROM site_closure"
        " WHERE coalesce(external_code, public_id) = ANY($1) AND withdrawn_at IS NULL",
        rows,
    )
    values = []
    for row in rows:
        site = sites.get(text.fold(row.site)) if row.site else None
        if row.site and site is None:
            rejected.append(Rejected(row.line, "CONCIERGERIE", _(NO_SITE)))
        values.append({**_plain(row), "site": site})
    return values, known, rejected


async def _write_closures(plan: _Plan, by: By) -> None:
    """Each as if the office had closed those days: what it meets moves (L18)."""
    slugs = {row["id"]: row["slug"] for row in await fetch("SELECT id, slug FROM site")}
    ask = Ask(by=by, key=codes.random_id())
    for values in plan.changed:
        await closing.reopen_now(ask, plan.known[values["code"]]["public_id"])
    for values in (*plan.changed, *plan.new):
        named = {name: values[name] for name in ("first_on", "last_on", "starts", "ends", "reason")}
        site = slugs.get(values["site"], "")
        await closing.close_now(ask, ClosureWish(site=site, external_code=values["code"], **named))


async def _members(rows: Sequence[Any], rejected: list[Rejected]) -> _Compared:
    values, before = await member_lists.compare(rows, rejected)
    return values, before, rejected


async def _write_members(plan: _Plan, by: By) -> None:
    """Nobody has paid: they come as people who may join, and only who has joined is told."""
    await member_lists.write(plan.new, plan.changed, plan.known, by)


_READS: dict[ListKind, Callable[[Sequence[Any], list[Rejected]], Awaitable[_Compared]]] = {
    ListKind.ITEMS: _items,
    ListKind.COPIES: _copies,
    ListKind.CLOSURES: _closures,
    ListKind.MEMBERS: _members,
}
_WRITES: dict[ListKind, Callable[[_Plan, By], Awaitable[None]]] = {
    ListKind.ITEMS: _write_items,
    ListKind.COPIES: _write_copies,
    ListKind.CLOSURES: _write_closures,
    ListKind.MEMBERS: _write_members,
}


def _plan(values: Iterable[Values], known: Mapping[str, Values], rejected: list[Rejected]) -> _Plan:
    new, changed, same = list[Values](), list[Values](), 0
    for each in values:
        before = known.get(each["code"])
        if before is None:
            new.append(each)
        elif any(before[name] != value for name, value in each.items()):
            changed.append(each)
        else:
            same += 1
    return _Plan(new, changed, same, rejected, known)


def _plain(row: Row, *but: str) -> Values:
    values = msgspec.structs.asdict(row)
    return {name: value for name, value in values.items() if name not in {"line", *but}}


def _search(values: Values) -> str:
    return inventory.search_of(values["name"], values["category"], values["isbn"])


async def _ids(sql: str) -> dict[str, int]:
    return {text.fold(row["name"]): row["id"] for row in await fetch(sql)}


async def _known(sql: str, rows: Sequence[Row]) -> dict[str, Values]:
    return {row["code"]: dict(row) for row in await fetch(sql, [row.code for row in rows])}


def _of(table: str, columns: str) -> str:
    return ", ".join(f"{table}.{name}" for name in columns.split(", "))


def _json(values: Sequence[Values]) -> str:
    return msgspec.json.encode(values).decode()
