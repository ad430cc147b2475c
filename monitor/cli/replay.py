"""``stetwatch replay``: every change a recording holds, found offline by the code the workers run."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.progress import Progress

from monitor import logs
from monitor.adapters import recording
from monitor.cli.options import as_json
from monitor.cli.show import change_lines, console, pending_lines
from monitor.core.compare.state import SourceState
from monitor.core.deliver.wire import encode
from monitor.core.replay import keep, pending
from monitor.core.replay import replay as replayed
from monitor.model import Version


@click.command()
@click.argument("path", metavar="RECORDING", type=click.Path(path_type=Path))
@click.option("--until", type=click.IntRange(min=1), metavar="N", help="Stop after the first N snapshots.")
@as_json
def replay(path: Path, until: int | None, *, as_json: bool) -> None:
    """Print every change a RECORDING holds; a recording is a folder of snapshots and a recording.toml.

    \b
    Example:  stetwatch replay recordings/budget-day --json
    """
    logs.configure(level="warning")
    tape = recording.read(path)
    frames = tape.frames[:until]
    out, counts, texts, state = console(), dict[str, int](), dict[str, Version](), SourceState()
    with Progress(console=console(stderr=True), transient=True, disable=as_json or not sys.stderr.isatty()) as progress:
        for detection in progress.track(
            replayed(tape.source, ((frame.observation, frame.body) for frame in frames)),
            total=len(frames),
            description=f"replaying {tape.source.name}",
        ):
            keep(texts, detection)
            state = detection.state
            for change in detection.changes:
                counts[change.type] = counts.get(change.type, 0) + 1
                if as_json:
                    click.echo(encode(change))
                else:
                    out.print(change_lines(change))
    if not as_json:
        for one in pending(state, texts):
            out.print(pending_lines(one))
        out.print(
            f"{len(frames)} snapshots: " + (", ".join(f"{n} {t}" for t, n in sorted(counts.items())) or "no change")
        )
