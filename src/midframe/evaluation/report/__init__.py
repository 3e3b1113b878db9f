"""Results of an evaluation, as a page for people and as tables for programs."""

from midframe.evaluation.report.page import write_report_page
from midframe.evaluation.report.result_files import write_results_csv, write_results_json

__all__ = ["write_report_page", "write_results_csv", "write_results_json"]
