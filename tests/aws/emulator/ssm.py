"""What moto's Systems Manager does not publish: the releases of Bottlerocket."""

import re
from datetime import UTC, datetime

from moto.ssm.models import Parameter, SimpleSystemManagerBackend

_RELEASE = re.compile(r"/aws/service/bottlerocket/aws-k8s-1\.[0-9]+(-nvidia)?/(x86_64|arm64)/latest/image_version")
RELEASE = "1.49.0-713f44ce"


def install() -> None:
    """Publish one release for every variant."""
    get = SimpleSystemManagerBackend.get_parameter

    def with_releases(self: SimpleSystemManagerBackend, name: str) -> Parameter | None:
        if not _RELEASE.fullmatch(name):
            return get(self, name)
        now = datetime.now(UTC)
        return Parameter(self.account_id, name, RELEASE, "String", None, None, None, now, 1, "text")

    SimpleSystemManagerBackend.get_parameter = with_releases  # type: ignore[method-assign]
