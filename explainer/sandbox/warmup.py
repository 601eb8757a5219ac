"""Everything that torch loads on first use, loaded before the first child: a child cannot open a file any more."""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import linecache
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any

from explainer.sandbox import jobs

_STANDARD = (
    "abc argparse base64 bisect collections copy dataclasses datetime decimal enum fractions functools heapq inspect io itertools"
    " json logging math numbers operator os os.path pathlib pickle pprint random re string sys textwrap time traceback types"
    " typing typing_extensions unittest uuid warnings weakref contextlib statistics glob shutil tempfile hashlib struct"
    " encodings.ascii encodings.latin_1 encodings.utf_8_sig encodings.utf_16 encodings.unicode_escape encodings.gbk"
).split()
_TORCH = (
    "torch.utils._device torch.nn.init torch.nn.functional torch.autograd torch.nn.parameter torch.nn.modules.utils"
    " torch.nn.utils torch.utils.data torch.nn.attention torch.distributions torch.utils.checkpoint torch.nn.modules.lazy"
).split()
_RARE = (
    "torch.nn.utils.parametrizations torch.nn.utils.parametrize torch.nn.utils.prune torch.nn.utils.rnn torch.sparse torch.linalg"
    " torch.fft torch.special torch.masked torch.nested torch.ao.nn.quantized torch.cuda.amp torch.amp"
    " einops einops.layers.torch timm timm.layers torchvision torchvision.models torchvision.ops"
).split()


def warm_up(parts: frozenset[str], stand_ins: str, catalogue: str = "") -> None:
    """Loads torch and everything that is usual, and these parts; afterwards ``inspect`` asks no file whether it changed."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in (*_STANDARD, *_TORCH):
            importlib.import_module(name)
        jobs.load()
        importlib.import_module("explainer.paste.names").offer(stand_ins)
        importlib.import_module("explainer.training.network").offer(catalogue)
        _leave_the_compiler_out()
        jobs.rehearse()
        _common()
        for part, load in _PARTS.items():
            if part in parts:
                load()
    set_no_threads: Any = lambda _: None  # noqa: E731 - no thread can be started, and libgomp would end the process
    torch.set_num_threads = torch.set_num_interop_threads = set_no_threads
    keep: Any = lambda _=None: None  # noqa: E731
    linecache.checkcache = keep  # it would ask for the file, be refused, and forget the paste's text


def _leave_the_compiler_out() -> None:
    """What a paste compiles stays the Python that it is: the compiler writes and loads files, and would hide every operation.

    Functions of torch that are not to be compiled load it on their first call, too, for a second, only to say so.
    """
    import torch
    from torch import _compile

    def leave(function: Any = None, **options: Any) -> Any:  # noqa: ARG001 - what they say of how to compile
        return function if function is not None else leave

    compiler: dict[str, Any] = vars(torch.compiler)
    vars(torch)["compile"] = compiler["compile"] = compiler["disable"] = leave
    compiler["allow_in_graph"] = compiler["assume_constant_result"] = leave

    vars(_compile)["_disable_dynamo"] = vars(torch)["_disable_dynamo"] = leave  # for what is loaded from here on
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == _compile.__file__:
            held = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
            inner = held["fn"].cell_contents if "fn" in held else None  # not __wrapped__: where wraps goes over it, another's
            if type(inner) is FunctionType:
                inner.__dict__.setdefault("__dynamo_disable", inner)


def _common() -> None:
    import torch
    from torch import nn

    layer = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.Upsample(scale_factor=2))
    with torch.device("cpu"), torch.no_grad():
        layer(torch.randn(1, 2, 4, 4)).softmax(1)
        repr(torch.randn(3))
    torch.save({"weight": torch.zeros(1)}, buffer := io.BytesIO())
    buffer.seek(0)
    torch.load(buffer)
    for module, shape in ((nn.MultiheadAttention(4, 2), (2, 1, 4)), (nn.LSTM(4, 4), (2, 1, 4))):
        x = torch.randn(shape)
        module(x, x, x) if isinstance(module, nn.MultiheadAttention) else module(x)


def _export() -> None:
    import torch

    torch.export.export(torch.nn.Linear(2, 2), (torch.randn(1, 2),))
    rows = torch.export.Dim("rows")
    torch.export.export(torch.nn.Linear(2, 2), (torch.randn(3, 2),), dynamic_shapes=({0: rows},))


def _fx() -> None:
    import torch
    from torch.fx.passes.shape_prop import ShapeProp

    with contextlib.suppress(ImportError):
        importlib.import_module("tqdm").tqdm.monitor_interval = 0  # its monitor is a thread
    ShapeProp(torch.fx.symbolic_trace(torch.nn.Linear(2, 2))).propagate(torch.randn(1, 2))


def _jit() -> None:
    import torch

    layer = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    traced: Any = torch.jit.trace  # it has no types
    traced(layer, torch.randn(1, 2))(torch.randn(1, 2))
    torch.jit.script(layer)(torch.randn(1, 2))


def _fake() -> None:
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils.flop_counter import FlopCounterMode

    with FakeTensorMode():
        torch.nn.Linear(2, 2)(torch.randn(1, 2))
    with FlopCounterMode(display=False) as counter:
        torch.nn.Conv2d(1, 1, 1)(torch.randn(1, 1, 2, 2))
    counter.get_total_flops()


def _func() -> None:
    import torch
    from torch.utils.checkpoint import checkpoint

    torch.func.vmap(torch.sin)(torch.randn(2))
    torch.func.jacrev(torch.sin)(torch.randn(2))
    torch.func.grad(lambda x: x.sin().sum())(torch.randn(2))
    checkpoint(torch.sin, torch.randn(2, requires_grad=True), use_reentrant=False).sum().backward()


def _optim() -> None:
    import torch

    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.Adam(layer.parameters())
    loss: Any = torch.nn.functional.cross_entropy(layer(torch.randn(1, 2)), torch.tensor([1]))
    loss.backward()
    optimizer.step()


def _numpy() -> None:
    import numpy
    import torch

    torch.from_numpy(numpy.ones(3)).numpy()
    numpy.random.rand(2)
    numpy.linalg.norm(numpy.ones(2))


def _rare() -> None:
    import torch
    from torch import nn

    for name in _RARE:
        with contextlib.suppress(ImportError):  # many of them are not installed, and nothing here needs them
            importlib.import_module(name)
    nn.utils.parametrizations.spectral_norm(nn.Linear(2, 2))(torch.randn(1, 2))
    nn.utils.parametrizations.weight_norm(nn.Linear(2, 2))(torch.randn(1, 2))
    nn.LazyLinear(2)(torch.randn(1, 2))
    nn.TransformerEncoderLayer(4, 2, 4).eval()(torch.randn(1, 2, 4))
    torch.fft.fft2(torch.randn(2, 2)).abs()
    torch.linalg.svd(torch.randn(2, 2))
    torch.einsum("ij,jk->ik", torch.randn(2, 2), torch.randn(2, 2))
    normal: Any = torch.distributions.Normal(0.0, 1.0)
    normal.log_prob(torch.randn(2))
    torch.eye(2).to_sparse() @ torch.eye(2)


_PARTS: dict[str, Callable[[], None]] = {
    "export": _export, "fx": _fx, "jit": _jit, "fake": _fake, "func": _func, "optim": _optim,
    "training": jobs.rehearse_long, "numpy": _numpy, "rare": _rare,
}  # fmt: skip
