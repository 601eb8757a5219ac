"""Whole networks that others have trained, where their library and their weights are on this computer.

torchvision and timm are no dependencies. Nothing is fetched from here: weights come from the libraries' own caches, and whoever
has none is told the line that fills them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from explainer.errors import InvalidInput
from explainer.types import Input

if TYPE_CHECKING:
    from torch import nn

SIDE = 224


@dataclass(frozen=True, slots=True)
class Network:
    """``name`` is the library's own; ``about`` is what gates it has, in its papers' words."""

    library: Literal["torchvision", "timm"]
    name: str
    about: str


NETWORKS: Mapping[str, Network] = {
    "mobilenet_v3_small": Network("torchvision", "mobilenet_v3_small", "MobileNetV3, squeeze-and-excitation"),
    "efficientnet_b0": Network("torchvision", "efficientnet_b0", "EfficientNet, squeeze-and-excitation"),
    "seresnet50": Network("timm", "seresnet50.ra2_in1k", "SE-ResNet-50, squeeze-and-excitation"),
    "ecaresnet50d": Network("timm", "ecaresnet50d.miil_in1k", "ECA-Net, a convolution over channels"),
    "vit_tiny": Network("timm", "vit_tiny_patch16_224.augreg_in21k_ft_in1k", "ViT, attention between patches"),
}
INPUTS = (Input((1, 3, SIDE, SIDE)),)


def maker(key: str) -> Callable[[], nn.Module]:
    """What builds a network with its trained weights; InvalidInput with what is missing here, and how to get it."""
    network = NETWORKS[key]
    if find_spec(network.library) is None:
        raise InvalidInput(
            "{name} comes with {library}, which is not installed here: pip install {library}.",
            name=network.name,
            library=network.library,
        )
    library = _imported(network.library)
    file = _torchvision_file(library, network.name) if network.library == "torchvision" else _timm_file(library, network.name)
    if file is None or not file.is_file():
        raise InvalidInput(
            "The weights of {name} are not on this computer, and nothing is fetched from here. This line gets them: {line}",
            name=network.name,
            line=_line(network),
        )

    def make() -> nn.Module:
        module: nn.Module = (
            library.models.get_model(network.name, weights=None)
            if network.library == "torchvision"
            else library.create_model(network.name, pretrained=False)
        )
        module.load_state_dict(_read(file))
        return module

    return make


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except Exception as error:  # noqa: BLE001 - built for another torch, it may fail in any way
        raise InvalidInput(
            "{library} is installed here and cannot be loaded: {message}", library=name, message=str(error)[:200]
        ) from None


def _line(network: Network) -> str:
    """What a person runs once to fill the library's cache."""
    if network.library == "torchvision":
        return f"python -c \"import torchvision; torchvision.models.get_model('{network.name}', weights='DEFAULT')\""
    return f"python -c \"import timm; timm.create_model('{network.name}', pretrained=True)\""


def _torchvision_file(library: Any, name: str) -> Path:
    import torch

    url = str(library.models.get_model_weights(name).DEFAULT.url)
    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def _timm_file(library: Any, name: str) -> Path | None:
    hub: Any = import_module("huggingface_hub")
    found = hub.try_to_load_from_cache(library.get_pretrained_cfg(name).hf_hub_id, "model.safetensors")
    return Path(found) if isinstance(found, str) else None


def _read(file: Path) -> Any:
    if file.suffix == ".safetensors":
        return import_module("safetensors.torch").load_file(file)
    import torch

    return torch.load(file, map_location="cpu", weights_only=True)
