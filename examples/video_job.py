"""Plan, preview and run a video job, and cancel it from another thread.

Usage: python video_job.py INPUT OUTPUT [SECONDS]

SECONDS is when the job is cancelled; without it, the job runs to its end.
"""

import sys
import threading

import midframe


def show(event: midframe.Event) -> None:
    """Print how far the job is, and that a preview has come."""
    if isinstance(event, midframe.Advanced) and event.stage == "write":
        print(f"{event.done} frames written")
    elif isinstance(event, midframe.FramePreview):
        print(f"preview of frame {event.number}: {event.image.shape}")


def main(source: str, output: str, seconds: float | None = None) -> None:
    job = midframe.Job(source, output, factor=2)
    print(job.plan())
    cancel = midframe.CancelToken()
    with midframe.Session(midframe.EngineOptions(quality="fast")) as session:
        print(session.preview(job, pair=1, time="1/2"))
        timer = threading.Timer(seconds, cancel.cancel) if seconds is not None else None
        if timer:
            timer.start()
        try:
            print(session.run(job, on_event=show, cancel=cancel, preview_interval=1.0))
        except midframe.CancelledError as stopped:
            print(stopped)


if __name__ == "__main__":
    source, output, *seconds = sys.argv[1:]
    main(source, output, *map(float, seconds))
