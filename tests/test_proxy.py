"""deploy/nginx as it is, in front of two servers: one visitor stays on one of them, and moves when it dies."""

from __future__ import annotations

import asyncio
import http.client
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest

from benchmarks.sessions import Visitor
from tests.browser.serving import ROOT, free_port, wait_until_healthy

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


class Front(NamedTuple):
    """Where nginx listens, what it wrote, and the servers behind it by their address."""

    url: str
    log: Path
    servers: dict[str, subprocess.Popen[bytes]]

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def open(self, **headers: str) -> str:
        """Opens a page through a websocket; the server that answered, as nginx wrote it down after the end."""

        async def visit() -> None:
            visitor = Visitor(self.url, "", headers=headers)
            await visitor.open()
            await visitor.close()

        before = self.log.read_text().count("/_stcore/stream 101")
        with ThreadPoolExecutor(1) as apart:  # the browser's tests leave a loop running on this thread
            apart.submit(asyncio.run, visit()).result()
        for _ in range(100):
            lines = [line for line in self.log.read_text().splitlines() if "/_stcore/stream 101" in line]
            if len(lines) > before:
                return lines[-1].rsplit(" ", 1)[1]
            time.sleep(0.05)
        raise AssertionError("nginx wrote nothing down")


@contextmanager
def server() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    address = f"127.0.0.1:{free_port()}"
    host, _, port = address.partition(":")
    command = [sys.executable, "-m", "uvicorn", "app:app", "--host", host, "--port", port, "--log-level", "warning"]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
        try:
            wait_until_healthy(f"http://{address}/_stcore/health", process)
            yield address, process
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder, prefix = tmp_path_factory.mktemp("conf"), tmp_path_factory.mktemp("nginx")
    log, port = prefix / "access.log", free_port()
    with ExitStack() as stack:
        servers = dict(stack.enter_context(server()) for _ in range(2))
        shutil.copy(ROOT / "deploy" / "nginx" / "nginx.conf", folder)
        (folder / "listen.conf").write_text(f"listen 127.0.0.1:{port};\n")
        lines = (f"server {address} max_fails=1 fail_timeout=10s;\n" for address in servers)
        (folder / "replicas.conf").write_text("".join(lines))
        command = [str(NGINX), "-p", str(prefix), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        nginx = stack.enter_context(subprocess.Popen(command, stdout=stack.enter_context(log.open("ab"))))
        stack.callback(nginx.terminate)
        wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", nginx)
        yield Front(f"http://127.0.0.1:{port}", log, servers)


def test_a_visitor_stays_on_one_server_and_moves_when_it_dies(front: Front) -> None:
    cookies = []
    for _ in range(12):
        cookie = front.get("/").getheader("set-cookie", "")
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        cookies.append(cookie.partition(";")[0])
    homes = {cookie: front.open(Cookie=cookie) for cookie in cookies}
    assert set(homes.values()) == set(front.servers), "both servers work"
    assert all(front.open(Cookie=cookie) == home for cookie, home in list(homes.items())[:4])
    without = {front.open(**{"User-Agent": "a browser that refuses cookies"}) for _ in range(4)}
    assert len(without) == 1
    (dying, process), (living, _) = front.servers.items()
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    moved = [cookie for cookie, home in homes.items() if home == dying]
    assert [front.open(Cookie=cookie).rsplit(" ")[-1] for cookie in moved[:2]] == [living] * 2
    stayed = next(cookie for cookie, home in homes.items() if home == living)
    assert front.open(Cookie=stayed) == living


def test_what_passes_and_what_does_not(front: Front) -> None:
    page = front.get("/layer?code=" + "x" * 20_000)
    assert page.status == 200
    assert "frame-ancestors 'self'" in page.getheader("content-security-policy", "")
    assert "x" * 20 not in front.log.read_text(), "a link may carry somebody's code"
    assert front.get("/_stcore/metrics").status == 404
    assert front.get("/_stcore/agent/openapi.json").status == 404
    assert front.get("/healthz").status in (200, 503)
