"""How one forward becomes a Trace.

options.py    how to trace, and how far
mode.py       sees every torch call on this thread, answers it, and hands it on
beneath.py    sees what TorchScript computes, and hands it up to the mode
operation.py  what a torch callable is: its name, whether it is an op at all
arguments.py  what a call was given: tensors, and the rest by name
meta/         shapes without Python decompositions: rules of our own for the meta device, and what it wrongly lets pass
recorder.py   tensors -> values, calls -> ops; in-place writes and views
calls.py      which module is running
hooks.py      hooks on the instances, by hand
twins.py      meta stand-ins for real tensors, so that a real module is traced without touching it
state.py      what a forward may rebind or switch, put back afterwards; whose turn it is
written.py    memory that a forward overwrites, put back afterwards
source.py     the line of the user's file that is running

Nothing here patches torch: a mode and hooks act on this thread and these instances alone.
"""
