"""The real Helm, run on the chart."""
