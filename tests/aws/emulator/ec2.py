"""What moto's EC2 does otherwise than EC2."""

from typing import Any

from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.models.security_groups import SecurityGroupRule


def install() -> None:
    """Return the description of every rule, and of a launch template's data only what it holds."""

    def description(self: SecurityGroupRule) -> str | None:
        return self.ip_range.get("Description") or (self.source_group or {}).get("Description")

    SecurityGroupRule.description = property(description)  # type: ignore[assignment, method-assign]
    create = LaunchTemplateVersion.__init__

    def without_own_tags(
        self: LaunchTemplateVersion, template: Any, number: int, data: dict[str, Any], text: str
    ) -> None:
        # The template's own tags come with the request; moto takes them for a part of its data.
        given = data.get("TagSpecifications", [])
        kept = [one for one in given if one["ResourceType"] != "launch-template"]
        create(self, template, number, {**data, "TagSpecifications": kept} if kept else data, text)

    LaunchTemplateVersion.__init__ = without_own_tags  # type: ignore[assignment, method-assign]
