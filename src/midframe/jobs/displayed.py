"""What an output needs of the frames that it gets: how they are turned, and which values they show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from midframe.media.channels import ChannelOptions, channel_use
from midframe.media.converted import ConvertedSource, choose_conversion, left_out_notes, require_stack
from midframe.media.display import DisplayTransform
from midframe.media.images.codecs import codec_for_suffix, codec_named
from midframe.media.images.tiff.single_image import TIFF_SUFFIXES
from midframe.media.output_plan import output_codec
from midframe.media.protocols import FrameInput
from midframe.runtime.view_fitting import fit_view


@dataclass(frozen=True)
class Displayed:
    """A source as an output shows it.

    Attributes:
        source: The source; the one that was given where nothing is to be done.
        notes: Sentences for the user.
        channels: What the caller says about the channels that are left.
    """

    source: FrameInput
    notes: tuple[str, ...]
    channels: ChannelOptions


def displayed(
    source: FrameInput,
    output: Path,
    name: str | None,
    transform: DisplayTransform,
    channels: ChannelOptions,
    *,
    timed: bool,
) -> Displayed:
    """The source with its frames as the output shows them; itself where nothing is to be done.

    Args:
        source: The open input.
        output: Folder or file of the output, or what stands for a pipe.
        name: Name pattern of the files in a folder.
        transform: How frames become display values.
        channels: What the caller says about channels.
        timed: Whether the output is a video or a pipe.

    Raises:
        OptionError: The transform is not one for such frames; a name that no format has.
        UnsupportedFormatError: The output cannot show such frames.
    """
    frames = source.seekable
    is_stack = not timed and output.suffix.lower() in TIFF_SUFFIXES and not output.is_dir()
    require_stack(source.format, is_stack)
    if frames is None or frames.format.coding is not None or not source.image_files:
        return Displayed(source, (), channels)
    codec = None
    if not timed:
        codec = codec_for_suffix(output.suffix) if is_stack else output_codec(source, name)
    conversion, notes = choose_conversion(frames, codec, transform, channel_use(frames.format, channels).view, fit_view)
    own = codec_named(source.codec_name)
    if own is not None and not own.writable and codec is not None:
        notes = (f"{own.name} files are only read; the frames are written as {codec.name}.", *notes)
    target = f"{output.suffix[1:].upper() or 'a pipe'}" if codec is None else codec.name
    notes = (*notes, *left_out_notes(source, codec, target, is_stack=is_stack))
    if conversion.changes_nothing:
        return Displayed(source, notes, channels)
    # Channels that were chosen have no names any more.
    used = ChannelOptions() if conversion.makes_display_values else channels
    return Displayed(ConvertedSource(frames, conversion), notes, used)
