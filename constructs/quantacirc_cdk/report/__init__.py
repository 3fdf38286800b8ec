"""Reports about the whole output: parity, topology, reachability, capacity, cloud resources, images."""

from quantacirc_cdk.report.output import write_report

__all__ = ["write_report"]
