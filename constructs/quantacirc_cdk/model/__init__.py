"""The typed model of a system and its environments: pure Python, validated, every value traceable to its line.

``load_project(Path("."))`` reads ``apps/system.yaml`` and ``apps/environments/*.yaml`` and returns a ``Project``, or
raises ``ModelError`` with every problem of every file.
"""

from quantacirc_cdk.model.component import Component, Replicas
from quantacirc_cdk.model.document import Node
from quantacirc_cdk.model.environment import Cloud, Environment
from quantacirc_cdk.model.loader import Project, load_project
from quantacirc_cdk.model.system import System

__all__ = ["Cloud", "Component", "Environment", "Node", "Project", "Replicas", "System", "load_project"]
