"""The audit trail of an environment's account, project or subscription."""

from typing import Annotated

from pydantic import Field

from quantacirc_cdk.model.base import Section


class AuditTrail(Section):
    """Who did what in the whole account, project or subscription. For one that has no trail yet: most have one, of the
    organization, and a second one is paid for again."""

    retention_days: Annotated[int, Field(ge=1, le=3650)] = 365
    """Days to keep it. Azure: 30 to 730, which then are those of all logs of the environment."""
    threat_detection: bool = False
    """Let the cloud look for threats, also in what is asked of the Kubernetes API. AWS: GuardDuty in the region, of
    which an account has one. Azure: Microsoft Defender for Containers, for the subscription. Google Cloud: refused,
    because Security Command Center is of the organization. The owners get an e-mail for what it finds."""
