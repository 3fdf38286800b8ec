"""The version of this project, its chart and its images; defined only here."""

__version__ = "0.1.0"
