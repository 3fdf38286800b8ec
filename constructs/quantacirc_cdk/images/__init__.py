"""Built images (``dist/images.json``), and those that an environment runs (``release.images``)."""

from quantacirc_cdk.images.built import BuiltImage, BuiltImages, read_built
from quantacirc_cdk.images.release import release_changes

__all__ = ["BuiltImage", "BuiltImages", "read_built", "release_changes"]
