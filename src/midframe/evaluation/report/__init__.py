"""Results of an evaluation, as a page for people and as tables for programs."""

from midframe.evaluation.report.clips_page import write_clips_page
from midframe.evaluation.report.page import write_report_page
from midframe.evaluation.report.result_files import (
    write_clips_csv,
    write_clips_json,
    write_results_csv,
    write_results_json,
)

__all__ = [
    "write_clips_csv",
    "write_clips_json",
    "write_clips_page",
    "write_report_page",
    "write_results_csv",
    "write_results_json",
]
