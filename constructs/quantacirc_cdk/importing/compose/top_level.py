"""Report the top-level elements of Compose files that the import does not carry over."""

from quantacirc_cdk.importing.compose.files import Project
from quantacirc_cdk.importing.compose.secret import ENVIRONMENT
from quantacirc_cdk.importing.compose.service import LAPTOP, UNKNOWN
from quantacirc_cdk.importing.declared import SECRET
from quantacirc_cdk.importing.report import Left
from quantacirc_cdk.importing.source import Source
from quantacirc_cdk.model.document import Node, Place

EXTENSION = "Compose ignores it, except where services refer to it."
CLAIM = "The claim of the volume uses the StorageClass of the cluster."
EXTERNAL = "It exists outside of the project: pods use it by its name."
CONTENT = "It becomes a ConfigMap in `apps/objects/` if a service uses it."


def leave_top_level(source: Source, project: Project) -> None:
    """Add the reason for each property of top-level elements, and the Secrets that the user creates."""
    for key, found in project.resources.items():
        for name, node in found.items():
            stated = node.value if isinstance(node.value, dict) else {}
            reason = {"networks": LAPTOP, "secrets": SECRET, "configs": CONTENT, "volumes": CLAIM}[key]
            _leave(source, node, (key, name), EXTERNAL if "external" in stated and key != "secrets" else reason)
    for key, node in project.others:
        _leave(source, node, (key,), EXTENSION if key.startswith("x-") else UNKNOWN)
    for name, keys in sorted(source.secrets.items()):
        said = ", with the values of `.env` or of the shell that starts Compose" if name == ENVIRONMENT else ""
        source.notes.append(f"Create the Secret {name} with the keys {', '.join(sorted(keys))}{said}.")


def _leave(source: Source, node: Node, place: Place, reason: str) -> None:
    if not node.value:
        return
    for inside, leaf in node.leaves(place):
        path = ".".join(map(str, inside))
        source.left.append(Left(file=leaf.file, line=leaf.line, object="", path=path, reason=reason))
