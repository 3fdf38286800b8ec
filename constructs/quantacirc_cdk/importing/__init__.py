"""Import Compose files, manifests of Kubernetes and Score files as a project.

``source`` is what each format is turned into, ``translation`` makes components of it, ``comparison`` and ``patching``
see to it that every property comes out of the synthesis or is in the ``report``.
"""

from quantacirc_cdk.importing.project import import_project
from quantacirc_cdk.importing.report import Left, Report

__all__ = ["Left", "Report", "import_project"]
