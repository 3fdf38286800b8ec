"""The typed model of a system and its environments: pure Python, validated, and every value has a file and line.

``load_project(Path("."))`` reads ``apps/system.yaml`` and ``apps/environments/*.yaml`` and returns a ``Project``. It
raises ``ModelError`` with all problems of all files.
"""

from quantacirc_cdk.model.component import Component, Replicas
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Cloud, Environment
from quantacirc_cdk.model.loader import Project, load_project
from quantacirc_cdk.model.system import System

__all__ = ["Cloud", "Component", "Environment", "Node", "Project", "Replicas", "System", "load_project"]
