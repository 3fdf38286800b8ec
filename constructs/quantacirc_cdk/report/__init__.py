"""What the output says as a whole, for people and for programs: parity, topology, reachability, images."""

from quantacirc_cdk.report.output import write_parity, write_report

__all__ = ["write_parity", "write_report"]
