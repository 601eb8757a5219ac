"""Pasted code, run so that it reaches nothing, hangs nothing and sees nobody else's paste.

A long-lived *zygote* (``zygote.py``) has torch loaded and warmed up, one thread, an empty environment and, where the kernel gives
them, namespaces of its own. For every paste it forks a *child* (``child.py``) that locks itself (``lockdown.py``) before it reads
the paste from a pipe, runs it, and writes one frame of JSON to another pipe (``frame.py``). The server (``client.py``,
``handle.py``) reads with a cap and a clock, checks every part of the answer, and never unpickles or compiles any of it. A spare
child waits locked, so that fork and lock are not on the way of a request. A training (``explainer/training``) runs in such a
child, too, longer, and answers in many frames (``streaming.py``), each of them checked as it comes. ``trusted.py`` is the way
without walls, for one's own computer; ``choice.py`` decides.

What a paste may try, and what stands in its way:

- read or write files, list folders, look into ``/proc``: seccomp (no call that opens, and no free descriptor: limit of 5);
  Landlock without a single right; another user; a mount table of its own
- reach a network, a socket of the machine, another process: seccomp; Landlock; namespaces for network, processes and IPC
- start processes or threads, run programs, load libraries: seccomp; NPROC 0; nothing to open
- use all memory or time, never end: AS and DATA limits, CPU limit, the zygote's clock and SIGKILL; queue; a budget per address
- fill a disk, shared memory, the pipe: FSIZE 0; nothing to open; the server stops reading at its cap, of bytes and of frames
- signal or trace others, reach the zygote through what it inherited: no such call; every descriptor but five is closed
- use system calls of another architecture: the filter kills on sight
- forge its answer: it can only lie about itself; the answer is checked (``paste/sound.py``), escaped, kept for that very paste
- see an earlier paste: each has a process of its own, and the zygote never holds one

What remains: a bug of the kernel behind the calls that are left (memory, futexes, clocks, signals to itself, read, write, exit);
CPU side channels, against a process that holds no secret; a bug in these files, against which stand a sweep over all calls,
libseccomp's tables and a list of attacks in ``tests/sandbox``. It is no virtual machine: a public server belongs in one.

Sources: seccomp(2), landlock(7), and the design of Chromium's and Android's zygotes.
"""
