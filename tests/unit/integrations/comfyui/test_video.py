from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from tests.support.clips import frame_hashes, packets, times, write_clip
from tests.support.comfyui import ComfyUI

import midframe
from midframe.errors import InputError, OptionError, UnknownModelError

RATE = Fraction(16)


@pytest.fixture
def engine(comfyui: ComfyUI) -> midframe.EngineOptions:
    return midframe.EngineOptions(comfyui.add_checkpoint(), "cpu", quality="fast", threads=1)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", 6, RATE, sound=True)


def interpolated(comfyui: ComfyUI, video: Any, engine: midframe.EngineOptions, **options: Any) -> tuple[Path, str]:
    """The file of the result, and the report."""
    module = comfyui.module("video")
    given = {"factor": 2.0, "fps": "", "codec": "auto", **options}
    result = module.interpolate_video(video, module.VideoOptions.of(engine, **given))
    made, report = result.values
    assert isinstance(made, comfyui.videos.VideoFromFile)
    path = Path(made.file)
    assert result.shown["images"] == [{"filename": path.name, "subfolder": "", "type": "temp"}]
    assert comfyui.temporary_files() == [path.name]
    return path, report


def components(comfyui: ComfyUI, images: Any, **more: Any) -> Any:
    videos = comfyui.videos
    return videos.VideoFromComponents(videos.VideoComponents(images, RATE, **more))


def pictures(count: int = 6) -> torch.Tensor:
    """A bar that moves by two pixels a frame."""
    images = torch.full((count, 48, 64, 3), 0.2)
    for number in range(count):
        images[number, :, 2 * number : 2 * number + 12] = torch.tensor([0.9, 0.5, 0.1])
    return images


def test_a_file_gives_what_the_job_gives(comfyui: ComfyUI, engine: Any, clip: Path, tmp_path: Path) -> None:
    path, report = interpolated(comfyui, comfyui.videos.VideoFromFile(str(clip)), engine, fps="24", cuts="off")
    expected = tmp_path / "expected.mp4"
    midframe.run(clip, expected, engine=engine, fps=24, cuts="off")
    assert frame_hashes(path) == frame_hashes(expected)
    assert times(path) == [Fraction(number, 24) for number in range(9)]
    assert packets(path, "audio") == packets(clip, "audio")
    assert report.startswith("6 → 9 frames: ")
    assert comfyui.utils.shown[-1][:2] == (9, 9)


def test_a_part_of_a_file(comfyui: ComfyUI, engine: Any, clip: Path) -> None:
    video = comfyui.videos.VideoFromFile(str(clip), start_time=0.125, duration=0.1875)
    path, _ = interpolated(comfyui, video, engine)
    assert len(times(path)) == 6


def test_a_file_in_memory(comfyui: ComfyUI, engine: Any, clip: Path) -> None:
    path, _ = interpolated(comfyui, comfyui.videos.VideoFromFile(io.BytesIO(clip.read_bytes())), engine)
    assert len(times(path)) == 12


def test_a_video_that_was_cut_to_size_is_taken_as_frames(comfyui: ComfyUI, engine: Any, clip: Path) -> None:
    class Cropped(comfyui.videos.VideoFromFile):  # type: ignore[name-defined, misc] # a module loaded at run time
        def get_dimensions(self) -> tuple[int, int]:
            return 32, 32

        def get_components(self) -> Any:
            return comfyui.videos.VideoComponents(pictures(3)[:, :32, :32], RATE)

    path, report = interpolated(comfyui, Cropped(str(clip)), engine)
    assert report.startswith("3 → 6 frames")
    with av.open(str(path)) as container:
        assert container.streams.video[0].width == 32


def test_frames_in_memory(comfyui: ComfyUI, engine: Any) -> None:
    images = pictures()
    path, report = interpolated(comfyui, components(comfyui, images), engine, fps="24", codec="ffv1", cuts="off")
    assert path.suffix == ".mkv"
    assert report.startswith("6 → 9 frames: 5 frames interpolated.")
    made = list(midframe.read_frames(path))
    assert len(made) == 9
    full = 255 if made[0].dtype == np.uint8 else 65535
    for number in range(3):
        given = np.rint(images[2 * number].numpy() * full)
        assert np.array_equal(made[3 * number], given), "the frames that were given are stored without loss"
    assert comfyui.utils.shown[-1][:2] == (9, 9)


def test_frames_with_sound(comfyui: ComfyUI, engine: Any) -> None:
    audio = {"waveform": torch.rand(1, 2, 48000) - 0.5, "sample_rate": 48000}
    path, _ = interpolated(comfyui, components(comfyui, pictures(), audio=audio), engine)
    with av.open(str(path)) as container:
        (sound,) = container.streams.audio
        assert sound.duration is not None
        assert sound.time_base is not None
        assert float(sound.duration * sound.time_base) == pytest.approx(6 / 16, abs=0.03)
    assert len(times(path)) == 12


def test_slow_motion(comfyui: ComfyUI, engine: Any) -> None:
    audio = {"waveform": torch.zeros(1, 1, 48000), "sample_rate": 48000}
    path, report = interpolated(comfyui, components(comfyui, pictures(), audio=audio), engine, slowmo=True)
    assert report.endswith("The sound is left out of slow motion.")
    assert times(path)[1] == 1 / RATE
    with av.open(str(path)) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("codec", "pixels"), [("auto", "yuv420p"), ("h265", "yuv420p10le"), ("prores", "yuv422p10le"), ("ffv1", "gbrp16le")]
)
def test_depth_of_generated_frames(codec: str, pixels: str, comfyui: ComfyUI, engine: Any) -> None:
    path, _ = interpolated(comfyui, components(comfyui, pictures(3)), engine, codec=codec)
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == pixels


def test_alpha(comfyui: ComfyUI, engine: Any) -> None:
    images = torch.cat([pictures(), torch.full((6, 48, 64, 1), 0.5)], -1)
    path, _ = interpolated(comfyui, components(comfyui, images), engine, codec="ffv1")
    first = next(iter(midframe.read_frames(path)))
    assert first.shape == (48, 64, 4)


def test_a_file_in_the_output_folder(comfyui: ComfyUI, engine: Any) -> None:
    module = comfyui.module("video")
    options = module.VideoOptions.of(engine, 2.0, "", "prores")
    for number in (1, 2):
        result = module.interpolate_video(components(comfyui, pictures()), options, "clips/%width%")
        message = {"filename": f"64_0000{number}_.mov", "subfolder": "clips", "type": "output"}
        assert result.shown["images"] == [message]
        assert (comfyui.base / "output" / "clips" / message["filename"]).exists()
    assert comfyui.temporary_files() == []
    with pytest.raises(Exception, match="outside the output folder"):
        module.interpolate_video(components(comfyui, pictures()), options, "../../x")


def test_wrong_inputs_leave_nothing(comfyui: ComfyUI, engine: Any, tmp_path: Path) -> None:
    module = comfyui.module("video")
    with pytest.raises(OptionError, match="`fps`"):
        module.VideoOptions.of(engine, 2.0, "fast", "auto")
    options = module.VideoOptions.of(midframe.EngineOptions(tmp_path / "missing.pkl"), 2.0, "", "auto")
    with pytest.raises(UnknownModelError):
        module.interpolate_video(components(comfyui, pictures()), options)
    with pytest.raises(OptionError, match="`video` has a single frame"):
        interpolated(comfyui, components(comfyui, pictures(1)), engine)
    short = write_clip(tmp_path / "short.mp4", 1)
    with pytest.raises(InputError):
        interpolated(comfyui, comfyui.videos.VideoFromFile(str(short)), engine)
    assert comfyui.temporary_files() == []


@pytest.mark.parametrize("content", [b"", b"no video at all", None])
def test_broken_files_are_explained(content: bytes | None, comfyui: ComfyUI, engine: Any, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    whole = write_clip(tmp_path / "clip.mp4", 6).read_bytes()
    broken.write_bytes(whole[: len(whole) // 2] if content is None else content)
    with pytest.raises(InputError, match=r"broken\.mp4") as caught:
        interpolated(comfyui, comfyui.videos.VideoFromFile(str(broken)), engine)
    assert "Errno" not in str(caught.value)
    assert comfyui.temporary_files() == []


def test_what_midframe_can_read_keeps_the_error_of_comfyui(comfyui: ComfyUI, engine: Any, clip: Path) -> None:
    class Failing(comfyui.videos.VideoFromFile):  # type: ignore[name-defined, misc] # a module loaded at run time
        def get_dimensions(self) -> tuple[int, int]:
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        interpolated(comfyui, Failing(str(clip)), engine)


def test_an_interruption_leaves_nothing(comfyui: ComfyUI, engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = midframe.Session.run

    def interrupted(*arguments: Any, **options: Any) -> Any:
        comfyui.management.interrupt_current_processing()
        return run(*arguments, **options)

    monkeypatch.setattr(midframe.Session, "run", interrupted)
    module = comfyui.module("video")
    with pytest.raises(comfyui.management.InterruptProcessingException):
        module.interpolate_video(components(comfyui, pictures(200)), module.VideoOptions.of(engine, 32.0, "", "auto"))
    assert comfyui.temporary_files() == []
