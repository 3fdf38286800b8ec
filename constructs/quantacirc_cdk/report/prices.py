"""The price table of the cost estimate: the project's ``apps/prices.yaml``, else the table of this package."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from quantacirc_cdk.errors import ModelError
from quantacirc_cdk.model.base import Section
from quantacirc_cdk.model.document import read
from quantacirc_cdk.model.problems import validate

PRICES_FILE = Path("apps/prices.yaml")
_DEFAULT = Path(__file__).parent / "prices.yaml"

Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class NodePrice(Section):
    """Price of a node."""

    cpu_hour: Price
    """A core for an hour."""
    gib_hour: Price
    """A GiB of memory for an hour."""
    spot_factor: Price = 1
    """Price of a spot node, as a part of the price on demand."""


class VolumePrice(Section):
    """Price of block storage."""

    gib_month: Price
    """A GiB for a month."""


class DatabasePrice(Section):
    """Price of a managed database with one instance; a standby costs the same again."""

    cpu_hour: Price
    """A core for an hour."""
    gib_hour: Price
    """A GiB of memory for an hour."""
    disk_gib_month: Price
    """A GiB of disk for a month."""


class CloudPrices(Section):
    """Prices of a cloud."""

    region: str
    """Region of these prices."""
    source: str
    """Where the prices are from."""
    cluster_hour: Price
    """The control plane of a cluster for an hour."""
    node: NodePrice
    """Nodes."""
    volume: VolumePrice
    """Volumes, and root disks of nodes."""
    database: DatabasePrice
    """Managed databases."""
    nat_hour: Price
    """A NAT gateway for an hour, without traffic."""


class Prices(Section):
    """A price table."""

    currency: str
    """Currency of all prices."""
    as_of: Annotated[date, Field(strict=False)]
    """Day of the prices."""
    hours_per_month: Price = 730
    """Hours in a month."""
    clouds: dict[str, CloudPrices]
    """Prices by cloud: aws, gcp, azure."""


def load_prices(root: Path) -> Prices:
    """Return the price table of the project below ``root``. Raises ``ModelError`` with all problems of its file."""
    own = (root / PRICES_FILE).exists()
    path, shown = (root / PRICES_FILE, PRICES_FILE.as_posix()) if own else (_DEFAULT, _DEFAULT.name)
    document = read(path, shown)
    found, problems = validate(Prices, document, document.plain())
    if found is None:
        raise ModelError(problems)
    return found
