"""Reports about the whole output: parity, topology, reachability, images."""

from quantacirc_cdk.report.output import write_parity, write_report

__all__ = ["write_parity", "write_report"]
