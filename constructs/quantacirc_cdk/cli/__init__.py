"""The command line, ``qcdk``: one module for each command. Each imports its dependencies when it runs."""
