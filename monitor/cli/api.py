"""``stetwatch api``: what a program that talks to the web role needs."""

from __future__ import annotations

import json

import click


@click.group()
def api() -> None:
    """The JSON API of the web role.

    \b
    Example:  stetwatch api openapi > stetwatch-api.json
    """


@api.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the API; the web role serves it at /api/v1/openapi.json.

    \b
    Example:  stetwatch api openapi > stetwatch-api.json
    """
    from monitor.web.api import ROUTES  # noqa: PLC0415  # aiohttp and templates are of no use to other commands
    from monitor.web.api_document import document  # noqa: PLC0415  # as above

    click.echo(json.dumps(document(ROUTES), indent=2, ensure_ascii=False))
