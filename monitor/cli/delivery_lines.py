"""Deliveries and their attempts as a person reads them on a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

import click
import msgspec
from rich.table import Column, Table

from monitor.cli.show import change_lines, moment, plain, unfolded
from monitor.core.deliver.wire import decode
from monitor.ports.deliveries import AttemptRow, DeliveryRow


def rows_table(rows: Sequence[DeliveryRow]) -> Table:
    """One line a delivery; no id is cut, so that it can be pasted."""
    destination, lane = Column("destination", overflow="fold"), Column("lane", overflow="fold")
    table = Table(destination, Column("change", no_wrap=True), lane, "attempts", "at", "next try", "last trouble")
    for row in rows:
        due = _at(row.due_at) + (" (quiet hours)" if row.held else "")
        trouble = row.reason or (row.status if row.status == "muted" else "")
        cells = (row.destination, row.change_id, row.lane, str(row.attempts), moment(row.at), due.strip(), trouble)
        table.add_row(*map(plain, cells))
    return table


def show_delivery(row: DeliveryRow, attempts: Sequence[AttemptRow], body: bytes | None, *, as_json: bool) -> None:
    """The record of one delivery, its attempts (newest first), and what is sent."""
    if as_json:
        told = {"delivery": asdict(row), "attempts": [asdict(one) for one in attempts]}
        click.echo(msgspec.json.encode({**told, "body": None if body is None else msgspec.Raw(body)}))
        return
    out = unfolded()
    out.print(f"{plain(row.change_id)} for {plain(row.destination)}: {_state(row)}", style="bold")
    out.print(f"  lane {plain(row.lane)}, {row.attempts} attempts" + (", a redelivery" if row.redelivery else ""))
    if row.batch:
        out.print(f"  sent as part of the message {plain(row.batch)}")
    if row.message:
        out.print(f"  its name there: {plain(row.message)}")
    if attempts:
        out.print(_attempts_table(attempts))
        for one in attempts:
            if one.answer:
                out.print(f"  attempt {one.n} was answered: {plain(one.answer)}")
    if body is None:
        out.print("its body is no longer kept")
        return
    try:
        out.print(change_lines(decode(body)))
    except ValueError:
        out.print("another version of Stetwatch wrote its body:")
    out.print(f"\nwhat is sent, {len(body)} bytes (signed as they are; here they are indented):")
    out.print(plain(json.dumps(json.loads(body), indent=2, ensure_ascii=False)))


def _state(row: DeliveryRow) -> str:
    match row.state:
        case "pending" if row.due_at is not None:
            return f"waits since {moment(row.at)}, next try {moment(row.due_at)}" + (
                " (quiet hours)" if row.held else ""
            )
        case "pending":
            return f"waits since {moment(row.at)}, behind its post's earlier changes"
        case "dead":
            return f"given up {moment(row.at)}: {plain(row.reason)}"
        case _:
            return f"{'muted' if row.status == 'muted' else 'delivered'} {moment(row.at)}"


def _attempts_table(attempts: Sequence[AttemptRow]) -> Table:
    table = Table("attempt", "at", "outcome", "status", "address", "took", "next try", "reason")
    for one in attempts:
        status = "" if one.status is None else str(one.status)
        took = f"{one.duration_s * 1000:.0f} ms"
        cells = (str(one.n), moment(one.at), one.outcome, status, one.address, took, _at(one.next_at), one.reason)
        table.add_row(*map(plain, cells))
    return table


def _at(at: datetime | None) -> str:
    return "" if at is None else moment(at)
