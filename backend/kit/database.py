"""One pool, one kind of transaction.

Piccolo keeps the open transaction in a ContextVar and gives the connection back only when COMMIT
succeeds; ours always gives it back, refuses nesting, and knows what must survive a refusal.
READ COMMITTED everywhere: rules are held by row locks, conditional updates and constraints, each
of which re-reads the newest row; a stricter level would only add retries.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from backend.kit.errors import N_, DomainError, Missing, Unavailable
from backend.kit.reach import reaching

T = TypeVar("T")
P = ParamSpec("P")
OnRefusal = Callable[[DomainError], Awaitable[None]]
AfterCommit = Callable[[], Awaitable[None]]

ACQUIRE_SECONDS = 3.0
COMMAND_SECONDS = 20.0  # beyond what the server itself allows a statement
SERVER_SETTINGS = {
    "application_name": "palier",
    "timezone": "UTC",
    "lock_timeout": "2s",
    "statement_timeout": "15s",
    "idle_in_transaction_session_timeout": "30s",
}
UNDER_LOAD = (
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.TooManyConnectionsError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.PostgresConnectionError,
    ConnectionError,
    TimeoutError,
)


class DatabaseBusy(Unavailable):
    """A lock, a connection or the server was not to be had in time."""

    slug = "temporary_error"
    sentence = N_("Le service est très demandé.")
    next = N_("Attendez quelques secondes, puis réessayez.")


class TryOnceMore(DatabaseBusy):
    """A deadlock or a serialization failure: the same use case may succeed right after."""

    slug = "try_once_more"


class Engine(PostgresEngine):
    """Piccolo's engine without its connection at import time."""

    async def check_version(self) -> None:
        """The version is checked by `palier doctor`, not by importing a module."""


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """Given back as it is: nothing of ours changes a session, so nothing has to be reset.

    asyncpg asks the server for it otherwise, one more round trip for each use of the pool.
    Open transactions are still ended.
    """

    def get_reset_query(self) -> str:
        return ""


DB = Engine(config={})
_callbacks: ContextVar[list[AfterCommit] | None] = ContextVar("after_commit", default=None)


class _Open:
    """What Piccolo's queries expect in `current_transaction`."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection


async def open_pool(url: str, *, min_size: int = 1, max_size: int = 10) -> None:
    """Opens the process's pool on `url`; one process has one. Raises OutOfReach."""
    DB.config = {"dsn": url}
    with reaching():
        DB.pool = await asyncpg.create_pool(
            url,
            min_size=min_size,
            max_size=max_size,
            timeout=ACQUIRE_SECONDS,
            command_timeout=COMMAND_SECONDS,
            connection_class=Connection,
            server_settings=SERVER_SETTINGS,
        )


async def close_pool() -> None:
    pool, DB.pool = DB.pool, None
    if pool is not None:
        await pool.close()


@asynccontextmanager
async def transaction(*, on_refusal: OnRefusal | None = None) -> AsyncIterator[None]:
    """The one transaction of a use case.

    `on_refusal` runs in a second short transaction after the rollback of a DomainError: that is
    where a refused attempt and its stored answer are written. Busy and Unavailable leave no trace.
    """
    if DB.current_transaction.get() is not None:
        raise RuntimeError("a transaction is already open: contributions call within() instead")
    callbacks: list[AfterCommit] = []
    try:
        async with _one(callbacks):
            yield
    except DomainError as refusal:
        if on_refusal is not None and not refusal.retryable:
            async with _one([]):
                await on_refusal(refusal)
        raise
    for callback in callbacks:
        await callback()


@asynccontextmanager
async def _one(callbacks: list[AfterCommit]) -> AsyncIterator[None]:
    with _in_plain_words():
        pool = _pool()
        connection = await _acquire()
        try:
            opened = connection.transaction()
            await opened.start()
            token = DB.current_transaction.set(_Open(connection))  # type: ignore[arg-type]
            marked = _callbacks.set(callbacks)
            try:
                yield
            except BaseException:
                await opened.rollback()
                raise
            else:
                await opened.commit()
            finally:
                _callbacks.reset(marked)
                DB.current_transaction.reset(token)
        finally:
            await pool.release(connection)


@contextmanager
def _in_plain_words() -> Iterator[None]:
    """Turns what PostgreSQL says under load, or of a NUL, into refusals a person can act on."""
    try:
        yield
    except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
        raise TryOnceMore from error
    except asyncpg.CharacterNotInRepertoireError as error:
        # No text of ours holds a NUL: whoever asks for one asks for what is not there.
        raise Missing from error
    except UNDER_LOAD as error:
        raise DatabaseBusy from error
    except asyncpg.DataError as error:
        if not isinstance(error.__cause__, UnicodeEncodeError):
            raise
        raise Missing from error  # half a character, as a NUL above
    except asyncpg.InterfaceError as error:
        if not _is_closed(str(error)):
            raise
        raise DatabaseBusy from error


def _is_closed(said: str) -> bool:
    """Asyncpg has one error for a connection that is gone and for our own misuse of one."""
    return re.search(r"clos(ed|ing)|cancelling", said) is not None


async def _acquire() -> Any:
    try:
        return await _pool().acquire(timeout=ACQUIRE_SECONDS)
    except OSError as error:  # no socket, nobody listening, or no connection free in time
        raise DatabaseBusy from error


def _pool() -> Any:
    """Asked for before a connection, which goes back where it came from also while it closes."""
    if DB.pool is None:
        raise RuntimeError("the pool is not open")
    return DB.pool


def once_more(
    use_case: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Runs a use case a second time after a deadlock; a second one is Unavailable."""

    @wraps(use_case)
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await use_case(*args, **kwargs)
        except TryOnceMore:
            return await use_case(*args, **kwargs)

    return run


def within() -> None:
    """A contribution runs inside its caller's transaction; without one it is a bug."""
    if DB.current_transaction.get() is None:
        raise RuntimeError("no transaction is open: a use case opens it")


def after_commit(callback: AfterCommit) -> None:
    """Runs `callback` once the transaction is durable; it carries ids only."""
    within()
    callbacks = _callbacks.get()
    if callbacks is not None:
        callbacks.append(callback)


async def fetch(sql: str, *args: Any) -> list[Any]:
    """Rows as asyncpg records, in the open transaction or on a connection of the pool."""
    opened = DB.current_transaction.get()
    if opened is not None:
        return list(await opened.connection.fetch(sql, *args))
    with _in_plain_words():
        pool = _pool()
        connection = await _acquire()
        try:
            return list(await connection.fetch(sql, *args))
        finally:
            await pool.release(connection)


async def fetch_one(sql: str, *args: Any) -> Any | None:
    """The first row or None. An UPDATE ... RETURNING that decides reads its refusal here."""
    rows = await fetch(sql, *args)
    return rows[0] if rows else None


async def fetch_value(sql: str, *args: Any) -> Any:
    """The first column of the first row or None."""
    row = await fetch_one(sql, *args)
    return None if row is None else row[0]


async def fetch_as(kind: type[T], sql: str, *args: Any) -> list[T]:
    """Rows as `kind(**row)`: a query gives typed structs, never rows."""
    return [kind(**row) for row in await fetch(sql, *args)]


async def fetch_one_as(kind: type[T], sql: str, *args: Any) -> T | None:
    """The first row as `kind(**row)` or None."""
    row = await fetch_one(sql, *args)
    return None if row is None else kind(**row)
