"""What an evaluation has found, as a page for people and as tables for programs."""

from midframe.evaluation.report.page import write_report
from midframe.evaluation.report.tables import write_csv, write_json

__all__ = ["write_csv", "write_json", "write_report"]
