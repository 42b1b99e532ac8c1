"""The office's controllers."""

from litestar.types import ControllerRouterHandler

from web.office import drafts, imports

HANDLERS: list[ControllerRouterHandler] = [
    imports.index,
    imports.create,
    imports.show,
    imports.ask_undo,
    imports.undo,
    drafts.show,
    drafts.create,
]
