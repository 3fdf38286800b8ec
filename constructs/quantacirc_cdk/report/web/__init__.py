"""The report as one HTML page, ``index.html``: no network, no other file."""

from quantacirc_cdk.report.web.data import ReportData
from quantacirc_cdk.report.web.page import as_html

__all__ = ["ReportData", "as_html"]
