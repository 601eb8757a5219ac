"""What the documents promise is there: files, pictures of a decent size, pages behind the links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from blocks import CATALOGUE
from explainer.arithmetic import LAYERS
from tests.browser.pictures import MOST_BYTES, PICTURES
from ui.shell import available

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "deploy" / "README.md"]
ADDRESSES = re.findall(r"`/([a-z]+)\?([^`]+)`", (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_pictures_of_a_document_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("http")]
    assert [target for target in targets if not (document.parent / target).exists()] == []
    assert "![](" not in text, "a picture has words for those who do not see it"


def test_the_catalogues_are_as_large_as_they_are_said_to_be() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{len(CATALOGUE)} blocks" in text
    assert f"{len(LAYERS)} layers" in text


def test_every_picture_is_small_and_can_be_taken_again() -> None:
    files = {file.stem: file for file in (ROOT / "docs" / "pictures").iterdir()}
    assert files.keys() == PICTURES.keys()
    assert [name for name, file in files.items() if file.stat().st_size > MOST_BYTES] == []


@pytest.mark.parametrize(("page", "query"), ADDRESSES, ids=lambda text: text)
def test_a_link_for_teachers_opens_without_a_complaint(page: str, query: str) -> None:
    assert page in {entry.url_path for entry in available()}
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        app.query_params[name] = value
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception
    shown = "".join(str(getattr(one.proto, "body", "")) for one in app.get("html"))
    assert "role='alert'" not in shown
    assert "There is no" not in shown
    # A training begins when somebody presses its button; until then the page invites to.
    results = ("bl-empty",) if "view=training" in query else ("bl-facts", "bl-compare", "bl-effects")
    assert any(f"class='{part}'" in shown for part in results)
