"""A container image registry."""

from collections.abc import Sequence
from dataclasses import dataclass

from quantacirc_cdk.limits.image import REPOSITORY
from quantacirc_cdk.terraform.interface.key_ring import KeyRingLike
from quantacirc_cdk.terraform.interface.rules import Rules


@dataclass(frozen=True, kw_only=True)
class ImageRegistryProps:
    """Private repositories with immutable tags, scanned on push."""

    name: str
    """Prefix of the repositories' names."""
    region: str
    """The cloud's name of the region."""
    account: str
    """Account, project or subscription of the registry."""
    keys: KeyRingLike
    """Keys for the images."""
    repositories: Sequence[str]
    """Names of the repositories, below ``name``."""
    keep_images: int = 100
    """Number of tagged images to keep in each repository; older ones are removed."""
    untagged_days: int = 7
    """Days before an untagged image is removed."""

    def check(self) -> None:
        """Raise ``PropsError`` with all problems."""
        rules = Rules(self.name)
        rules.between("keep_images", self.keep_images, 1, 1000)
        rules.between("untagged_days", self.untagged_days, 1, 365, "days")
        for repository in self.repositories:
            rules.matches("repositories", repository, REPOSITORY, "a repository such as team/app")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingImageRegistry:
    """An existing registry."""

    host: str
    """Host of the registry."""
