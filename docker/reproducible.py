"""``python3 reproducible.py FOLDER FILE``: make the image in FOLDER the same for each build of the same inputs.

FOLDER is what podman and buildah push to ``dir:FOLDER``, in Docker's format. Their configuration of an image names the
container that it was built in, a random host name, and intermediate images of the build cache. No engine reads these
fields to run a container; removing them leaves a configuration that only the inputs decide. The id of the new image is
written to FILE.
"""

import hashlib
import json
import sys
from pathlib import Path

OF_THE_BUILD = ("container", "container_config", "id", "parent")
"""Fields of the configuration that describe the build."""
OF_THE_CONTAINER = ("Hostname", "Image")
"""Fields of its ``config`` that describe the container of the build."""
MEDIA_TYPE = "application/vnd.docker.distribution.manifest.v2+json"


def settle(folder: Path) -> str:
    """Rewrite the image in ``folder`` and return its new id."""
    manifest = json.loads((folder / "manifest.json").read_text())
    if manifest.get("mediaType") != MEDIA_TYPE:
        raise SystemExit(f"error: {folder}: found an image of the type {manifest.get('mediaType')}")
    old = folder / manifest["config"]["digest"].partition(":")[2]
    configuration = json.loads(old.read_text())
    for name in OF_THE_BUILD:
        configuration.pop(name, None)
    for name in OF_THE_CONTAINER:
        configuration["config"].pop(name, None)
    for entry in configuration["history"]:
        entry.pop("comment", None)  # "FROM" and the id of an intermediate image
    text = json.dumps(configuration, separators=(",", ":"), sort_keys=True).encode()
    new = hashlib.sha256(text).hexdigest()
    old.unlink()
    (folder / new).write_bytes(text)
    manifest["config"] |= {"digest": f"sha256:{new}", "size": len(text)}
    (folder / "manifest.json").write_text(json.dumps(manifest, separators=(",", ":")))  # in the order of the engines
    return new


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(settle(Path(sys.argv[1])))
