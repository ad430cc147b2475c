"""Exceptions are for bugs, bad configuration and lost infrastructure; everything else is a value.

::

    StetwatchError              one line: what happened, where, what to do
    ├── UsageError              exit 2: the command's words are off
    │   └── ConfigError         exit 2: every fault of the configuration at once (file, key, cure)
    └── InfrastructureError     exit 1: something outside is away
        ├── StoreUnavailable    no Redis or Valkey answers
        ├── StoreRefused        it answers, and may not be used (memory full, wrong password, read-only)
        └── ServerFailed        the embedded Valkey did not start

    Blocked (OSError)           the connection guard refused an address; an OSError because aiohttp's
                                connection races keep only those
    Problem (Exception)         an answer of the web role to its visitor (RFC 9457), no failure of ours; it stands
                                beside its page's code, in monitor.web.problem
"""

from __future__ import annotations

from collections.abc import Sequence


class StetwatchError(Exception):
    """The root: its text is one line that says what happened, where, and what to do."""

    exit_code = 1


class UsageError(StetwatchError):
    """The command's words are off."""

    exit_code = 2


class ConfigError(UsageError):
    """The configuration cannot be used; ``faults`` holds a line for every fault, all found at once."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class InfrastructureError(StetwatchError):
    """Something outside this process is away."""


class StoreUnavailable(InfrastructureError):
    """No Redis or Valkey answers where one should."""


class StoreRefused(InfrastructureError):
    """The server answers and refuses: wrong password, out of memory, read-only."""


class ServerFailed(InfrastructureError):
    """The embedded Valkey did not start."""


class Blocked(OSError):
    """The guard refused to connect to an address; the text names the rule, never the secret part of a URL."""
