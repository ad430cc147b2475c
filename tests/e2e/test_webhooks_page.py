"""docs/webhooks.md, followed as a new user would: its lines are pasted, only the port is another."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.cli import ROOT, environment, running, stetwatch
from tests.kit.waiting import wait_for_sync

PAGE = (ROOT / "docs/webhooks.md").read_text("utf-8").partition("## A consumer in five minutes")[2]
(MAKE, LISTEN), (TEST,), (PYTHON, NODE) = (
    [line.partition(" #")[0].strip() for line in block.splitlines()]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[:3]
)
TABLE = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0]


def words(line: str) -> list[str]:
    """The words behind ``stetwatch``."""
    first, *rest = shlex.split(line)
    assert first == "stetwatch"
    return rest


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, with the examples beside it."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    assert stetwatch(*words(MAKE)).returncode == 0
    return tmp_path


def tried(port: str) -> str:
    """What the page's test command says, the destination being on that port."""
    Path("stetwatch.toml").write_text(TABLE.replace("8787", port))
    return stetwatch(*words(TEST)).stdout


def test_the_listener_shows_the_test_message(desk: Path) -> None:
    """A secret, a listener, a destination, a test message: the redline stands in the first terminal."""
    log = desk / "log"
    with running(*words(LISTEN.replace("8787", "0")), log=log):
        found = wait_for_sync(lambda: re.search(r"http://127\.0\.0\.1:(\d+)/", log.read_text("utf-8")), within_s=20)
        assert found is not None
        assert tried(found[1]).startswith("archive: arrived")
    assert "signature ✓" in log.read_text("utf-8")
    assert "[-14-]{+17+}" in log.read_text("utf-8")


@pytest.mark.parametrize("line", [PYTHON, NODE], ids=["python", "node"])
def test_the_example_prints_the_test_message(desk: Path, line: str) -> None:
    """The line that starts the receiver works as it stands in a shell, and the receiver prints what came."""
    if "node" in line and shutil.which("node") is None:
        pytest.skip("node is not installed here: its line was not tried")
    shell = line.replace("8787", "0").replace("python3", shlex.quote(sys.executable))
    with (desk / "out").open("wb") as out, (desk / "err").open("wb") as err:
        process = subprocess.Popen(["sh", "-c", f"{shell} & echo $!; wait"], stdout=out, stderr=err, env=environment())
        try:
            found = wait_for_sync(lambda: re.search(r"127\.0\.0\.1:(\d+)/", (desk / "err").read_text()), within_s=20)
            assert found is not None
            assert tried(found[1]).startswith("archive: arrived")
            pid, told = (desk / "out").read_text("utf-8").splitlines()
            assert "Test message from Stetwatch" in told
            subprocess.run(["kill", pid], check=True)
            process.wait(10)
        finally:
            process.kill()
            process.wait(10)
