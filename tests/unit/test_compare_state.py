"""State: small, and the same after it was packed."""

from __future__ import annotations

import sys
from dataclasses import fields
from typing import cast

import msgspec
import pytest
from hypothesis import given

from monitor.core.compare.state import SourceState, pack, pack_text, unpack, unpack_text
from monitor.errors import StetwatchError
from monitor.model import Page
from tests.kit.pages import Watch, blog, page
from tests.kit.strategies import pages

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@given(before=pages, after=pages)
def test_state_and_texts_survive_packing(before: Page, after: Page) -> None:
    """Packed and unpacked, a state and its texts are what they were."""
    watch = Watch()
    watch.see(before)
    watch.see(after)
    assert unpack(pack(watch.state)) == watch.state
    for text in watch.texts.values():
        assert unpack_text(pack_text(text)) == text


def test_a_source_never_seen_has_an_empty_state() -> None:
    """None stands for a source nothing is known of."""
    assert unpack(None) == SourceState()


def test_a_state_of_an_earlier_version_is_read() -> None:
    """What was not kept then is not known: no measure of JSON-LD, no prints of the other reading."""
    now = Watch()
    now.see(page(*blog(3, 2, 1)))
    kept = msgspec.msgpack.decode(zstd.decompress(pack(now.state)[1:]))
    del kept["agreement"]
    for track in kept["tracks"]:
        del track["ld"], track["dom"]
    assert unpack(bytes([1]) + zstd.compress(msgspec.msgpack.encode(kept))) == now.state


@pytest.mark.parametrize("blob", [b"", b"\x63rest", b"\x01no zstd", bytes([1]) + pack(SourceState())[:-3]])
def test_a_state_that_cannot_be_read_says_what_to_do(blob: bytes) -> None:
    """An unknown schema or a torn blob is one line with a cure, never a guess."""
    with pytest.raises(StetwatchError, match="sources remove"):
        unpack(blob)


def test_the_hot_state_of_sixty_posts_is_small() -> None:
    """Sixty posts with ids, times and headlines fit in eight KiB, texts apart."""
    watch = Watch()
    watch.see(page(*blog(*range(60, 0, -1))))
    assert len(pack(watch.state)) < 8 * 1024


def test_a_state_packed_before_a_field_was_there_is_read() -> None:
    """What a field added since begins with is its default."""
    watch = Watch()
    watch.see(page(*blog(2, 1)))
    since = {"past_words", "held_words", "held_since"}
    older = {one.name: getattr(watch.state, one.name) for one in fields(SourceState) if one.name not in since}
    assert unpack(pack(cast("SourceState", older))) == watch.state
