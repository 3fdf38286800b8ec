"""The kinds of component: one folder each (``docs/kinds.md``).

A folder holds ``spec`` (its sections of the model) and, as far as it has something to add, ``offers``, ``kubernetes``,
``cloud``, ``chart``, ``monitoring``, ``backup``, ``diff`` and ``health``. Nothing outside of it asks which kind a
component is: ``registry.hook`` finds what a kind adds by the name of the module and the function.
"""
