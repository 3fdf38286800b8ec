"""The one place the version of this project, its chart and its images is written."""

__version__ = "0.1.0"
