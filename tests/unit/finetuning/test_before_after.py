from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from midframe.finetuning.adaptation import HeldOutExample
from midframe.finetuning.before_after import _gain_words, most_different_square, save_before_and_after


def test_the_most_different_square_square_is_found() -> None:
    before = np.zeros((256, 200, 3), np.float32)
    after = before.copy()
    after[150:160, 60:70] = 1
    rows, columns = most_different_square(before, after, 96)
    assert rows.start <= 150
    assert rows.stop >= 160
    assert columns.start <= 60
    assert columns.stop >= 70
    assert most_different_square(before[:40, :50], after[:40, :50], 96) == (slice(0, 40), slice(0, 50))


def test_a_sheet_has_a_row_for_each_example(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    examples = [
        HeldOutExample("a", index, *(rng.random((128, 160, 3), np.float32) for _ in range(3))) for index in (3, 9)
    ]
    save_before_and_after(examples, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width >= 3 * 96 * 3
        assert sheet.height >= 2 * 96 * 3


def test_the_gain_stands_in_the_label() -> None:
    truth = np.zeros((4, 4, 3), np.float32)
    far, near = truth + np.float32(0.2), truth + np.float32(0.1)

    assert _gain_words(HeldOutExample("clip", 3, truth, far, near)) == ", +6.02 dB"
    assert _gain_words(HeldOutExample("clip", 3, truth, near, far)) == ", −6.02 dB"
    assert _gain_words(HeldOutExample("clip", 3, truth, near, truth)) == ""
