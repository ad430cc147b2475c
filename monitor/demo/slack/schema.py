"""Slack's blocks and elements, written down: exactly the keys each may have, and how long each may be.

Written by hand from https://docs.slack.dev/reference/block-kit; what a message that tells of changes would never carry
(selects with remote choices, dates to pick, videos) is unknown here, and so refused.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.demo.slack.grammar import Check, boolean, kinds, listing, number, one_of, shape, string

MOST_BLOCKS = 50
MOST_MARKDOWN = 12_000
_ID = string(255)
_WEB_URL = string(3_000, like=r"https?://[^\s<>]+")
_LINK_URL = string(3_000, like=r"(?:https?://|mailto:|tel:|slack://)[^\s<>]+")


def _plain(most: int) -> Check:
    return kinds({"plain_text": shape({"text": string(most)}, {"emoji": boolean})})


def _text(most: int) -> Check:
    return kinds(
        {
            "plain_text": shape({"text": string(most)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most)}, {"verbatim": boolean}),
        }
    )


_CONFIRM = shape(
    {"title": _plain(100), "text": _text(300), "confirm": _plain(30)},
    {"deny": _plain(30), "style": one_of("primary", "danger")},
)
_ACTION = {"action_id": _ID, "confirm": _CONFIRM}
_PICTURE = {
    "image_url": _WEB_URL,
    "slack_file": shape(optional={"id": string(), "url": string()}, any_of=("id", "url")),
}
_IMAGE_ELEMENT = shape({"alt_text": string(2_000)}, _PICTURE, any_of=("image_url", "slack_file"))


def _choice(label: Check, more: dict[str, Check] | None = None) -> Check:
    return shape({"text": label}, {"value": string(150), "description": _plain(75), **(more or {})})


_BUTTON = shape(
    {"text": _plain(75)},
    {
        **_ACTION,
        "url": _WEB_URL,
        "value": string(2_000),
        "style": one_of("primary", "danger"),
        "accessibility_label": string(75),
    },
)
_OVERFLOW = shape({"options": listing(_choice(_plain(75), {"url": _WEB_URL}), 5)}, _ACTION)
_STATIC_SELECT = shape(
    {"options": listing(_choice(_plain(75)), 100)},
    {**_ACTION, "placeholder": _plain(150), "initial_option": _choice(_plain(75)), "focus_on_load": boolean},
)
_INTERACTIVE = {"button": _BUTTON, "overflow": _OVERFLOW, "static_select": _STATIC_SELECT}

_STYLE = shape(optional=dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_MENTION_STYLE = shape(
    optional=dict.fromkeys(
        ("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"), boolean
    )
)
_RUN = shape({"text": string()}, {"style": _STYLE})
_LINK = shape({"url": _LINK_URL}, {"text": string(), "unsafe": boolean, "style": _STYLE})
_RUNS: dict[str, Check] = {
    "text": _RUN,
    "link": _LINK,
    "emoji": shape(
        {"name": string(like="[^:]+")},
        {"unicode": string(), "url": _LINK_URL, "skin_tone": number(1, 6), "style": _STYLE},
    ),
    "date": shape(
        {"timestamp": number(), "format": string()}, {"url": _LINK_URL, "fallback": string(), "style": _STYLE}
    ),
    "color": shape({"value": string(like="#[0-9A-Fa-f]{6}")}, {"style": _STYLE}),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, {"style": _MENTION_STYLE}),
    "user": shape({"user_id": string(like="[UW][A-Z0-9]+")}, {"style": _MENTION_STYLE}),
    "usergroup": shape({"usergroup_id": string(like="S[A-Z0-9]+")}, {"style": _MENTION_STYLE}),
    "channel": shape({"channel_id": string(like="[CGD][A-Z0-9]+")}, {"style": _MENTION_STYLE}),
    "team": shape({"team_id": string(like="T[A-Z0-9]+")}, {"style": _MENTION_STYLE}),
}
_ELEMENTS = listing(kinds(_RUNS))
_SECTION = shape({"elements": _ELEMENTS})
_BORDER = {"border": one_of(0, 1)}
_RICH: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": shape(
        {"style": one_of("bullet", "ordered"), "elements": listing(kinds({"rich_text_section": _SECTION}))},
        {"indent": number(0, 8), "offset": number(0, 1_000_000), **_BORDER},
    ),
    "rich_text_quote": shape({"elements": _ELEMENTS}, _BORDER),
    "rich_text_preformatted": shape({"elements": listing(kinds({"text": _RUN, "link": _LINK}))}, _BORDER),
}
_RICH_TEXT = {"elements": listing(kinds(_RICH))}


def _block(
    required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None, any_of: tuple[str, ...] = ()
) -> Check:
    return shape(required, {"block_id": _ID, **(optional or {})}, any_of=any_of)


_BLOCKS: dict[str, Check] = {
    "header": _block({"text": _plain(150)}),
    "section": _block(
        None,
        {
            "text": _text(3_000),
            "fields": listing(_text(2_000), 10),
            "accessory": kinds({**_INTERACTIVE, "image": _IMAGE_ELEMENT}),
            "expand": boolean,
        },
        any_of=("text", "fields"),
    ),
    "context": _block(
        {
            "elements": listing(
                kinds(
                    {
                        "plain_text": shape({"text": string(3_000)}, {"emoji": boolean}),
                        "mrkdwn": shape({"text": string(3_000)}, {"verbatim": boolean}),
                        "image": _IMAGE_ELEMENT,
                    }
                ),
                10,
            )
        }
    ),
    "actions": _block({"elements": listing(kinds(_INTERACTIVE), 25, unique="action_id")}),
    "divider": _block(),
    "image": _block({"alt_text": string(2_000)}, {**_PICTURE, "title": _plain(2_000)}, ("image_url", "slack_file")),
    "rich_text": _block(_RICH_TEXT),
    "markdown": _block({"text": string(MOST_MARKDOWN)}),
    "table": _block(
        {
            "rows": listing(
                listing(kinds({"raw_text": shape({"text": string()}), "rich_text": shape(_RICH_TEXT)}), 20), 100
            )
        },
        {
            "column_settings": listing(
                shape(optional={"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 20
            )
        },
    ),
}
_MESSAGE = listing(kinds(_BLOCKS), MOST_BLOCKS, least=0, unique="block_id")


def block_problems(blocks: object) -> Iterator[str]:
    """What Slack would name when it answers ``invalid_blocks``; nothing for blocks it takes."""
    return _MESSAGE(blocks, "/blocks")
