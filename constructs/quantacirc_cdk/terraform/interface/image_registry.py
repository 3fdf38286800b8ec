"""A registry of container images."""

from collections.abc import Sequence
from dataclasses import dataclass

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
    """Account (project, subscription) the registry is in."""
    keys: KeyRingLike
    """Key of the images."""
    repositories: Sequence[str]
    """Names of the repositories, below ``name``."""
    keep_images: int = 100
    """Tagged images kept in each repository; older ones are removed."""
    untagged_days: int = 7
    """Days before an image without a tag is removed."""

    def check(self) -> None:
        """Raise ``PropsError`` with everything wrong."""
        rules = Rules(self.name)
        rules.between("keep_images", self.keep_images, 1, 1000)
        rules.between("untagged_days", self.untagged_days, 1, 365, "days")
        for repository in self.repositories:
            rules.matches("repositories", repository, r"[a-z0-9]+([._/-][a-z0-9]+)*", "a repository such as team/app")
        rules.check()


@dataclass(frozen=True, kw_only=True)
class ExistingImageRegistry:
    """A registry that somebody else made."""

    host: str
    """Host that images are pushed to."""
