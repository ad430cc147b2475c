"""The Slack app that people paste asks for what the code needs, and for no more."""

import re
from pathlib import Path

from monitor.demo.slack.methods import SCOPES

ROOT = Path(__file__).parents[2]
MANIFEST = (ROOT / "config" / "slack-manifest.yaml").read_text(encoding="utf-8")


def test_the_scopes_are_those_of_the_methods_called() -> None:
    """Each method the adapter calls has its scope there; besides, only public channels without an invitation."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "monitor" / "adapters" / "slack").glob("*.py")]
    called = {method for text in sources for method in re.findall(r'"((?:chat|conversations)\.\w+)"', text)}
    scopes = set(re.findall(r"^ +- ([\w:.]+)", MANIFEST, re.MULTILINE))

    assert len(called) == 5
    assert scopes == {SCOPES[method] for method in called} | {"chat:write.public"}


def test_buttons_need_no_public_address() -> None:
    """Interactivity and Socket Mode are on, and no request URL is asked for."""
    assert re.search(r"interactivity:\n +is_enabled: true", MANIFEST)
    assert re.search(r"socket_mode_enabled: true", MANIFEST)
    assert "request_url" not in MANIFEST
