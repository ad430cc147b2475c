"""A rotation of a signing secret, step by step: what is written, and what is left for a person to set."""

from __future__ import annotations

import base64
import json
import secrets as secure
from pathlib import Path
from typing import assert_never

import click

from monitor.config.signing import SigningPlace, signing_place, write_secrets
from monitor.errors import StetwatchError
from monitor.model import Webhook


def new_secret(size: int = 32) -> str:
    """A fresh signing secret, ``whsec_`` and the base64 of ``size`` random bytes."""
    return "whsec_" + base64.b64encode(secure.token_bytes(size)).decode()


def rotated(destination: Webhook, config: Path | None, *, finish: bool, as_json: bool) -> None:
    """Begin a rotation, or finish it; raises StetwatchError when it is not its turn."""
    count = len(destination.secrets)
    if finish and count == 1:
        raise StetwatchError(
            f"{destination.name}: only one secret signs, so no rotation is under way; "
            f"begin one with: stetwatch destinations rotate {destination.name}"
        )
    if not finish and count > 1:
        raise StetwatchError(
            f"{destination.name}: {count} secrets sign already, so a rotation is under way; "
            f"end it with: stetwatch destinations rotate {destination.name} --finish"
        )
    place = signing_place(config, destination.name)
    kept = [one.reveal() for one in destination.secrets]
    made = None if finish else new_secret()
    if place.form == "file":
        write_secrets(place.path, kept[:1] if made is None else [made, *kept])
    steps = _finishing(destination.name, place) if made is None else _beginning(destination.name, place, made)
    if as_json:
        told = {"destination": destination.name, "form": place.form, "where": place.name or str(place.path)}
        click.echo(json.dumps({**told, "secret": made, "written": place.form == "file", "steps": steps}))
        return
    if made is not None:
        click.echo(f"the new secret: {made}\n")
    for number, step in enumerate(steps, 1):
        click.echo(f"{number}. {step}")


def _beginning(name: str, place: SigningPlace, made: str) -> list[str]:
    match place.form:
        case "file":
            first = f"Done: {place.path} holds both secrets, the new one first."
        case "env":
            both = f'{place.name}="{made} ${place.name}"'
            first = f"In the notifier's environment put the new one first:\n     {both}"
        case "config":
            first = f'In {place.path}, put the new one first:  secret = "{made} …the old one…"'
        case _:
            assert_never(place.form)
    return [
        first,
        "Restart the notifier (stetwatch run or notify): from then on both secrets sign every delivery.",
        f"Try it:  stetwatch destinations test {name}",
        "Give the receiver the new secret. It may know either of them, or both.",
        f"When it knows the new one:  stetwatch destinations rotate {name} --finish",
    ]


def _finishing(name: str, place: SigningPlace) -> list[str]:
    match place.form:
        case "file":
            first = f"Done: {place.path} holds the newest secret alone."
        case "env":
            keep = f'{place.name}="${{{place.name}%% *}}"'
            first = f"In the notifier's environment keep the first word alone:\n     {keep}"
        case "config":
            first = f"In {place.path}, keep the first word of secret alone."
        case _:
            assert_never(place.form)
    return [
        first,
        "Restart the notifier (stetwatch run or notify): from then on the old secret signs nothing.",
        f"Try it:  stetwatch destinations test {name}",
    ]
