"""Honest code of every kind that people paste: each must run behind the wall as it does without one."""

from __future__ import annotations


def layer(build: str, shape: str) -> str:
    """A class around one layer, and its input."""
    return (
        f"class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = {build}\n\n"
        f"    def forward(self, x):\n        return self.layer(x)\n\nout = Net()(torch.randn({shape}))\n"
    )


LAYERS = {
    "Conv1d": layer("nn.Conv1d(4, 8, 3)", "1, 4, 16"),
    "Conv2d": layer("nn.Conv2d(3, 8, 3, stride=2, padding=1)", "1, 3, 32, 32"),
    "Conv3d": layer("nn.Conv3d(2, 4, 3)", "1, 2, 8, 8, 8"),
    "ConvTranspose2d": layer("nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1)", "1, 4, 8, 8"),
    "grouped convolution": layer("nn.Conv2d(8, 8, 3, groups=8, padding='same')", "1, 8, 9, 9"),
    "MaxPool2d": layer("nn.MaxPool2d(3, 2, ceil_mode=True)", "1, 3, 14, 14"),
    "adaptive pools": layer("nn.Sequential(nn.AdaptiveMaxPool2d(7), nn.AdaptiveAvgPool2d(1))", "1, 3, 30, 30"),
    "LPPool2d": layer("nn.LPPool2d(2, 3)", "1, 3, 9, 9"),
    "norms": layer("nn.Sequential(nn.BatchNorm2d(8), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8))", "2, 8, 5, 5"),
    "LayerNorm": layer("nn.LayerNorm(16)", "2, 5, 16"),
    "RMSNorm": layer("nn.RMSNorm(16)", "2, 5, 16"),
    "LocalResponseNorm": layer("nn.LocalResponseNorm(5)", "1, 8, 6, 6"),
    "activations": layer(
        "nn.Sequential(nn.ReLU6(), nn.GELU(), nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.ELU(), nn.PReLU(), nn.Softplus())", "2, 8"
    ),
    "softmax": layer("nn.Softmax(dim=-1)", "2, 8"),
    "dropout": layer("nn.Sequential(nn.Dropout(0.5), nn.Dropout2d(0.1))", "2, 8, 4, 4"),
    "Embedding": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.words = nn.Embedding(100, 8)\n"
    "    def forward(self, ids):\n        return self.words(ids)\n\nout = Net()(torch.randint(0, 100, (2, 5)))\n",
    "Bilinear": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.b = nn.Bilinear(4, 5, 6)\n"
    "    def forward(self, x, y):\n        return self.b(x, y)\n\nout = Net()(torch.randn(2, 4), torch.randn(2, 5))\n",
    "Upsample": layer("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=False)", "1, 3, 8, 8"),
    "PixelShuffle": layer("nn.PixelShuffle(2)", "1, 8, 4, 4"),
    "Unfold and Fold": layer("nn.Sequential(nn.Unfold(3, padding=1), nn.Fold((6, 6), 3, padding=1))", "1, 2, 6, 6"),
    "paddings": layer("nn.Sequential(nn.ReflectionPad2d(1), nn.ReplicationPad2d(1), nn.ZeroPad2d(1))", "1, 2, 6, 6"),
    "LSTM": layer("nn.LSTM(8, 16, num_layers=2, bidirectional=True, batch_first=True)", "2, 5, 8"),
    "GRU": layer("nn.GRU(8, 16)", "5, 2, 8"),
    "RNN": layer("nn.RNN(8, 16)", "5, 2, 8"),
    "LSTMCell": layer("nn.LSTMCell(8, 16)", "2, 8"),
    "TransformerEncoder": layer("nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 4, 32, batch_first=True), 2)", "2, 5, 16"),
    "lazy layers": layer("nn.Sequential(nn.LazyConv2d(8, 3), nn.Flatten(), nn.LazyLinear(10))", "1, 3, 8, 8"),
    "spectral_norm": layer("nn.utils.parametrizations.spectral_norm(nn.Linear(4, 4))", "2, 4"),
    "weight_norm": layer("nn.utils.parametrizations.weight_norm(nn.Linear(4, 4))", "2, 4"),
    "ModuleList": "class Net(nn.Module):\n    def __init__(self, depth=3):\n        super().__init__()\n"
    "        self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(depth)])\n"
    "    def forward(self, x):\n        for layer in self.layers:\n            x = x + layer(x).relu()\n        return x\n",
    "ModuleDict": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.heads = nn.ModuleDict({'a': nn.Linear(8, 2), 'b': nn.Linear(8, 3)})\n"
    "    def forward(self, x):\n        return {name: head(x) for name, head in self.heads.items()}\n",
    "MultiheadAttention": "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.attention = nn.MultiheadAttention(16, 4, batch_first=True)\n"
    "    def forward(self, x):\n        out, weights = self.attention(x, x, x)\n        return out\n\ny = Net()(torch.randn(2, 5, 16))\n",
}
FUNCTIONS = {
    "einsum": "q, k = torch.randn(2, 4, 8), torch.randn(2, 6, 8)\nscores = torch.einsum('bid,bjd->bij', q, k)",
    "scaled_dot_product_attention": "q = k = v = torch.randn(1, 2, 5, 8)\nout = F.scaled_dot_product_attention(q, k, v, is_causal=True)",
    "fft": "x = torch.randn(8, 8)\nback = torch.fft.ifft2(torch.fft.fft2(x)).real",
    "linalg": "a = torch.randn(4, 4)\nu, s, v = torch.linalg.svd(a)\nd = torch.linalg.det(a)\ni = torch.linalg.inv(a)",
    "sorting": "x = torch.randn(10)\nvalues, places = x.sort()\ntop = x.topk(3).values\nu = torch.unique(torch.tensor([1, 1, 2]))",
    "scatter and gather": "x = torch.zeros(3, 4)\nx.scatter_(1, torch.tensor([[0], [1], [2]]), 1.0)\ng = x.gather(1, torch.tensor([[0], [1], [2]]))",
    "masks": "x = torch.randn(4, 4)\nm = torch.tril(torch.ones(4, 4)).bool()\ny = x.masked_fill(~m, float('-inf')).softmax(-1)",
    "grid_sample": "x = torch.randn(1, 3, 8, 8)\ng = F.affine_grid(torch.eye(2, 3)[None], x.shape, align_corners=False)\ny = F.grid_sample(x, g, align_corners=False)",
    "cumulative": "x = torch.randn(3, 5)\na = x.cumsum(1)\nb = x.cumprod(0)\nl = torch.logsumexp(x, 1)",
    "sparse": "x = torch.eye(3).to_sparse()\ny = x @ torch.ones(3, 1)",
    "complex": "z = torch.polar(torch.ones(4), torch.arange(4.0))\nr = torch.view_as_real(z)",
    "half precision": "x = torch.randn(4, 4, dtype=torch.bfloat16)\ny = (x @ x).float()",
    "random": "torch.manual_seed(0)\na = torch.randn(3)\nb = torch.randperm(10)\nc = torch.bernoulli(torch.full((4,), 0.5))",
    "distributions": "d = torch.distributions.Normal(0.0, 1.0)\nx = d.sample((4,))\np = d.log_prob(x)",
    "autograd": "x = torch.randn(3, requires_grad=True)\n(x ** 2).sum().backward()\ng = x.grad",
    "a training step": "net = nn.Linear(4, 2)\nopt = torch.optim.Adam(net.parameters(), lr=1e-2)\nx = torch.randn(8, 4)\n"
    "loss = F.cross_entropy(net(x), torch.randint(0, 2, (8,)))\nopt.zero_grad()\nloss.backward()\nopt.step()",
    "autograd.Function": "class Square(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n        ctx.save_for_backward(x)\n"
    "        return x * x\n    @staticmethod\n    def backward(ctx, g):\n        return 2 * ctx.saved_tensors[0] * g\n\ny = Square.apply(torch.randn(3, requires_grad=True))",
    "no_grad": "with torch.no_grad():\n    y = nn.Linear(3, 3)(torch.randn(1, 3))",
    "hooks": "net = nn.Sequential(nn.Linear(4, 4), nn.ReLU())\nseen = []\nh = net[0].register_forward_hook(lambda m, i, o: seen.append(o.shape))\ny = net(torch.randn(1, 4))\nh.remove()",
    "state_dict": "a, b = nn.Linear(3, 3), nn.Linear(3, 3)\nb.load_state_dict(a.state_dict())\nx = b(torch.ones(1, 3))",
    "saved to memory": "import io\nbuffer = io.BytesIO()\ntorch.save(nn.Linear(2, 2).state_dict(), buffer)\nbuffer.seek(0)\nw = torch.load(buffer)['weight']",
    "init": "w = torch.empty(8, 3, 3, 3)\nnn.init.kaiming_normal_(w, mode='fan_out')\nnn.init.trunc_normal_(w, std=0.02)",
    "vmap": "f = torch.func.vmap(lambda x: (x ** 2).sum())\ny = f(torch.randn(5, 3))",
    "jacrev": "y = torch.func.jacrev(torch.sin)(torch.randn(3))",
    "checkpoint": "from torch.utils.checkpoint import checkpoint\nx = torch.randn(3, requires_grad=True)\ny = checkpoint(torch.sin, x, use_reentrant=False)",
    "jit.trace": "f = torch.jit.trace(nn.Linear(2, 2), torch.randn(1, 2))\ny = f(torch.randn(1, 2))",
    "jit.script": "@torch.jit.script\ndef swish(x: torch.Tensor):\n    return x * torch.sigmoid(x)\n\nf = torch.jit.script(nn.Conv2d(3, 4, 3))\ny = swish(f(torch.randn(1, 3, 8, 8)))",
    "compile": "@torch.compile(mode='max-autotune')\ndef swish(x):\n    return x * torch.sigmoid(x)\n\nf = torch.compile(nn.Linear(2, 2))\ny = swish(f(torch.randn(1, 2)))",
    "export and compile": "net = nn.Linear(2, 2)\nx = torch.randn(1, 2)\nf = torch.compile(net)\ne = torch.export.export(net, (x,)).module()\ny = f(x) + e(x)",
    "fx": "g = torch.fx.symbolic_trace(nn.Sequential(nn.Linear(2, 2), nn.ReLU()))\ny = g(torch.randn(1, 2))\nprint(g.code)",
    "FakeTensorMode": "from torch._subclasses.fake_tensor import FakeTensorMode\nwith FakeTensorMode():\n    y = nn.Linear(2, 2)(torch.randn(1, 2))\nz = torch.zeros(1)",
    "FlopCounterMode": "from torch.utils.flop_counter import FlopCounterMode\nwith FlopCounterMode(display=False) as c:\n    y = nn.Conv2d(3, 4, 3)(torch.randn(1, 3, 8, 8))\nprint(c.get_total_flops())",
    "export": "e = torch.export.export(nn.Linear(2, 2), (torch.randn(1, 2),))\nx = torch.zeros(1)",
    "meta device": "with torch.device('meta'):\n    net = nn.Linear(10, 10)\ny = torch.empty(1, 10, device='meta')",
    "numpy": "import numpy as np\na = np.arange(6.0).reshape(2, 3)\nx = torch.from_numpy(a)\nb = x.numpy().mean()",
    "DataLoader": "from torch.utils.data import DataLoader, TensorDataset\nloader = DataLoader(TensorDataset(torch.randn(8, 3)), batch_size=4)\nx = next(iter(loader))[0]",
    "pruning": "import torch.nn.utils.prune as prune\nm = nn.Linear(4, 4)\nprune.l1_unstructured(m, 'weight', 0.5)\nx = m(torch.randn(1, 4))",
}
PYTHON = {
    "getsource": "import inspect\nclass A(nn.Module):\n    def forward(self, x):\n        return x\nprint(inspect.getsource(A), len(inspect.getsource(nn.Linear)))",
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass Config:\n    width: int = 8\n\nclass A(nn.Module):\n    def __init__(self, config=Config()):\n        super().__init__()\n        self.fc = nn.Linear(config.width, 2)\n    def forward(self, x):\n        return self.fc(x)\n",
    "typing": "from typing import Optional, List, Tuple\nfrom torch import Tensor\nclass A(nn.Module):\n    def __init__(self, sizes: List[int] = (4, 8), bias: Optional[bool] = None) -> None:\n        super().__init__()\n        self.fc = nn.Linear(*sizes)\n    def forward(self, x: Tensor) -> Tuple[Tensor, Tensor]:\n        return x, self.fc(x)\n",
    "abstract": "from abc import ABC, abstractmethod\nclass Base(nn.Module, ABC):\n    @abstractmethod\n    def forward(self, x): ...\nclass A(Base):\n    def forward(self, x):\n        return x.relu()\n",
    "enum and partial": "from enum import Enum\nfrom functools import partial\nclass Kind(Enum):\n    A = 1\nConv = partial(nn.Conv2d, kernel_size=3)\ny = Conv(3, 4)(torch.randn(1, 3, 8, 8))",
    "a long text": "import re, json, math, textwrap\ntext = json.dumps({'a': [math.pi] * 50})\nx = torch.tensor(len(re.findall(r'3\\.14', text)))\nprint(textwrap.shorten(text, 40))",
    "a table printed": "for name, p in nn.Conv2d(3, 8, 3).named_parameters():\n    print(f'{name:10s} {tuple(p.shape)!s:>20}')\nx = torch.zeros(1)",
    "an encoding": "b = 'größe 卷积'.encode('utf-8')\na = 'abc'.encode('ascii').decode('latin-1')\nx = torch.zeros(1)",
    "a clock": "import time, datetime\nstart = time.time()\ntime.sleep(0.01)\nday = datetime.datetime.now().isoformat()\nx = torch.tensor(time.perf_counter())",
    "a warning": "import warnings\nwarnings.warn('this is old')\nx = torch.zeros(1)",
    "logging": "import logging\nlogging.basicConfig(level=logging.INFO)\nlogging.info('built')\nx = torch.zeros(1)",
    "a main guard": "class A(nn.Module):\n    def __init__(self, c):\n        super().__init__()\n        self.c = nn.Conv2d(c, c, 1)\n    def forward(self, x):\n        return self.c(x)\n\nif __name__ == '__main__':\n    net = A(24)\n    print(net(torch.randn(2, 24, 9, 9)).shape)\n",
}
ALL = {**LAYERS, **FUNCTIONS, **PYTHON}
