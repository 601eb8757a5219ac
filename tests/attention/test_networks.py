"""Networks that others trained: what is said where their library or their weights are missing, and that they are looked at."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from explainer.attention import pictures
from explainer.attention.networks import INPUTS, NETWORKS, maker
from explainer.attention.observe import Subject, see
from explainer.attention.records import Wanted, Weights
from explainer.errors import InvalidInput


@pytest.mark.parametrize("key", NETWORKS)
def test_what_is_missing_is_said_and_how_to_get_it(key, tmp_path, monkeypatch):
    """With empty caches: without the library its name, with it the line that fetches the weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    library = NETWORKS[key].library
    words = "nothing is fetched from here|cannot be loaded" if find_spec(library) else f"pip install {library}"
    with pytest.raises(InvalidInput, match=words):
        maker(key)


@pytest.mark.skipif(find_spec("torchvision") is None, reason="torchvision is an optional extra")
def test_a_network_from_the_cache_shows_all_its_gates(tmp_path, monkeypatch):
    import torch
    import torchvision

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    url = torchvision.models.get_model_weights("mobilenet_v3_small").DEFAULT.url
    file = tmp_path / "hub" / "checkpoints" / url.rpartition("/")[2]
    file.parent.mkdir(parents=True)
    torch.save(torchvision.models.get_model("mobilenet_v3_small", weights=None).state_dict(), file)
    photos = (pictures.photo("cat", 224, 224),)
    seen = see(Subject(maker("mobilenet_v3_small"), INPUTS), photos, Weights(), Wanted())
    assert [gate.kind for gate in seen.gates] == ["channel"] * 9
    assert seen.gates[0].scope == "features.1.block.1"
    assert seen.feeds[0][0] == "colours"
