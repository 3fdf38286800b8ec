"""Start a project: model, tests and documents that are valid at once."""

from quantacirc_cdk.scaffold.project import start

__all__ = ["start"]
