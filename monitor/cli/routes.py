"""``stetwatch routes list|test``: which routes there are, and which of them a change takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import click
import msgspec
from rich.table import Table

from monitor.adapters.valkey.mutes import Mute
from monitor.bootstrap import open_ledger, open_mutes
from monitor.cli.described import described, read_change
from monitor.cli.options import as_json, configured, settings_for
from monitor.cli.show import moment, plain, unfolded
from monitor.config import Settings
from monitor.config.kinds import DAYS
from monitor.core.deliver.quiet import held_until, released_at
from monitor.core.deliver.route import Routing, Verdict, Way, judged, reached, routing
from monitor.errors import InfrastructureError, UsageError
from monitor.model import Change, ChangeType, QuietHours


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What becomes of a change: by route what each matcher says, by destination when and whether it hears of it."""

    change: Change
    ways: Sequence[tuple[Way, Sequence[Verdict]]]
    held: Mapping[str, datetime | None]
    mutes: Sequence[Mute]
    unseen: str
    at: datetime


@click.group()
def routes() -> None:
    """Look at the routes, and try them.

    \b
    Example:  stetwatch routes test chg_4k2…
    """


@routes.command("list")
@configured
@as_json
def list_(config_path: Path | None, data_dir: Path | None, *, as_json: bool) -> None:
    """List the routes, in order.

    \b
    Example:  stetwatch routes list
    """
    settings = settings_for(config_path, data_dir)
    ways = _routing(settings).ways
    if as_json:
        for number, way in enumerate(ways):
            click.echo(msgspec.json.encode({"route": _name(number, settings), **asdict(way.route)}))
        return
    table = Table("route", "takes", "to", "quiet")
    for number, way in enumerate(ways):
        table.add_row(_name(number, settings), _asked(way), ", ".join(way.route.to), _quiet(way.route.quiet))
    unfolded().print(table)


@routes.command()
@click.argument("change", metavar="[CHANGE|FILE|-]", required=False)
@click.option("--type", "type_", type=click.Choice(get_args(ChangeType)), help="Describe a change: its type.")
@click.option("--source", help="Its source; a configured one brings its tags.")
@click.option("--tag", "tags", multiple=True, help="A tag of its source; may be repeated.")
@click.option("--field", "fields", multiple=True, help="A field that changed; may be repeated.")
@click.option("--significance", type=click.FloatRange(0, 1), help="Its score.")
@click.option("--text", default="", help="The text of its post.")
@click.option("--at", metavar="TIME", help="When it happens (ISO 8601, UTC unless it says); else now.")
@configured
@as_json
def test(
    change: str | None,
    type_: ChangeType | None,
    at: str | None,
    config_path: Path | None,
    data_dir: Path | None,
    *,
    as_json: bool,
    **parts: Any,
) -> None:
    """Show which routes a change takes, and why not the others; nothing is sent.

    The change is one of the log (chg_…), a JSON file of one (as `stetwatch changes --json` prints it; - for standard
    input), or described by options.

    \b
    Example:  stetwatch routes test chg_4k2…
              stetwatch routes test --type post.edited --source budget-day --significance 0.4 --text "rate cut"
    """
    settings = settings_for(config_path, data_dir)
    now = _moment(at)
    if (change is None) == (type_ is None):
        raise UsageError("name a change (chg_…, FILE or -), or describe one with --type; one of the two")
    if change is None and type_ is not None:
        found = described(settings, type_, now, **parts)
    elif any(parts.values()):
        raise UsageError("--source, --tag, --field, --significance and --text go with --type alone")
    else:
        found = _named(str(change), settings)
    answer = _answer(found, settings, now)
    if as_json:
        click.echo(msgspec.json.encode(_document(answer, settings)))
    else:
        _show(answer, settings)


def _named(change: str, settings: Settings) -> Change:
    if not change.startswith("chg_"):
        return read_change(change)
    found = open_ledger(settings).change(change)
    if found is None:
        raise UsageError(f"{change}: no such change is kept, or not any longer; see: stetwatch changes")
    return found


def _routing(settings: Settings) -> Routing:
    return routing(settings.routes, [destination.name for destination in settings.destinations])


def _answer(change: Change, settings: Settings, now: datetime) -> _Answer:
    ways = _routing(settings)
    held = {name: released_at(each, now) for name, each in reached(change, ways).items()}
    mutes: list[Mute] = []
    unseen = ""
    about = (change.source.name, f"{change.source.name}/{change.subject}")
    try:
        store = open_mutes(settings) if held else None
        mutes = [] if store is None else [mute for name in held for mute in store.of(name) if mute.what in about]
    except InfrastructureError as error:  # what the routes say needs no store
        unseen = str(error)
    verdicts = [(way, list(judged(change, way))) for way in ways.ways]
    return _Answer(change=change, ways=verdicts, held=held, mutes=mutes, unseen=unseen, at=now)


def _document(answer: _Answer, settings: Settings) -> Mapping[str, object]:
    change = answer.change
    return {
        "change": {"id": change.id, "type": change.type, "source": change.source.name, "subject": change.subject},
        "at": answer.at,
        "routes": [
            {
                "route": _name(number, settings),
                "to": way.route.to,
                "takes": all(verdict.passes for verdict in verdicts),
                "quiet_until": way.route.quiet and held_until(way.route.quiet, answer.at),
                "matchers": [asdict(verdict) for verdict in verdicts],
            }
            for number, (way, verdicts) in enumerate(answer.ways)
        ],
        "destinations": [
            {
                "destination": name,
                "held_until": until,
                "mutes": [asdict(mute) for mute in answer.mutes if mute.destination == name],
            }
            for name, until in answer.held.items()
        ],
        "mutes_unknown": answer.unseen or None,
    }


def _show(answer: _Answer, settings: Settings) -> None:
    out = unfolded()
    table = Table("route", "to", "matcher", "passes", "because")
    for number, (way, verdicts) in enumerate(answer.ways):
        takes = all(verdict.passes for verdict in verdicts)
        to = ", ".join(way.route.to)
        table.add_row(_name(number, settings), to, "", "takes it" if takes else "no", style="bold")
        for verdict in verdicts:
            if verdict.asked:
                mark = "yes" if verdict.passes else "no"
                table.add_row(
                    "", "", verdict.matcher, mark, plain(verdict.because), style=None if mark == "yes" else "red"
                )
    out.print(table)
    for name, until in answer.held.items():
        mutes = [mute for mute in answer.mutes if mute.destination == name]
        out.print(f"{name}: {'; '.join(_fate(until, mutes))}")
    if not answer.held:
        out.print("nobody hears of it")
    if answer.unseen:
        out.print(f"mutes are not known: {plain(answer.unseen)}", style="dim")


def _fate(until: datetime | None, mutes: Sequence[Mute]) -> list[str]:
    if mutes:
        return [
            f"does not hear of it: {plain(mute.what)} is muted by {plain(mute.by) or 'somebody'}"
            + ("" if mute.until_at is None else f" until {moment(mute.until_at)}")
            for mute in mutes
        ]
    return ["hears of it at once" if until is None else f"hears of it at {moment(until)}: quiet hours hold it"]


def _name(number: int, settings: Settings) -> str:
    return f"route[{number}]" if settings.routes else "without routes"


def _asked(way: Way) -> str:
    route = way.route
    lists = ("types", "sources", "tags", "fields", "keywords")
    words = [f"{name}: {', '.join(getattr(route, name))}" for name in lists if getattr(route, name)]
    words += [f"min_significance: {route.min_significance:g}"] if route.min_significance else []
    words += ["modified_only"] if route.modified_only else []
    return plain("; ".join(words)) or "everything"


def _quiet(hours: QuietHours | None) -> str:
    if hours is None:
        return ""
    days = f" on {', '.join(DAYS[day] for day in hours.days)}" if hours.days else ""
    return f"{hours.start:%H:%M} to {hours.end:%H:%M} {hours.timezone}{days}"


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"--at {text}: not a time; write 2026-03-21T23:00:00Z") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
