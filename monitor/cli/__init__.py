"""The ``stetwatch`` command: one module a family of subcommands, loaded only when asked for.

Exit codes: 0 fine, 1 a failure, 2 wrong usage or configuration. Errors go to stderr as lines that say what to do.
"""

from __future__ import annotations

import importlib
import sys

import click

from monitor import __version__
from monitor.errors import StetwatchError

COMMANDS = {
    "run": ("monitor.cli.run:run", "All roles at once; with --url, no configuration file is needed."),
    "poll": ("monitor.cli.roles:poll", "The poller: fetches due sources."),
    "work": ("monitor.cli.roles:work", "The diff workers: find what changed."),
    "notify": ("monitor.cli.roles:notify", "The notifier: delivers to webhooks and Slack."),
    "web": ("monitor.cli.web:web", "The pages, the API and the feeds."),
    "demo": ("monitor.cli.demo:demo", "A simulated live blog, watched by the real roles, on loopback."),
    "check": ("monitor.cli.look:check", "The posts a page holds, and how they were found."),
    "diff": ("monitor.cli.look:diff", "What changed between two files or URLs."),
    "replay": ("monitor.cli.replay:replay", "Every change a recording holds; offline, no Redis."),
    "serve": ("monitor.cli.serve:serve", "Serve a recording over HTTP."),
    "config": ("monitor.cli.config:config", "Check, describe or begin a configuration."),
    "sources": (
        "monitor.cli.sources:sources",
        "See how sources fare; add, pause, resume, remove while they are watched.",
    ),
    "status": ("monitor.cli.status:status", "Roles, sources, queues and rates at a glance."),
    "top": ("monitor.cli.top:top", "The same, live; q quits."),
    "metrics": ("monitor.cli.metrics:metrics", "Every counter, gauge and histogram."),
    "changes": ("monitor.cli.changes:changes", "The change log."),
    "deliveries": ("monitor.cli.deliveries:deliveries", "List, show, redeliver, drop."),
    "destinations": (
        "monitor.cli.destinations:destinations",
        "See how destinations fare; test, pause, resume, rotate, mute.",
    ),
    "routes": ("monitor.cli.routes:routes", "List routes; try which of them a change takes, and why."),
    "webhook": ("monitor.cli.webhook:webhook", "Make a secret, receive and debug signed webhooks."),
    "api": ("monitor.cli.api:api", "Print what the JSON API takes and answers (OpenAPI)."),
    "doctor": ("monitor.cli.doctor:doctor", "What is wrong, and what to do about it."),
    "healthcheck": ("monitor.cli.status:healthcheck", "Exit 0 when the store answers and every role is alive."),
}


class LazyCommands(click.Group):
    """A group that imports a command's module only when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stetwatch")
def stetwatch() -> None:
    """Watch live news pages post by post; tell who needs to know when something did not stand.

    \b
    Example:  stetwatch run --url https://news.example/live/budget-day
    """


def main() -> None:
    """The console script: turns our errors into a line and an exit code."""
    try:
        sys.exit(stetwatch.main(prog_name="stetwatch", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "stetwatch"
        fault = " ".join(error.format_message().split()).rstrip(".")
        sys.stderr.write(f"{command}: {fault}; see `{command} --help`\n")
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(1)
    except StetwatchError as error:
        sys.stderr.write("".join(f"stetwatch: {line}\n" for line in str(error).split("\n")))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
