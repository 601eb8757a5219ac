"""The server as `streamlit run app.py` starts it: its headers, its health, its own files."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import pytest

from explainer.errors import InvalidInput
from explainer.sandbox.lockdown import can_filter
from tests.browser.serving import ROOT, running_app
from ui.serving import early
from ui.serving.assets import FIRST, FORM, FRAME, STATIC
from ui.serving.background import Background
from ui.serving.policy import content_policy, index_scripts, read_ancestors, script_hashes


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_app() as found:
        yield found


def get(url: str, **headers: str) -> tuple[int, Message, bytes]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def health(url: str) -> tuple[int, dict[str, Any]]:
    status, _, body = get(f"{url}/healthz")
    return status, json.loads(body)


def becomes(true: Callable[[], bool], timeout_s: float = 90) -> bool:
    until = time.monotonic() + timeout_s
    while not (found := true()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def rules(headers: Message) -> dict[str, str]:
    return dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))


@pytest.mark.parametrize("path", ["/", "/layer?stride=2", "/_stcore/health", "/healthz", "/media/none.png"])
def test_every_answer_is_fenced_in(url: str, path: str) -> None:
    _, headers, _ = get(url + path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    found = rules(headers)
    assert found["default-src"] == "'none'"
    assert found["frame-ancestors"] == "'self'"
    assert "unsafe" not in found["script-src"]


def test_a_page_that_is_asked_for_as_a_part_of_another_may_be_embedded(url: str) -> None:
    assert "frame-ancestors" not in rules(get(f"{url}/layer?embed=true")[1])


def test_who_may_embed_is_read_strictly() -> None:
    found = content_policy(read_ancestors("https://moodle.example.org https://*.example.com:8443"), ())
    assert found.endswith("frame-ancestors https://moodle.example.org https://*.example.com:8443")
    assert content_policy(read_ancestors(""), ()).endswith("frame-ancestors 'none'")
    for wrong in ("*; script-src *", "javascript:1", "moodle.example.org", "https://a\nb c"):
        with pytest.raises(InvalidInput):
            read_ancestors(wrong)


def test_only_streamlits_inline_script_and_our_two_may_run(url: str) -> None:
    _, headers, body = get(f"{url}/layer")
    page = body.decode()
    assert re.findall(r"<script>\s*(window\.\w+)", page) == ["window.prerenderReady", "window.__streamlit"]
    assert page.count("<script") == 4, "the third asks for scripts ahead, the fourth is Streamlit's first file"
    assert re.findall(r"'sha256-[^']+'", rules(headers)["script-src"]) == list(script_hashes(page)) == list(index_scripts())


def test_what_the_page_says_of_its_server_is_what_the_server_says(url: str) -> None:
    """Streamlit would ask for it before it opens its connection."""
    told = re.search(r"HOST_CONFIG: (\{.*\}) \};", get(f"{url}/layer")[2].decode())
    assert told is not None
    asked = json.loads(get(f"{url}/_stcore/host-config")[2])
    assert json.loads(told[1]) == {name: value for name, value in asked.items() if value is not None}


def test_health_tells_when_torch_and_the_sandbox_are_there(url: str) -> None:
    if not can_filter():
        pytest.skip("this computer cannot lock pastes in")
    assert becomes(lambda: health(url)[0] == 200)
    found = health(url)[1]
    assert found["status"] == "ok"
    assert found["torch"]
    assert found["sandbox_alive"]
    assert "seccomp" in found["walls"]


def test_a_sandbox_that_died_is_told_and_started_again(url: str) -> None:
    if not can_filter():
        pytest.skip("this computer cannot lock pastes in")
    assert becomes(lambda: health(url)[0] == 200)
    for process in zygotes(url):
        os.kill(process, signal.SIGKILL)
    told: list[tuple[int, dict[str, Any]]] = []
    assert becomes(lambda: told.append(health(url)) or told[-1][0] == 503, 10)  # type: ignore[func-returns-value]
    assert (told[-1][1]["sandbox_alive"], told[-1][1]["status"]) == (False, "starting")
    assert becomes(lambda: health(url)[0] == 200)


def zygotes(url: str) -> list[int]:
    """The sandboxes of this server; the tests' own process may have one as well."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words, parent = (place / "cmdline").read_bytes(), int((place / "stat").read_text().rpartition(")")[2].split()[1])
            started_by = Path(f"/proc/{parent}/cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if b"explainer.sandbox.zygote" in words and f"--server.port={urlsplit(url).port}".encode() in started_by:
            found.append(int(place.name))
    assert found
    return found


def test_streamlits_files_are_whole_and_packed_once_there_is_time(url: str) -> None:
    name = next(STATIC.glob("js/index.*.js")).name
    address = f"{url}/static/js/{name}"
    plain = get(address)
    assert plain[2] == (STATIC / "js" / name).read_bytes()
    assert "javascript" in plain[1]["content-type"]
    assert becomes(lambda: get(address, **{"Accept-Encoding": "gzip"})[1]["content-encoding"] == "gzip")
    packed = get(address, **{"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed[2]) == plain[2]
    assert len(packed[2]) < 0.4 * len(plain[2])
    assert get(f"{url}/static/js/../../index.html")[2] != plain[2]


def test_a_page_names_files_that_exist(url: str) -> None:
    for path, parts in (("/", FRAME), ("/layer", FORM)):
        _, headers, body = get(url + path)
        first = re.findall(r"<(/static/js/[^>]+)>; rel=modulepreload", headers["link"])
        ahead = re.search(r'<meta name="ahead" content="([^"]+)">', body.decode())
        assert ahead is not None
        assert ahead.start() < body.decode().index("meta[name=ahead]"), "the script may ask as soon as it is read"
        for paths, kinds in ((first, FIRST), (ahead[1].split(" "), parts)):
            names = [path.removeprefix("/static/js/") for path in paths]
            assert all((STATIC / "js" / name).is_file() for name in names)
            assert all(any(name.startswith(f"{kind}.") for name in names) for kind in kinds), (
                "Streamlit calls them differently now"
            )
        assert len({*first, *ahead[1].split(" ")}) == len(first) + len(ahead[1].split(" "))


def test_loading_waits_for_the_first_page_but_not_for_ever() -> None:
    loaded = Event()
    background = Background([loaded.set])
    background.start(60)
    assert not loaded.wait(0.2)
    background.page_is_drawn()
    assert loaded.wait(10)
    again = Event()
    Background([again.set]).start(0.01)
    assert again.wait(10)


def test_what_could_not_be_loaded_is_told_and_tried_again() -> None:
    tries: list[int] = []

    def fail_once() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no memory")

    background = Background([fail_once])
    background.start()
    assert becomes(lambda: background.has_failed, 10)
    background.start()
    assert becomes(lambda: len(tries) == 2 and not background.has_failed, 10)


def test_trusted_pastes_forbid_every_frame() -> None:
    code = "import sys; sys.argv.append('--trust-pastes'); from ui.serving.headers import SecurityHeaders as S; s = S(None); "
    code += "print(s._alone.split('; ')[-1], '|', s._embedded.split('; ')[-1])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "frame-ancestors 'none' | frame-ancestors 'none'"


@pytest.mark.parametrize("embedded", [False, True])
def test_before_its_first_script_the_page_has_our_colours_and_our_name(embedded: bool) -> None:
    html = early.page(embedded=embedded).decode()
    head = html[: html.index("</head>")]
    assert "<title>Blocklens</title>" in head
    assert f'<link rel="icon" href="{early.icon()[0]}">' in head
    assert "favicon.png" not in html
    assert "background: light-dark(#fbfbf9, #12151c)" in head
    assert ('content: "Blocklens"' in head) is not embedded
    assert 'id="root"></div>' in html, "the style ends when something is in it"
