"""Import Compose files, Kubernetes manifests and Score files as a project.

All formats are converted to ``source``, from which ``translation`` creates components. ``comparison`` and ``patching``
ensure that every property is in the synthesized output or in the ``report``.
"""

from quantacirc_cdk.importing.project import import_project, import_projects
from quantacirc_cdk.importing.report import Left, Report

__all__ = ["Left", "Report", "import_project", "import_projects"]
