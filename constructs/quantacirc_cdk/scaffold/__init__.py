"""Start a project: a valid model, tests and documents."""

from quantacirc_cdk.scaffold.project import start

__all__ = ["start"]
