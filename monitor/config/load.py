"""Text → Settings: read by the table, check what tables say of each other, build."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.config.kinds import DAYS
from monitor.config.place import FAULTY, Place, Reading, did_you_mean
from monitor.config.rows import Key, Row, Table, read_table
from monitor.config.settings import Network, RedisSettings, Retention, Settings, Web, Work
from monitor.config.table import ROOT, SOURCE
from monitor.errors import ConfigError
from monitor.logs import escape, mask
from monitor.model import Access, Destination, ExtractRules, Pace, QuietHours, Route, Slack, Source, Webhook


def load(
    text: str,
    *,
    origin: str,
    environ: Mapping[str, str],
    read_file: Callable[[Path], str],
    folder: Path = Path(),
) -> Settings:
    """The settings a file's text comes to; ``origin`` names the file in faults, relative paths start at ``folder``.

    Raises ConfigError with every fault, each ``FILE: KEY.PATH: what is wrong; cure``.
    """
    reading = Reading(origin=origin, folder=folder, environ=environ, read_file=read_file)
    row = read(reading, text, ROOT)
    if row is not None:
        _check_names(reading, row)
    raise_faults(reading)
    return build(row or {}, reading)


def load_recording(text: str, *, origin: str) -> Source:
    """The source a ``recording.toml`` describes in its ``[source]`` table; raises ConfigError like ``load``.

    A recording is replayed without a network, so it may hold no secret from elsewhere.
    """
    reading = Reading(origin=origin, folder=Path(), environ={}, read_file=no_file)
    row = read(reading, text, Table((Key("source", None, "what was recorded", required=True, table=SOURCE),)))
    raise_faults(reading)
    return source_of((row or {})["source"])


def read(reading: Reading, text: str, table: Table) -> Row | None:
    """The rows of a text, None when it is no TOML; faults are left in the reading."""
    place = Place(reading)
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        place.fault(f"no TOML: {error}; texts stand in quotes, a [table] only once")
    except (ValueError, RecursionError):
        place.fault("no TOML: a number is too long or tables are nested too deep; shorten it")
    else:
        row = place.read(lambda here, value: read_table(here, value, table), raw)
        return row if row is not FAULTY and isinstance(row, dict) else None
    return None


def raise_faults(reading: Reading) -> None:
    """Raises what was found so far as one ConfigError, one clean line a fault, nothing secret in any."""
    if reading.faults:
        raise ConfigError([escape(mask(fault)) for fault in reading.faults])


def build(row: Row, reading: Reading) -> Settings:
    """Settings from rows without a fault."""
    sources = row["source"]
    return Settings(
        data_dir=_data_dir(row["data_dir"], reading),
        redis=RedisSettings(**row["redis"]),
        network=Network(**row["network"]),
        retention=Retention(**row["retention"]),
        work=Work(**row["work"]),
        web=Web(**{**row["web"], "url": row["web"]["url"] or ""}),
        sources=tuple(source_of(one) for one in sources),
        access={one["name"]: _access(one) for one in sources},
        destinations=tuple(_destination(one) for one in row["destination"]),
        remarks=tuple(escape(mask(remark)) for remark in reading.remarks),
        routes=tuple(Route(to=one["to"], quiet=_quiet(one["quiet"]), **one["match"]) for one in row["route"]),
    )


def from_home(path: Path, environ: Mapping[str, str]) -> Path:
    """``~/…`` under the environment's HOME."""
    if path.parts[:1] != ("~",):
        return path
    home = environ.get("HOME")
    return Path(home, *path.parts[1:]) if home else path.expanduser()


def _data_dir(given: str | None, reading: Reading) -> Path:
    environ = reading.environ
    if given:
        return reading.folder / from_home(Path(given), environ)
    if environ.get("STETWATCH_DATA_DIR"):
        return from_home(Path(environ["STETWATCH_DATA_DIR"]), environ)
    state_home = environ.get("XDG_STATE_HOME", "")
    if Path(state_home).is_absolute():  # the XDG base directory specification: ignore relative paths
        return Path(state_home, "stetwatch")
    return from_home(Path("~/.local/state/stetwatch"), environ)


def source_of(row: Row) -> Source:
    """The source of a row without a fault."""
    return Source(
        name=row["name"],
        url=row["url"],
        timezone=row["timezone"],
        tags=row["tags"],
        poll_min_s=row["poll"]["min"],
        poll_max_s=row["poll"]["max"],
        render=row["render"],
        baseline=row["baseline"],
        extract=ExtractRules(**row["extract"]),
    )


def _access(row: Row) -> Access:
    return Access(**{name: row[name] for name in ("headers", "cookies", "auth", "proxy", "user_agent")})


def _destination(row: Row) -> Destination:
    words: dict[str, Any] = {name: value for name, value in row.items() if name != "type"}
    if row["type"] == "slack":
        rate, settle_s, settle_most_s = words.pop("rate"), words.pop("settle"), words.pop("settle_max")
        slack = Slack(settle_s=settle_s, settle_most_s=settle_most_s, **words)
        return replace(slack, pace=replace(slack.pace, per_s=rate))
    pace = Pace(per_s=words.pop("rate"), burst=words.pop("burst"), in_flight=words.pop("concurrency"))
    timeout_s, retry_s = words.pop("timeout"), words.pop("retry")
    return Webhook(secrets=words.pop("secret"), pace=pace, timeout_s=timeout_s, retry_s=retry_s, **words)


def _quiet(row: Row | None) -> QuietHours | None:
    if row is None:
        return None
    days = tuple(DAYS.index(day) for day in row["days"])
    return QuietHours(start=row["from"], end=row["to"], timezone=row["timezone"], days=days)


def _check_names(reading: Reading, row: Row) -> None:
    """Names must be there once, and what refers to one must find it."""
    sources, destinations, routes = (row.get(key) or [] for key in ("source", "destination", "route"))
    for path, rows in (("source", sources), ("destination", destinations)):
        _check_unique(Place(reading, path), rows)
    targets = {one["name"] for one in destinations if "name" in one}
    names = {one["name"] for one in sources if "name" in one}
    tags = {tag for one in sources for tag in one.get("tags", ())}
    for at, route in enumerate(routes):
        place, match = Place(reading, "route").index(at), route.get("match", {})
        for number, name in enumerate(route.get("to", ())):
            if name not in targets:
                fault = f'there is no destination "{name}"; {did_you_mean(name, targets)}'
                place.key("to").index(number).fault(fault)
        if sources:
            _remark_unknown(place.key("match").key("sources"), match.get("sources", ()), names, "source")
            _remark_unknown(place.key("match").key("tags"), match.get("tags", ()), tags, "source with the tag")


def _check_unique(place: Place, rows: Iterable[Row]) -> None:
    first: dict[str, int] = {}
    for at, row in enumerate(rows):
        name = row.get("name")
        if name is None:
            continue
        if name in first:
            place.index(at).key("name").fault(f'"{name}" is already {place.path}[{first[name]}]; choose another name')
        first.setdefault(name, at)


def _remark_unknown(place: Place, named: Iterable[str], known: set[str], what: str) -> None:
    """Of these the file need not know: a source that is added while everything runs may be meant."""
    for at, name in enumerate(named):
        if name not in known:
            cure = f"a slip, unless one is added while running; {did_you_mean(name, known)}"
            place.index(at).remark(f'no {what} "{name}" is configured: {cure}')


def no_file(path: Path) -> str:
    """In place of a reader of files where a configuration may name none."""
    raise OSError(f"this may not read {path}; write the value itself")
