"""Sources that are added while everything runs, checked like those of the file."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from monitor.config.files import named_after
from monitor.config.load import no_file, raise_faults, source_of
from monitor.config.place import Place, Reading
from monitor.config.rows import Table, read_table
from monitor.config.table import SOURCE
from monitor.model import Source

ACCESS: Final = ("headers", "cookies", "auth", "proxy", "user_agent")
"""What a visit sends along stays in the file: an added source stands in the store, where no secret may lie."""

_BARRED: Final = {spelling for key in SOURCE.keys if key.name in ACCESS for spelling in key.spellings()}

ADDED: Final = Table(
    tuple(
        dataclasses.replace(key, required=key.required and key.name != "name")
        for key in SOURCE.keys
        if key.name not in ACCESS
    ),
    SOURCE.check,
)
"""The keys of a ``[[source]]`` that an added one may have; without a name it is named after its page."""


def added_source(fields: Mapping[str, object], *, origin: str) -> Source:
    """The source that these keys of a ``[[source]]`` come to (``poll`` and ``extract`` are tables).

    Raises ConfigError with every fault, each ``ORIGIN: KEY.PATH: what is wrong; cure``.
    """
    reading = Reading(origin=origin, folder=Path(), environ={}, read_file=no_file)
    place = Place(reading)
    for name in sorted(_BARRED & fields.keys()):
        place.key(name).fault("stays in the configuration file; configure the source there, or leave it out")
    row = read_table(place, {name: value for name, value in fields.items() if name not in _BARRED}, ADDED)
    raise_faults(reading)
    return source_of(row | {"name": row["name"] or named_after(row["url"])})
