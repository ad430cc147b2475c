"""Settings from what the command line names: a file or none, URLs, networks, a data directory."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
import os
import re
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from monitor.config.addresses import CIDR, PAGE_URL, WEB_LISTEN
from monitor.config.checks import check_listen
from monitor.config.kinds import PAGES, duration, many
from monitor.config.load import from_home, load, raise_faults
from monitor.config.place import FAULTY, Place, Reading, Refused
from monitor.config.settings import Settings, Web
from monitor.errors import ConfigError, UsageError
from monitor.logs import escape, mask
from monitor.model import Access, Source

_NAME_LENGTH: Final = 64
_LONGEST_S: Final = 366 * 86_400.0
_SECRET_LIMIT: Final = 65_536
_CONFIG_LIMIT: Final = 10_000_000


def load_file(
    path: Path | None,
    *,
    urls: Sequence[str] = (),
    allow: Sequence[str] = (),
    data_dir: Path | None = None,
    listen: str | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of a command: ``path``, else ``$STETWATCH_CONFIG``, else ``./stetwatch.toml`` if there is one.

    ``urls`` become sources beside the file's (a page the file watches already is not added again), ``allow`` adds
    networks, ``data_dir`` and ``listen`` (of the web role) replace the file's. Raises ConfigError with every fault of
    all of them.
    """
    environ = os.environ if environ is None else environ
    faults: list[str] = []
    settings: Settings | None = None
    try:
        settings = _load_path(path or default_path(environ), environ)
    except ConfigError as error:
        faults += error.faults
    reading = Reading(origin="command line", folder=Path(), environ=environ, read_file=read_private)
    networks = many(CIDR).read(Place(reading, "--allow"), list(allow))
    pages = many(PAGE_URL).read(Place(reading, "--url"), list(urls))
    web = _web_of(Place(reading, "--listen"), settings.web if settings else Web(), listen)
    try:
        raise_faults(reading)
    except ConfigError as error:
        faults += error.faults
    if settings is None or faults:
        raise ConfigError(faults)
    sources = _sources_of(pages, settings.sources)
    return dataclasses.replace(
        settings,
        data_dir=(from_home(data_dir, environ) if data_dir else settings.data_dir).absolute(),
        network=dataclasses.replace(settings.network, allow=tuple(dict.fromkeys((*settings.network.allow, *networks)))),
        web=web,
        sources=settings.sources + sources,
        access={**settings.access, **{source.name: Access() for source in sources}},
    )


def duration_of(text: str, *, option: str) -> float:
    """The seconds (at least one) that an option of the command line names, as in the file; raises UsageError."""
    reading = Reading(origin="command line", folder=Path(), environ={}, read_file=read_private)
    try:
        seconds: float = duration(1, _LONGEST_S).read(Place(reading, option), text)
    except Refused as refused:
        raise UsageError(f"{option}: {refused}") from None
    return seconds


def read_private(path: Path) -> str:
    """The text of a file that holds a secret; OSError when it cannot be read, or when others can read it too."""
    with path.open(encoding="utf-8") as file:
        status = os.fstat(file.fileno())
        if os.name == "posix" and stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
            raise OSError(errno.EPERM, f"others may read it; run: chmod 600 {path}")
        return file.read(_SECRET_LIMIT)


def default_text() -> str:
    """The documented defaults, ``config/stetwatch.toml``: from the installed package, else from the source tree."""
    package = Path(__file__).parents[1]
    for folder in (package / "_config", package.parent / "config"):
        path = folder / "stetwatch.toml"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FileNotFoundError("config/stetwatch.toml is not part of this installation; install stetwatch again")


def default_path(environ: Mapping[str, str]) -> Path | None:
    """The file that is read when none is named, if there is one."""
    if environ.get("STETWATCH_CONFIG"):
        return Path(environ["STETWATCH_CONFIG"])
    here = Path("stetwatch.toml")
    return here if here.is_file() else None


def _load_path(path: Path | None, environ: Mapping[str, str]) -> Settings:
    if path is None:
        return load("", origin="defaults", environ=environ, read_file=read_private, folder=Path().absolute())
    path = from_home(path, environ)
    try:
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(_CONFIG_LIMIT)
    except FileNotFoundError:
        raise _unusable(path, f"no such file; make one with: stetwatch config init {path}") from None
    except OSError as error:
        raise _unusable(path, f"cannot be read: {error.strerror or error}; check the path and its rights") from None
    except ValueError:
        raise _unusable(path, "is not UTF-8 text; save it as UTF-8") from None
    return load(text, origin=str(path), environ=environ, read_file=read_private, folder=path.parent.absolute())


def _web_of(place: Place, web: Web, listen: str | None) -> Web:
    """The web role's settings with another address to listen on; a fault where that needs a token and has none."""
    if listen is None or (where := place.read(WEB_LISTEN.read, listen)) is FAULTY:
        return web
    if web.view_token is None and web.operate_token is None:
        check_listen(place, listen)
    return dataclasses.replace(web, listen=str(where))


def _unusable(path: Path, fault: str) -> ConfigError:
    return ConfigError([escape(mask(f"{path}: {fault}"))])


def _sources_of(urls: Sequence[str], configured: Sequence[Source]) -> tuple[Source, ...]:
    known = {source.url for source in configured}
    fresh = [url for url in urls if url not in known]
    plain = [named_after(url) for url in fresh]
    taken = {source.name for source in configured}
    return tuple(
        Source(name=_marked(name, url) if name in taken or plain.count(name) > 1 else name, url=url)
        for url, name in zip(fresh, plain, strict=True)
    )


def named_after(url: str) -> str:
    """A name from host and path. It depends on the URL alone, so that a source keeps its state from run to run."""
    parts = urlsplit(url)
    host = parts.netloc.lower().removeprefix("www.")
    name = re.sub(r"[^A-Za-z0-9._]+", "-", f"{host}{parts.path}").strip("-._") or "page"
    return _marked(name, url) if parts.query or len(name) > _NAME_LENGTH or name in PAGES else name


def _marked(name: str, url: str) -> str:
    mark = hashlib.sha256(url.encode()).hexdigest()[:8]
    return f"{name[: _NAME_LENGTH - len(mark) - 1]}-{mark}"
