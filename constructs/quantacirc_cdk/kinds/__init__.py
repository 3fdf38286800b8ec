"""The kinds of component: one folder each (``docs/kinds.md``).

A folder contains ``spec`` (its sections of the model) and, where the kind needs them, ``offers``, ``kubernetes``,
``cloud``, ``chart``, ``monitoring``, ``backup``, ``diff`` and ``health``. Code outside a folder never checks the kind
of a component: ``registry.hook`` finds what a kind adds by the name of the module and the function.
"""
