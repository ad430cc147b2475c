"""From bytes to posts: one module a format, and the ladder that picks."""

from monitor.core.extract.ladder import extract

__all__ = ["extract"]
