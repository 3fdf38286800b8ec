"""Images that were built, and what an environment runs of them: ``dist/images.json`` and ``release.images``."""

from quantacirc_cdk.images.built import BuiltImage, BuiltImages, read_built
from quantacirc_cdk.images.release import release_changes

__all__ = ["BuiltImage", "BuiltImages", "read_built", "release_changes"]
