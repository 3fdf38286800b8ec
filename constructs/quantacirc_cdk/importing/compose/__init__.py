"""Read Compose files (https://github.com/compose-spec/compose-spec/blob/main/spec.md)."""

from collections.abc import Sequence

from quantacirc_cdk.importing.compose.files import default_files, load
from quantacirc_cdk.importing.compose.hosts import settle_hosts
from quantacirc_cdk.importing.compose.service import read_services
from quantacirc_cdk.importing.compose.storage import settle_storage
from quantacirc_cdk.importing.compose.top_level import leave_top_level
from quantacirc_cdk.importing.source import Source
from quantacirc_cdk.model.document import Node


def read(documents: list[Node], profiles: Sequence[str] = ()) -> Source:
    """Return the services of Compose files; a later file extends the services of an earlier one.

    ``profiles`` are the active profiles. Raises ``ModelError`` for invalid services, and for files that are missing.
    """
    project = load(documents, profiles)
    source = Source(name=project.name, left=list(project.left), notes=list(project.notes))
    services = read_services(source, project)
    settle_hosts(source, services)
    leave_top_level(source, project)
    for service in services:
        source.items += service.own_items()
    settle_storage(source)
    return source


__all__ = ["default_files", "read"]
