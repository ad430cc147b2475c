"""How a TOML table is read: its keys, what each stands for when absent, what they must say together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monitor.config.kinds import Kind
from monitor.config.place import FAULTY, Place, Refused, did_you_mean, show
from monitor.config.secrets import FORMS, read_secret

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """One key. ``default`` is written as in the file; ``secret`` keys may be NAME, NAME_env or NAME_file.

    ``table`` is set when the key holds a table, ``tables`` when it holds an array of them: its variants by ``type``,
    or a single one under ``""``. An absent table stands for its keys' defaults, for None when it is ``optional``.
    """

    name: str
    kind: Kind | None
    meaning: str
    default: object = None
    required: bool = False
    secret: bool = False
    optional: bool = False
    table: Table | None = None
    tables: Mapping[str, Table] | None = None

    def spellings(self) -> tuple[str, ...]:
        """The names the key goes by in a file."""
        return tuple(self.name + form for form in FORMS) if self.secret else (self.name,)


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one TOML table, and a check of what they say together (it sees only keys that were read well)."""

    keys: tuple[Key, ...]
    check: Callable[[Place, Row], None] | None = None


def read_table(place: Place, raw: object, table: Table) -> Row:
    """A table's values by key, defaults filled in; a key whose fault was told is absent."""
    if not isinstance(raw, dict):
        raise Refused(f"{show(raw)} is no table; write it as [{place.path}] or in braces")
    known = [spelling for key in table.keys for spelling in key.spellings()]
    for name in raw:
        if name not in known:
            place.key(name).fault(f"unknown key; {did_you_mean(name, known)}")
    row: Row = {}
    for key in table.keys:
        value = _read_key(place, raw, key)
        if value is not FAULTY:
            row[key.name] = value
    if table.check is not None:
        table.check(place, row)
    return row


def _read_key(place: Place, raw: Mapping[str, object], key: Key) -> object:
    if key.required and not any(spelling in raw for spelling in key.spellings()):
        place.key(key.name).fault(f"missing; add {' or '.join(key.spellings())} ({key.meaning})")
        return FAULTY
    if key.secret and key.kind is not None:
        return read_secret(place, raw, key.name, key.kind)
    here, value = place.key(key.name), raw.get(key.name, key.default)
    if key.table is not None:
        table = key.table
        if key.optional and value is None:
            return None
        return here.read(lambda at, found: read_table(at, found, table), {} if value is None else value)
    if key.tables is not None:
        variants = key.tables
        return here.read(lambda at, found: _read_tables(at, found, variants), [] if value is None else value)
    return None if value is None or key.kind is None else here.read(key.kind.read, value)


def _read_tables(place: Place, raw: object, variants: Mapping[str, Table]) -> object:
    if not isinstance(raw, list):
        raise Refused(f"{show(raw)} is no array of tables; write [[{place.path}]]")
    rows = [
        place.index(at).read(lambda here, one: read_table(here, one, _variant(one, variants)), single)
        for at, single in enumerate(raw)
    ]
    return [{} if row is FAULTY else row for row in rows]


def _variant(raw: object, variants: Mapping[str, Table]) -> Table:
    """The table a variant is read by; of an unknown or missing type, all that is known of any (its fault is told)."""
    if "" in variants:
        return variants[""]
    kind = raw.get("type") if isinstance(raw, dict) else None
    if isinstance(kind, str) and kind in variants:
        return variants[kind]
    every = {key.name: key for table in variants.values() for key in table.keys}
    optional = (Key(k.name, k.kind, k.meaning, k.default, k.name in {"name", "type"}, k.secret) for k in every.values())
    return Table(tuple(optional))
