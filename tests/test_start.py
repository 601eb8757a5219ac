"""The first start, as README's command makes it: no question on the terminal, no question to the internet."""

from __future__ import annotations

import os
import select
import site
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.browser.serving import ROOT, free_port

pty = pytest.importorskip("pty", reason="Windows has no terminal of this kind")
PATIENCE_S = 90


@pytest.mark.parametrize("desktop", [True, False], ids=["desktop", "server"])
def test_the_app_starts_on_a_new_machine_without_asking(desktop: bool, tmp_path: Path) -> None:
    """A desktop is where there is a display; Streamlit would ask for an e-mail address there, and for its own elsewhere."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "HOME": str(tmp_path), "PYTHONUSERBASE": site.getuserbase(), "BROWSER": "/bin/true"}
    environment.pop("DISPLAY", None)
    environment |= {"DISPLAY": ":99"} if desktop else {}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={free_port()}"]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as server:
        os.close(theirs)
        said = b""
        until = time.monotonic() + PATIENCE_S
        try:
            while b"http://localhost:" not in said and b"Email:" not in said and time.monotonic() < until:
                if select.select([ours], [], [], 0.2)[0]:
                    said += os.read(ours, 4096)
        finally:
            server.kill()  # the question is deaf to a polite end
            os.close(ours)
    assert b"http://localhost:" in said
    assert b"Email:" not in said
    assert b"external IP" not in said
