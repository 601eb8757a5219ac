"""What one paste may use, and how long an answer may be."""

from __future__ import annotations

CPU_S = 4
WALL_S = 5.0
BUDGET_S = 120.0  # of computing, for one address, until it has earned more by waiting
LONG_CPU_S = 60  # for a training
LONG_WALL_S = 120.0
LONG_BUDGET_S = 300.0
MEMORY_BYTES = 512 << 20  # on top of what the zygote maps already
REAL_BYTES, REAL_MACS = 256 << 20, 2_000_000_000  # of a forward on real numbers
PASTE_BYTES = 64 << 10
REQUEST_BYTES = 128 << 10  # of a paste
JOB_BYTES = 6 << 20  # of a paste with pictures and weights
RESULT_BYTES = 4 << 20
STREAM_FRAMES = 2000  # of one long answer
STREAM_BYTES = 8 << 20
STDOUT_CHARACTERS = 8 << 10
JSON_DEPTH = 24
JSON_NODES = 600_000
FIRST_FREE_DESCRIPTOR = 5  # 0-2 nothing, 3 the request, 4 the answer
