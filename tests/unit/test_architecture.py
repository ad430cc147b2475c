"""The house keeps its floors: which way imports run, what the pure core may not touch, how long things may be."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FLOORS = {
    "monitor.errors": 0,
    "monitor.model": 0,
    "monitor.core": 1,
    "monitor.ports": 2,
    "monitor.metrics": 2,
    "monitor.rollup": 2,
    "monitor.exposition": 2,
    "monitor.logs": 2,
    "monitor.config": 2,
    "monitor.adapters": 3,
    "monitor.roles": 3,
    "monitor.web": 3,
    "monitor.bootstrap": 4,
    "monitor.cli": 5,
    "monitor.demo": 5,
    "monitor.__main__": 5,
    "workers": 5,
}
"""A module may import from lower floors, and from its own room: the prefix here, for adapters one name more."""

SIDEWAYS = {
    ("monitor.rollup", "monitor.metrics"),  # the table, from which both are made ...
    ("monitor.exposition", "monitor.metrics"),
    ("monitor.rollup", "monitor.ports.numbers"),  # ... and what they are made of
    ("monitor.exposition", "monitor.ports.numbers"),
    ("monitor.config", "monitor.logs"),  # faults are masked like log lines
    ("monitor.adapters", "monitor.adapters.guard"),  # the one guarded connector
    ("monitor.adapters", "monitor.adapters.processes"),  # children that do not outlive us: server and crew alike
    ("monitor.cli", "monitor.demo"),
    ("monitor.__main__", "monitor.cli"),
}
"""The imports on one floor, from room to room, that are meant."""

CORE_ROOMS = ("monitor.core.extract", "monitor.core.compare", "monitor.core.deliver")
"""The way of the data; nobody turns back."""

IMPURE_MODULES = {
    "time", "random", "secrets", "uuid", "os", "pathlib", "logging", "io", "asyncio", "socket", "ssl", "threading",
    "multiprocessing", "subprocess", "tempfile", "shutil", "urllib.request", "http.client", "signal",
    "aiohttp", "redis", "rq", "structlog", "click", "rich",
}  # fmt: skip
IMPURE_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}
CLOCKS = {"now", "utcnow", "today"}
ASYNC = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)

EMPTY_WORDS = {"manager", "helper", "helpers", "util", "utils", "handler", "handlers", "data", "item", "items", "misc"}

LONGEST_MODULE = 300
LONGEST_FUNCTION = 40


def _modules(package: str) -> dict[str, Path]:
    found = {}
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules("monitor") | _modules("workers")
CORE = {name: path for name, path in MODULES.items() if name.startswith("monitor.core")}


@functools.cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _at(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def _imports(name: str, path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Every imported module of a file, at any depth; ``from package import module`` names the module."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*up, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield node, full if full in MODULES else base


def _under(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(f"{prefix}.")


def _floor(name: str) -> str | None:
    return next((prefix for prefix in FLOORS if _under(name, prefix)), None)


def _room(name: str) -> str:
    """The prefix a module's neighbours share: its row of the table, for adapters with the adapter's own name."""
    row = _floor(name) or name
    return ".".join(name.split(".")[:3]) if row == "monitor.adapters" else row


def _report(breaches: Iterable[str]) -> None:
    told = list(breaches)
    if told:
        pytest.fail(f"{len(told)} breach(es) of the house's rules:\n  " + "\n  ".join(told), pytrace=False)


def _wrong_way(name: str, target: str) -> str | None:
    """Why a module may not import another of ours, None when it may."""
    mine, theirs = _floor(name), _floor(target)
    if mine is None or theirs is None or _room(name) == _room(target):
        return None
    if FLOORS[theirs] > FLOORS[mine]:
        return f"floor {FLOORS[mine]} may not reach up to floor {FLOORS[theirs]}"
    if FLOORS[theirs] == FLOORS[mine] and not any(_under(name, a) and _under(target, b) for a, b in SIDEWAYS):
        return "rooms of one floor do not import each other"
    return None


def test_every_module_stands_on_a_floor() -> None:
    """A new module must fall under a prefix of the table."""
    known = {"monitor"}
    _report(
        f"{path.relative_to(ROOT)}: on no floor"
        for name, path in MODULES.items()
        if not (_floor(name) or name in known)
    )


def test_imports_run_one_way() -> None:
    """model, errors ← core ← ports ← adapters, roles, web ← bootstrap ← cli, demo, workers; adapters apart."""
    _report(
        f"{_at(path, node)}: imports {target}: {why}"
        for name, path in MODULES.items()
        for node, target in _imports(name, path)
        if (why := _wrong_way(name, target))
    )


def test_monitor_never_imports_workers() -> None:
    """Workers know the library; the library starts them by name."""
    _report(
        f"{_at(path, node)}: imports {target}"
        for name, path in MODULES.items()
        if _under(name, "monitor")
        for node, target in _imports(name, path)
        if _under(target, "workers")
    )


def test_the_way_of_the_data_never_turns_back() -> None:
    """extract knows neither compare nor deliver; compare does not know deliver."""
    _report(
        f"{_at(path, node)}: imports {target}"
        for name, path in CORE.items()
        for at, room in enumerate(CORE_ROOMS)
        if _under(name, room)
        for node, target in _imports(name, path)
        if any(_under(target, later) for later in CORE_ROOMS[at + 1 :])
    )


def _impurities(name: str, path: Path) -> Iterator[str]:
    for node, target in _imports(name, path):
        if any(_under(target, banned) for banned in IMPURE_MODULES):
            yield f"{_at(path, node)}: imports {target}"
    for node in ast.walk(_tree(path)):
        if isinstance(node, ASYNC):
            yield f"{_at(path, node)}: is asynchronous"
        elif isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(attr=called) if called in CLOCKS:
                    yield f"{_at(path, node)}: reads the clock: {called}()"
                case ast.Name(id=called) if called in IMPURE_CALLS:
                    yield f"{_at(path, node)}: calls {called}()"


def test_the_core_is_pure() -> None:
    """No clock, randomness, environment, files, logs or asynchrony in monitor.core; `now` is an argument."""
    _report(breach for name, path in CORE.items() for breach in _impurities(name, path))


def test_importing_the_core_loads_no_io_library() -> None:
    """In a fresh interpreter every core module is imported, and none of the I/O libraries with it."""
    names = sorted(CORE)
    code = (
        "import importlib, sys\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "print(*sorted({'aiohttp', 'redis', 'rq', 'structlog', 'click', 'rich'} & sys.modules.keys()))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []


def _too_long(path: Path) -> Iterator[str]:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    if lines > LONGEST_MODULE:
        yield f"{path.relative_to(ROOT)}: {lines} lines (at most {LONGEST_MODULE})"
    for node in ast.walk(_tree(path)):
        if isinstance(node, FUNCTION):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if length > LONGEST_FUNCTION:
                yield f"{_at(path, node)}: {node.name}() has {length} lines (at most {LONGEST_FUNCTION})"


def test_modules_and_functions_are_short() -> None:
    """A module has at most 300 lines, a function's body at most 40 without its docstring."""
    _report(breach for path in MODULES.values() for breach in _too_long(path))


def _empty_names(path: Path) -> Iterator[str]:
    if EMPTY_WORDS & set(path.stem.split("_")):
        yield f"{path.relative_to(ROOT)}: the module's name says nothing"
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ClassDef):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+", node.name)}
            if EMPTY_WORDS & words:
                yield f"{_at(path, node)}: class {node.name} says nothing"
        elif isinstance(node, FUNCTION) and node.name == "process":
            yield f"{_at(path, node)}: process() says nothing"


def test_names_say_something() -> None:
    """No module or class is a manager, helper, handler or pile of utils, data or items; nothing is process()."""
    _report(breach for path in MODULES.values() for breach in _empty_names(path))


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("monitor.core.times", "monitor.ports"),
        ("monitor.roles.poller", "monitor.adapters.http"),
        ("monitor.web.pages", "monitor.adapters.valkey.keys"),
        ("monitor.adapters.slack", "monitor.adapters.webhook"),
        ("monitor.adapters.http", "monitor.bootstrap"),
        ("monitor.roles.poller", "monitor.roles_of_others"),
        ("monitor.model", "monitor.errors"),
        ("workers.jobs", "monitor.cli"),
    ],
)
def test_the_rules_catch_what_they_forbid(name: str, target: str) -> None:
    """Each forbidden import is told as one (or stands on no floor at all)."""
    assert _wrong_way(name, target) or _floor(target) is None


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("monitor.adapters.valkey.lanes", "monitor.adapters.valkey.keys"),
        ("monitor.adapters.http", "monitor.adapters.guard"),
        ("monitor.bootstrap", "monitor.adapters.http"),
        ("monitor.roles.poller", "monitor.core.cadence"),
        ("workers.jobs", "monitor.bootstrap"),
    ],
)
def test_the_rules_let_the_rest_be(name: str, target: str) -> None:
    """What the design allows is no breach."""
    assert _wrong_way(name, target) is None
