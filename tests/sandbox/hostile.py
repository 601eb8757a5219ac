"""Pastes that mean harm. Each prints ESCAPED if it got what it wanted; ``words`` is what its author is told."""

from __future__ import annotations

from dataclasses import dataclass

TIME, CRASH, ENDED, KERNEL = "it may use", "crashed its process", "ended its own process", "called the kernel"
FORM = "in the form that was agreed on"


@dataclass(frozen=True)
class Hostile:
    """``words``: part of the sentence or of the error's name; empty where the paste may simply go on without its loot."""

    code: str
    words: str = ""
    real: bool = False  # works where nothing is locked: shown by a test


def grab(expression: str, setup: str = "import os", *, real: bool = False) -> Hostile:
    """Tries one thing and says whether it worked."""
    lines = [setup, "try:", f"    got = {expression}", "    print('ESCAPED', str(got)[:200])", "except BaseException as error:"]
    return Hostile("\n".join([*lines, "    print('refused', type(error).__name__, error)", "x = torch.zeros(2)"]), real=real)


def call(number: int, *arguments: object) -> Hostile:
    """Tries a system call; anything but an error is an escape."""
    given = "".join(f", {argument!r}" for argument in arguments)
    setup = (
        "import ctypes\nC = ctypes.CDLL(None, use_errno=True)\ndef must(r):\n    assert r >= 0, ctypes.get_errno()\n    return r"
    )
    return grab(f"must(C.syscall({number}{given}))", setup)


FILES = {
    "open a file": grab("open('/etc/passwd').read()", real=True),
    "open the app's source": grab("open('/work/main/app.py').read() or open('app.py').read()"),
    "open for writing": grab("open('/tmp/blocklens-loot', 'w')", real=True),
    "os.open": grab("os.open('/etc/hostname', os.O_RDONLY)", real=True),
    "list a folder": grab("os.listdir('/')", real=True),
    "scandir": grab("list(os.scandir('/tmp'))", real=True),
    "walk": grab("next(iter(os.walk('/')))", real=True),
    "stat": grab("os.stat('/etc/passwd')", real=True),
    "access": grab("1 / os.access('/etc/passwd', os.R_OK)", real=True),
    "make a folder": grab("os.makedirs('/tmp/blocklens-folder', exist_ok=True) or 1", real=True),
    "unlink": grab("os.unlink('/tmp/blocklens-victim') or 1"),
    "rename": grab("os.rename('/tmp/blocklens-victim', '/tmp/b') or 1"),
    "symlink": grab("os.symlink('/etc/passwd', '/tmp/blocklens-link') or 1"),
    "chmod": grab("os.chmod('/tmp', 0o777) or 1"),
    "utime": grab("os.utime('/tmp') or 1", real=True),
    "chdir": grab("os.chdir('/tmp') or 1", real=True),
    "a temporary file": grab("tempfile.TemporaryFile()", "import tempfile", real=True),
    "pathlib": grab("Path('/etc/passwd').read_text()", "from pathlib import Path", real=True),
    "shutil": grab("shutil.copy('/etc/passwd', '/tmp/b')", "import shutil"),
    "memfd": grab("os.memfd_create('x')", real=True),
    "shared memory": grab("SharedMemory(create=True, size=64)", "from multiprocessing.shared_memory import SharedMemory"),
    "/dev/shm": grab("open('/dev/shm/blocklens', 'w')"),
    "/dev/mem": grab("open('/dev/mem', 'rb').read(1)"),
    "own environment in /proc": grab("open('/proc/self/environ').read()", real=True),
    "the parent in /proc": grab("open(f'/proc/{os.getppid()}/maps').read()", real=True),
    "other processes in /proc": grab("[open(f'/proc/{n}/cmdline').read() for n in range(1, 400)]"),
    "descriptors of others": grab("[os.read(n, 1) for n in range(5, 200) if not _bad(n)] or 1 / 0", "import os\ndef _bad(n):\n    try:\n        os.fstat(n)\n    except OSError:\n        return True"),
    "a pipe": grab("os.pipe()", real=True),
    "dup": grab("os.dup(4)"),
    "secrets in the environment": grab("[v for k, v in os.environ.items() if k not in ('PATH', 'LC_ALL', 'LC_CTYPE') and v not in ('1', '')][0]"),
    "secrets in argv": grab("[a for a in sys.argv if 'secret' in a][0]", "import sys"),
    "inputs": grab("input()"),
    "zip import from a path": grab("__import__('antigravity_blocklens')"),
}  # fmt: skip
PROCESSES = {
    "fork": grab("os.fork()"),
    "fork bomb": Hostile("import os\nwhile True:\n    os.fork()", "BlockingIOError"),
    "vfork by number": call(58),
    "clone3": call(435, None, 0),
    "spawn": grab("os.posix_spawn('/bin/true', ['true'], {})", real=True),
    "subprocess": grab("subprocess.run(['id'])", "import subprocess", real=True),
    "os.system": grab("1 / (os.system('id') == 0)", real=True),
    "os.popen": grab("os.popen('id').read()", real=True),
    "exec": grab("os.execv('/bin/true', ['true'])"),
    "multiprocessing": grab("multiprocessing.Process(target=print).start() or 1", "import multiprocessing"),
    "a thread": grab("threading.Thread(target=print).start() or 1", "import threading", real=True),
    "_thread": grab("_thread.start_new_thread(print, ())", "import _thread", real=True),
    "a thread pool": grab("ThreadPoolExecutor().submit(int).result()", "from concurrent.futures import ThreadPoolExecutor"),
    "asyncio": grab("asyncio.run(asyncio.sleep(0)) or 1", "import asyncio"),
    "kill the parent": grab("os.kill(os.getppid(), 9) or 1"),
    "kill everyone": grab("os.kill(-1, 9) or 1"),
    "kill the group": grab("os.killpg(0, 9) or 1"),
    "pidfd": grab("os.pidfd_open(os.getppid())", real=True),
    "ptrace": call(101, 16, 1, 0, 0),
    "read another's memory": call(310, 1, None, 0, None, 0, 0),
    "become root": grab("os.setuid(0) or 1"),
    "setns": call(308, 3, 0),
    "unshare": call(272, 0x10000000),
    "raise the limits": grab("resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)) or 1", "import resource"),
    "nicer": grab("os.nice(-10)"),
    "another processor": grab("os.sched_setaffinity(0, {0}) or 1", real=True),
    "a timer": grab("signal.setitimer(signal.ITIMER_REAL, 1) or 1", "import signal"),
    "prctl dumpable": call(157, 4, 1, 0, 0, 0),
}  # fmt: skip
NETWORK = {
    "a socket": grab("socket.socket()", "import socket", real=True),
    "udp": grab("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", "import socket"),
    "a unix socket": grab("socket.socket(socket.AF_UNIX)", "import socket", real=True),
    "netlink": grab("socket.socket(16, 3, 0)", "import socket"),
    "a socket pair": grab("socket.socketpair()", "import socket", real=True),
    "a name": grab("socket.getaddrinfo('localhost', 80)", "import socket"),
    "a page": grab("urllib.request.urlopen('http://127.0.0.1')", "import urllib.request"),
    "io_uring": call(425, 8, None),
}  # fmt: skip
KERNEL_CALLS = {
    "bpf": call(321, 0, None, 0), "userfaultfd": call(323, 0), "perf": call(298, None, 0, -1, -1, 0), "keyctl": call(250, 0, 0),
    "mount": call(165, None, None, None, 0, None), "chroot": call(161, b"/tmp"), "reboot": call(169, 0, 0, 0, None),
    "init_module": call(175, None, 0, None), "execveat": call(322, -100, b"/bin/true", None, None, 0), "openat2": call(437, -100, b"/etc/passwd", None, 24),
    "open by number": call(2, b"/etc/passwd", 0), "fcntl owner": call(72, 4, 8, 1), "a new filter": call(317, 1, 0, None),
    "landlock again": call(444, None, 0, 1), "swap": call(167, b"/x", 0), "ioctl": call(16, 1, 0x5413, None),
    "x32 numbers": Hostile("import ctypes\nctypes.CDLL(None).syscall(0x40000000 + 2, b'/etc/passwd', 0)\nprint('ESCAPED')", KERNEL),
    "32-bit calls": Hostile(
        "import ctypes, mmap\nm = mmap.mmap(-1, 4096, prot=7)\nm.write(bytes.fromhex('b814000000cd80c3'))\n"
        "ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))()\nprint('ESCAPED')", KERNEL),
}  # fmt: skip
TIME_AND_SPACE = {
    "a loop": Hostile("while True:\n    pass", TIME),
    "a loop that catches everything": Hostile("while True:\n    try:\n        1 / 0\n    except BaseException:\n        pass", TIME),
    "a loop in the forward": Hostile("class A(nn.Module):\n    def forward(self, x):\n        while True: x = x + 1", ""),
    "a loop in the constructor": Hostile("class A(nn.Module):\n    def __init__(self):\n        while True: pass", TIME),
    "a long sleep": Hostile("import time\ntime.sleep(100)", TIME),
    "ignores the signal of the limit": Hostile("import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass", TIME),
    "a huge power": Hostile("x = 10 ** 10 ** 9", TIME),
    "a slow pattern": Hostile("import re\nre.match('(a+)+$', 'a' * 40 + 'b')", TIME),
    "a huge list": Hostile("x = [0] * 10 ** 10", "MemoryError"),
    "a growing list": Hostile("x = []\nwhile True: x.append(bytes(10 ** 7))", "MemoryError"),
    "a huge tensor": Hostile("x = torch.zeros(10 ** 6, 10 ** 6)", "RuntimeError"),
    "a huge text": Hostile("x = 'a' * 10 ** 12", "MemoryError"),
    "a long number as text": Hostile("x = str(10 ** 10 ** 5)", "ValueError"),
    "print for ever": Hostile("while True: print('a' * 1000)", TIME),
    "print a lot": Hostile("print('a' * 10 ** 7)\nx = torch.zeros(1)"),
    "warn a lot": Hostile("import warnings\nfor i in range(2000): warnings.warn(str(i) * 100)\nx = torch.zeros(1)"),
    "calls itself": Hostile("def f(): return f()\nf()", "RecursionError"),
    "calls itself without a limit": Hostile("import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(): return [*map(lambda _: f(), [0])]\nf()", ""),
    "a million steps": Hostile("class A(nn.Module):\n    def forward(self, x):\n        for _ in range(10 ** 6): x = x + 1\n        return x"),
    "a million modules": Hostile("m = nn.Sequential(*[nn.ReLU() for _ in range(10 ** 6)])", ""),
    "a deep tree": Hostile("x = " + "(" * 3000 + "1" + ")" * 3000),
    "a deep list": Hostile("x = " + "[" * 150 + "]" * 150),
    "a long sum": Hostile("x = " + "+".join("1" * 9000)),
    "too much text": Hostile("x = 1\n" * 20000, "KB"),
    "zero bytes": Hostile("x = 1\0\ny = 2"),
    "half a surrogate pair": Hostile("x = '\ud800'\nt = torch.zeros(1)"),
    "nothing": Hostile(""),
    "only a comment": Hostile("# hello"),
    "right to left": Hostile("access = '\u202e\u2066 admin'\nt = torch.zeros(1)"),
}  # fmt: skip
ENDINGS = {
    "os._exit": Hostile("import os\nos._exit(0)", ENDED),
    "exit": Hostile("raise SystemExit(3)", "SystemExit"),
    "an interrupt": Hostile("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "abort": Hostile("import os\nos.abort()", CRASH),
    "a crash": Hostile("import ctypes\nctypes.string_at(0)", CRASH),
    "a signal to itself": grab("os.kill(os.getpid(), 15) or 1"),
    "at the end": Hostile("import atexit\natexit.register(print, 'ESCAPED')\nx = torch.zeros(1)"),
    "an exit that does not": Hostile("import os\nos._exit = lambda *a: None\nx = torch.zeros(1)"),
}  # fmt: skip
_PIPE = "import os, struct, json\ndef answer(body, head=None):\n    os.write(4, (head or b'PB1' + struct.pack('!I', len(body))) + body)\n    os._exit(0)\n"
FORGED = {
    "another magic": Hostile(_PIPE + "answer(b'{}', b'XXX' + struct.pack('!I', 2))", FORM),
    "a huge length": Hostile(_PIPE + "answer(b'{}', b'PB1' + struct.pack('!I', 1 << 31))", FORM),
    "less than it says": Hostile(_PIPE + "answer(b'{}', b'PB1' + struct.pack('!I', 50))", ENDED),
    "no JSON": Hostile(_PIPE + "answer(b'hello')", FORM),
    "no UTF-8": Hostile(_PIPE + r"answer(b'\"\xff\"')", FORM),
    "NaN": Hostile(_PIPE + "answer(b'NaN')", FORM),
    "infinity": Hostile(_PIPE + "answer(b'1e999')", FORM),
    "a long number": Hostile(_PIPE + "answer(b'9' * 10000)", FORM),
    "deep JSON": Hostile(_PIPE + "answer(b'[' * 90000)", FORM),
    "much JSON": Hostile(_PIPE + "answer(b'[' + b'0,' * 1500000 + b'0]')", FORM),
    "half a pair": Hostile(_PIPE + r"answer(b'\"\\ud800\"')", FORM),
    "another record": Hostile(_PIPE + "answer(json.dumps({'source': 1}).encode())", FORM),
    "for ever": Hostile(_PIPE + "while True: os.write(4, b'PB1' + b'\\0' * 60000)", ""),
}  # fmt: skip
OBJECTS = {
    "a text that raises": Hostile("class E(Exception):\n    def __str__(self): raise E\nraise E", "E"),
    "a text that never ends": Hostile("class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E", TIME),
    "a name that lies": Hostile("class M(type(nn.Module)):\n    @property\n    def __name__(cls): return 'ESCAPED'\nclass A(nn.Module, metaclass=M):\n    def forward(self, x): return x"),
    "an instance of everything": Hostile("class M(type):\n    def __instancecheck__(cls, x): return True\n    def __subclasscheck__(cls, x): raise ValueError\nclass A(metaclass=M): pass\nx = torch.zeros(1)"),
    "__del__": Hostile("class A:\n    def __del__(self):\n        while True: pass\nA()\nx = torch.zeros(1)", ""),
    "__getattr__": Hostile("class A(nn.Module):\n    def __getattr__(self, name): raise SystemExit\n    def forward(self, x): return x", ""),
    "a default that shouts": Hostile("class R:\n    def __repr__(self): return 'x' * 10 ** 7\nclass A(nn.Module):\n    def __init__(self, a=R()): super().__init__()\n    def forward(self, x): return x"),
    "print is replaced": Hostile("import builtins\nbuiltins.print = None\nx = torch.zeros(1)"),
    "stdout is closed": Hostile("import sys\nsys.stdout.close()\nsys.stdout = None\nx = torch.zeros(1)", ""),
    "no modules left": Hostile("import sys\nsys.modules.clear()\nx = torch.zeros(1)", ""),
    "json is replaced": Hostile("import json\njson.dumps = lambda *a, **k: '{}'\nx = torch.zeros(1)", FORM),
    "the tracer is replaced": Hostile("import explainer.trace as t\nt.run = None\nx = torch.zeros(1)", ""),
    "a debugger": Hostile("import sys\nsys.settrace(lambda *a: 1 / 0)\nx = torch.zeros(1)", ""),
    "type is patched": Hostile("import torch\ntorch.Tensor.shape = property(lambda self: 'ESCAPED')\nx = torch.zeros(1)", ""),
}  # fmt: skip
TORCH = {
    "torch.load of a path": grab("torch.load('/tmp/x.pt')", "import torch"),
    "a pickle that runs": grab("pickle.loads(b'cos\\nsystem\\n(S\"id\"\\ntR.') == 0 or 1 / 0", "import pickle", real=True),
    "torch.save to a path": grab("torch.save({}, '/tmp/blocklens.pt') or 1", "import torch"),
    "hub": grab("torch.hub.load('a/b', 'c')", "import torch"),
    "an extension": grab("load_inline('x', 'int f() { return 1; }')", "from torch.utils.cpp_extension import load_inline"),
    "a library": grab("torch.ops.load_library('/lib/x86_64-linux-gnu/libseccomp.so.2') or 1", "import torch"),
    "workers": grab("list(DataLoader(list(range(4)), num_workers=2))", "from torch.utils.data import DataLoader"),
    "a tensor from a file": grab("torch.from_file('/etc/passwd', size=8, dtype=torch.uint8)", "import torch"),
    "shared tensors": grab("torch.zeros(1).share_memory_()", "import torch"),
    "cuda": grab("torch.zeros(1).cuda()", "import torch"),
    "many threads": Hostile("torch.set_num_threads(8)\nx = torch.randn(512, 512) @ torch.randn(512, 512)"),
    "torch.os": grab("torch.os.listdir('/')", "import torch", real=True),
}  # fmt: skip

ALL = {**FILES, **PROCESSES, **NETWORK, **KERNEL_CALLS, **TIME_AND_SPACE, **ENDINGS, **FORGED, **OBJECTS, **TORCH}
