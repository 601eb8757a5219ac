"""A small network trained while its reader watches, with an attention block in it and without, always in a child process.

``record.py``: what is asked for and what comes back. ``run.py`` answers in the child: ``data.py`` the digits, ``network.py`` the
network and its gates, ``measures.py`` how much the gates differ between classes. ``progress.py`` checks on the server what the
child says, ``session.py`` runs a queue of trainings that its reader may leave or stop, ``findings.py`` says what was measured.
"""
