"""Trusted pastes: a process of their own with the user's rights, and a clock."""

from __future__ import annotations

import time

import pytest

from explainer.errors import Cancelled, SandboxRefused
from explainer.paste.explain import Behind
from explainer.paste.result import Request
from explainer.sandbox.trusted import TrustedProcess


def test_it_answers_with_the_users_own_rights():
    code = "import os\nprint(os.getcwd())\nos.write(1, b'noise')\nclass A(nn.Module):\n    def forward(self, x): return x + 1\n"
    result = Behind(TrustedProcess()).run(Request(code))
    assert result.works
    assert result.stdout.startswith("/")
    assert TrustedProcess().layers == ("trusted",)


def test_it_is_stopped_when_its_time_is_over():
    with pytest.raises(SandboxRefused, match="stopped after 4 seconds"):
        Behind(TrustedProcess(wall_s=4)).run(Request("import time\ntime.sleep(60)"))


def test_it_says_when_it_ended_early():
    with pytest.raises(SandboxRefused, match="ended its own process"):
        Behind(TrustedProcess()).run(Request("import os\nos._exit(0)"))


def test_it_can_be_cancelled():
    started = time.monotonic()
    with pytest.raises(Cancelled):
        Behind(TrustedProcess()).run(Request("import time\ntime.sleep(60)"), cancelled=lambda: time.monotonic() - started > 1)
    assert time.monotonic() - started < 30
