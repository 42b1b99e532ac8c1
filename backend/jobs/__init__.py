"""Work nobody waits for: what goes out, what came in, and what the clock asks for."""

from backend.jobs.schedule import run

__all__ = ["run"]
