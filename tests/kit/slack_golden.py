"""One Slack message of every kind, as it goes out: ``python -m tests.kit.slack_golden`` writes the files anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from monitor.core.deliver.blocks import Frame, Message, lean, message, plain
from monitor.core.deliver.digest import messages
from monitor.core.deliver.letters import Standing, full_diff, parent, reply
from monitor.core.deliver.netting import net
from monitor.core.deliver.settle import Waiting, digest
from monitor.core.deliver.thread import Thread
from monitor.model import Change, PageRef, Significance, Span
from tests.kit.attempts import delivery
from tests.kit.changes import AFTER, AT, BEFORE, POST, SOURCE, added, edited, failing

FOLDER: Final = Path(__file__).parents[1] / "corpus" / "golden" / "slack"

_ORIGIN = added("chg_1", after=BEFORE)
_TYPO = Significance(name="typo", score=0.2, reasons=("minster → minister",))
_BACK = edited("chg_3", before=AFTER, after=BEFORE, at=AT + timedelta(seconds=40))
_KEPT = replace(BEFORE, sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
_GONE = edited(type="post.removed", before=_KEPT, after=None, redline={}, significance=None, silent=None)
_THREAD = Thread(
    to="C0DESK", channel="C0DESK", ts="1.1", origin="chg_1", last="chg_2", edits=3, cosmetic=1, latest_at=AT
)  # fmt: skip
_STANDING = Standing(
    acknowledged_by="ada", acknowledged_at=datetime(2023, 3, 21, 17, 21, tzinfo=UTC),
    muted="Post muted", muted_until=datetime(2023, 3, 22, 17, 21, tzinfo=UTC),
)  # fmt: skip


def _page(type_: Any, **parts: Any) -> Change:
    return Change(id="chg_p", type=type_, at=AT, source=SOURCE, subject="page", page=PageRef(**parts))


def _retimed() -> Change:
    old, new = (Span(earliest=at, latest=at, text=text, kind="clock")
                for at, text in ((AT, "12:03"), (AT + timedelta(hours=1), "13:03")))  # fmt: skip
    return edited(
        type="post.retimed", fields=("published",), redline={}, significance=None,
        before=replace(BEFORE, published=old), after=replace(BEFORE, published=new),
    )  # fmt: skip


def _lanes(count: int) -> list[Waiting]:
    posts = [added(f"chg_{n:02}", subject=f"pst_{n}", post=replace(POST, headline=f"Post {n}")) for n in range(count)]
    return [Waiting(delivery=delivery(one), changes=(one,), threaded=False) for one in posts]


def goldens() -> Mapping[str, Message]:
    """Name → message."""
    state = parent(_THREAD, _ORIGIN, net([edited()]), standing=_STANDING, buttons=True)
    top, *thread = messages(digest(_lanes(13), "many new posts at once"))
    return {
        "added": message(added()),
        "edited": message(edited()),
        "edited_linked": message(edited(), Frame(page="https://stetwatch.example/posts/pst_1?change=chg_1#chg_1")),
        "edited_half": message(edited(), share=0.5),
        "edited_lean": lean(edited()),
        "edited_plain": plain(edited()),
        "retimed": message(_retimed()),
        "removed": message(_GONE),
        "restored": message(edited(type="post.restored", redline={}, significance=None, silent=None)),
        "moved": message(
            edited(type="post.moved", redline={}, before=None, after=None, significance=None, silent=None)
        ),
        "page_edited": message(_page("page.edited", title="Budget passed", previous_title="Budget day")),
        "page_closed": message(_page("page.closed", title="Day one", successor="https://news.example/two")),
        "source_failing": message(failing()),
        "source_recovered": message(replace(failing(reason="it answers again"), type="source.recovered")),
        "source_stalled": message(replace(failing(reason="due since 12:02"), type="source.stalled")),
        "role_stopped": message(replace(failing(reason="no sign of life"), type="role.stopped", subject="poll")),
        "delivery_failing": message(replace(failing(), type="delivery.failing", subject="desk")),
        "delivery_dead": message(replace(failing(), type="delivery.dead", subject="desk")),
        "destination_disabled": message(replace(failing(), type="destination.disabled", subject="desk")),
        "hidden_characters": message(added(after=replace(AFTER, body=("pass\u200bword \u202eevil",)))),
        "parent_first": message(*parent(replace(_THREAD, edits=0), None, net([_ORIGIN]), buttons=True)),
        "parent_now": message(*state),
        "parent_reverted": message(*parent(_THREAD, _ORIGIN, net([_BACK]))),
        "reply": message(*reply(net([edited("chg_2")]), notes=("delivered 12 min late",))),
        "reply_reverted": message(*reply(net([edited("chg_2"), _BACK]))),
        "reply_several": message(*reply(net([edited("chg_2", significance=_TYPO), edited("chg_3")]))),
        "diff": full_diff(_ORIGIN, edited()),
        "digest": top,
        "digest_thread": thread[0],
    }


def written(shown: Message) -> str:
    """A golden file."""
    return json.dumps(shown.payload(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, shown in goldens().items():
        (FOLDER / f"{name}.json").write_text(written(shown), encoding="utf-8")
