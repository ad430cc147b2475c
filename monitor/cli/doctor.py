"""``stetwatch doctor``: what is not as it should be, and what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import click
import msgspec
from rich.text import Text

from monitor.adapters.valkey.overview import SourceRow
from monitor.bootstrap import numbers_now, open_overview, open_standing, store_risks, utc_now
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import count_of, plain, unfolded
from monitor.cli.status import roles_of
from monitor.errors import StetwatchError
from monitor.ports.numbers import Figures
from monitor.ports.standing import Standing

_SKEW_S = 2.0
_LEAST_FREE_BYTES = 1_000_000_000
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one look found: of what, whether it is fine, and if not, what to do."""

    of: str
    found: str
    cure: str = ""

    @property
    def fine(self) -> bool:
        return not self.cure


@click.command()
@configured
@as_json
def doctor(config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """Look at configuration, store, roles, sources and destinations; say what is wrong and what to do.

    Exit 1 when something is.

    \b
    Example:  stetwatch doctor
    """
    settings = settings_for(config_path, data_dir)
    overview, standing, figures = open_overview(settings), open_standing(settings)(), numbers_now(settings, ())
    found = [
        Finding(of="configuration", found=f"{count_of(settings.sources, 'source')}, "
                f"{count_of(settings.destinations, 'destination')}, {count_of(settings.routes, 'route')}"),
        *of_store(store_risks(settings), figures),
        *of_clock(standing, utc_now()),
        *(of_disk(settings.data_dir) if settings.redis.url is None else ()),
        *of_roles(standing, roles_of(settings)),
        *of_sources(overview.sources(), figures, overview.set_aside()),
        *of_destinations(standing, figures),
    ]  # fmt: skip
    if as_json:
        for one in found:
            click.echo(msgspec.json.encode({**asdict(one), "fine": one.fine}))
    else:
        out = unfolded()
        for one in found:
            out.print(_line(one))
    wrong = sum(not one.fine for one in found)
    if wrong:
        raise StetwatchError(f"{wrong} of {len(found)} looks found something to mend")


def of_store(risks: Sequence[str], figures: Figures) -> Iterator[Finding]:
    """The server's settings and its memory."""
    used = f"it answers, {figures.gauges.get('memory_used_bytes', 0) / 1e6:,.0f} MB used"
    for risk in risks:
        what, _, cure = risk.rpartition(": ")
        unknown = cure.endswith("cannot be checked")  # what a managed server does not tell is no fault
        yield Finding(of="store", found=risk) if unknown else Finding(of="store", found=what, cure=cure)
    if not risks:
        yield Finding(of="store", found=used)


def of_clock(standing: Standing, now: datetime) -> Iterator[Finding]:
    """Signatures and times of changes are made by this machine, leases and rounds by the store's."""
    if standing.now is None:
        return
    ahead_s = (now - standing.now).total_seconds()
    if abs(ahead_s) <= _SKEW_S:
        yield Finding(of="clock", found="this machine's and the store's agree")
    else:
        way = "ahead of" if ahead_s > 0 else "behind"
        yield Finding(
            of="clock",
            found=f"this machine's is {abs(ahead_s):.0f} s {way} the store's",
            cure="let NTP set both: receivers refuse signatures that are five minutes off",
        )


def of_disk(folder: Path) -> Iterator[Finding]:
    """Where the embedded Valkey keeps its state."""
    free = shutil.disk_usage(folder).free if folder.exists() else 0
    low = free < _LEAST_FREE_BYTES
    cure = "free space there: a full disk stops every write, with it detection and delivery" if low else ""
    yield Finding(of="disk", found=f"{free / 1e9:,.1f} GB free for {folder}", cure=cure)


def of_roles(standing: Standing, needed: tuple[str, ...]) -> Iterator[Finding]:
    """Who should live, and who fell silent of late."""
    for role in standing.absent(needed):
        said = standing.roles.get(role, "alive")
        since = "never seen" if said == "alive" else said
        yield Finding(of=f"role {role}", found=since, cure=f"start `stetwatch {role}`, and look at its log")
    for node, at in standing.lost.items():
        yield Finding(
            of="role " + node.partition("-")[0],
            found=f"process {plain(node)} fell silent at {at:%H:%M:%S}Z without a farewell",
            cure="look for its end in the log: killed for its memory (dmesg), or held? It is forgotten after an hour",
        )
    if not standing.absent(needed) and not standing.lost:
        told = ", ".join(f"{role} ×{count}" for role, count in sorted(standing.processes.items()))
        yield Finding(of="roles", found=told or "none is needed")


def of_sources(rows: Sequence[SourceRow], figures: Figures, aside: int) -> Iterator[Finding]:
    """Sources that bring no page, or whose turn comes in vain."""
    failing = [row for row in rows if row.state == "failing"]
    for row in failing[:_NAMED]:
        cure = f"`stetwatch check URL --source {row.name}` shows what the page is like now"
        yield Finding(of=f"source {row.name}", found=f"failing: {plain(row.last_error)}", cure=cure)
    if len(failing) > _NAMED:
        more = f"{len(failing) - _NAMED} more are failing"
        yield Finding(of="sources", found=more, cure="`stetwatch status` lists them")
    stalled = figures.gauges.get("sources_stalled", 0)
    if stalled:
        cure = "start more pollers or workers, or lengthen polls; `stetwatch top` shows which wait"
        yield Finding(of="sources", found=f"the turn of {stalled:,.0f} has come for 10 s in vain", cure=cure)
    if aside:
        cure = "report them with their bytes: they killed their worker"
        yield Finding(of="sources", found=f"{aside:,} observations were set aside", cure=cure)
    if not (failing or stalled or aside):
        yield Finding(of="sources", found=f"{len(rows):,} watched, none in trouble")


def of_destinations(standing: Standing, figures: Figures) -> Iterator[Finding]:
    """Destinations that fail or are held, and dead letters."""
    for name, said in standing.destinations.items():
        if said != "fine":
            held = said.startswith(("paused", "disabled"))
            cure = f"mend it, then `stetwatch destinations resume {name}`" if held else _attempts(name)
            yield Finding(of=f"destination {name}", found=said, cure=cure)
    dead = figures.gauges.get("deliveries_dead", 0)
    if dead:
        cure = "`stetwatch deliveries list --state dead`, then redeliver or drop them"
        yield Finding(of="deliveries", found=f"{dead:,.0f} dead letters", cure=cure)
    if not dead and all(said == "fine" for said in standing.destinations.values()):
        waiting = figures.gauges.get("deliveries_pending", 0)
        yield Finding(of="deliveries", found=f"{waiting:,.0f} wait, no dead letters")


def _attempts(name: str) -> str:
    return f"`stetwatch destinations test {name}` makes one attempt and says what came back"


def _line(one: Finding) -> Text:
    if one.fine:
        return Text.assemble(("ok    ", "green"), f"{one.of}: {one.found}")
    return Text.assemble(("WRONG ", "bold red"), f"{one.of}: {one.found}. ", (f"Do: {one.cure}", "bold"))
