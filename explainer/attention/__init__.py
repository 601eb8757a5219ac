"""A module's gates on pictures: what goes in, what each gate lets through, and what the output is without it.

pictures.py and uploads.py give a picture, stem.py makes a module's inputs of it, weights.py sets the weights; observe.py runs the
module once and reads every gate, effects.py runs it with a gate changed (changes.py). answer.py is the same for a paste, in the
sandbox. All of it travels as the records of records.py.
"""
