"""Changes with which a failing paste passes: each of them run before it is offered.

edits.py     small changes to a text, made where its tree says
origins.py   which call built which layer
scene.py     a failure with everything that a fix may change
layers.py forward.py axes.py    what could be tried: numbers of layers, lines of the forward, the axes that they name
names.py inputs.py sweeps.py    Python itself, another input, and every number near by
search.py    trying it, best guess first, until time is up
"""
