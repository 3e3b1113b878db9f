"""What a benchmark measures, and the figures."""

from __future__ import annotations

import statistics
from dataclasses import asdict, dataclass, field
from typing import Any

from midframe.engines.options import AUTO, EngineOptions, Precision, Provider, Quality

FORMAT = "midframe-benchmark"
"""What the JSON begins with."""

SCHEMA = 1
"""Raised when a name in the JSON changes its meaning or disappears."""

BUSY = 0.1
"""Share of the processor time of all cores from which other programs count as a disturbance."""


@dataclass(frozen=True)
class Size:
    """A size of frames in pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}×{self.height}"

    @property
    def pixels(self) -> int:
        """Pixels of a frame."""
        return self.width * self.height


@dataclass(frozen=True)
class Setting:
    """One way to run the network.

    Attributes:
        device: Name of a single device.
        engine: Name of an engine.
        precision: See `midframe.engines.options.Precision`.
        quality: See `midframe.engines.options.Quality`.
        provider: See `midframe.engines.options.Provider`.
    """

    device: str
    engine: str
    precision: Precision = "exact"
    quality: Quality = "default"
    provider: Provider = "auto"

    def __str__(self) -> str:
        return f"{self.device}, engine {self.engine_words}, {self.precision}, quality {self.quality}"

    @property
    def engine_words(self) -> str:
        """The engine, with its provider if that was chosen."""
        return self.engine if self.provider == AUTO else f"{self.engine} ({self.provider})"

    def options(self, given: EngineOptions) -> EngineOptions:
        """Options of an engine, with everything else as given."""
        return EngineOptions(
            **{
                **vars(given),
                "device": self.device,
                "engine": self.engine,
                "precision": self.precision,
                "quality": self.quality,
                "provider": self.provider,
            }
        )


@dataclass(frozen=True)
class Measurement:
    """A setting at one size.

    Attributes:
        size: Size of the frames.
        seconds: Time of each interpolated frame: encoding the right frame of a pair, interpolating half-way, and
            converting the result to 8 bit.
        start_seconds: From the start of the process to its first frame; None but for the first size.
        memory: Peak of the process in bytes up to here, smaller sizes included.
        device_memory: Peak of the memory of a GPU in bytes; None if not known, or on the CPU.
        strips: How many strips frames are computed in to save memory.
        difference: Largest difference to the reference, in steps of 8 bit; None where it was not compared.
        mean_difference: Its mean over all samples.
    """

    size: Size
    seconds: tuple[float, ...]
    start_seconds: float | None = None
    memory: int | None = None
    device_memory: int | None = None
    strips: int = 1
    difference: float | None = None
    mean_difference: float | None = None

    @property
    def rate(self) -> float:
        """Interpolated frames per second, by the median."""
        return 1 / statistics.median(self.seconds)

    @property
    def spread(self) -> tuple[float, float]:
        """Frames per second of the slowest and of the fastest."""
        return 1 / max(self.seconds), 1 / min(self.seconds)


@dataclass(frozen=True)
class SettingResult:
    """A setting at all sizes.

    Attributes:
        setting: How the network was run.
        measurements: One for each size that was measured, the smallest first.
        skipped: Sizes that were not, with the reason in a few words.
        failure: Why there are no more, in a few words without names of files; empty if all went well.
        busy: Share of the processor time of all cores that other programs took meanwhile; None if not known.
        is_reference: Whether the others are compared with it.
    """

    setting: Setting
    measurements: tuple[Measurement, ...] = ()
    skipped: dict[Size, str] = field(default_factory=dict)
    failure: str = ""
    busy: float | None = None
    is_reference: bool = False


@dataclass(frozen=True)
class BenchmarkReport:
    """A benchmark, with nothing that says whose machine it was.

    Attributes:
        machine: Facts about machine and software, by what they are called.
        model: The network in words.
        model_sha256: SHA-256 of its weights.
        frames: What was interpolated, in words.
        results: One for each setting, in the order in which they were measured.
        missing: Settings for which there was no time.
    """

    machine: dict[str, str]
    model: str
    model_sha256: str
    frames: str
    results: tuple[SettingResult, ...]
    missing: tuple[Setting, ...] = ()

    @property
    def busy(self) -> float | None:
        """The largest share of other programs in any of the results; None if not known."""
        known = [result.busy for result in self.results if result.busy is not None]
        return max(known, default=None)

    def to_json(self) -> dict[str, Any]:
        """All figures, for `midframe.text.json_text`."""
        return {
            "format": FORMAT,
            "schema": SCHEMA,
            "machine": self.machine,
            "model": self.model,
            "model_sha256": self.model_sha256,
            "frames": self.frames,
            "results": [
                {
                    **asdict(result.setting),
                    "is_reference": result.is_reference,
                    "busy": result.busy,
                    "failure": result.failure,
                    "skipped": {str(size): reason for size, reason in result.skipped.items()},
                    "sizes": [
                        {**asdict(measurement), "frames_per_second": measurement.rate}
                        for measurement in result.measurements
                    ],
                }
                for result in self.results
            ],
            "missing": list(map(asdict, self.missing)),
        }
