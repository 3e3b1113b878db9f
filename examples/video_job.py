"""Run a job from a program: look at its plan, show its progress, cancel it, and report what went wrong.

Without arguments it doubles the frame rate of a short clip, which is downloaded with the first run.
"""

import argparse
import signal
import sys
import threading

import midframe


def show(event: midframe.Event) -> None:
    """Print what a window would show. Events come from several threads, one call at a time."""
    if isinstance(event, midframe.Advanced) and event.stage == "write":
        if event.done % 24 == 0:
            print(f"{event.done} frames written")
    elif isinstance(event, midframe.FramePreview):
        print(f"frame {event.number} to look at, {event.image.shape}")
    elif isinstance(event, midframe.Notice):
        print(event.text)


def run(source: str | None, output: str, seconds: float | None) -> None:
    cancel = midframe.CancelToken()  # works from any thread: of a button, a timer, a web server
    signal.signal(signal.SIGINT, lambda *_: cancel.cancel())  # Ctrl+C
    timer = threading.Timer(seconds or 0, cancel.cancel)
    job = midframe.Job(source or midframe.demo_clip("carphone_pristine"), output, factor=2, resume=True)
    with midframe.Session(midframe.EngineOptions(quality="fast")) as session:
        plan = session.plan(job)
        print(f"{plan.sources} frames become {plan.outputs}, in about {plan.seconds or 0:.0f} s on {plan.device}")
        if seconds is not None:
            timer.start()
        try:
            summary = session.run(job, on_event=show, cancel=cancel, preview_interval=1.0)
        finally:
            timer.cancel()
    print(f"{summary.synthesised} of the {summary.outputs} frames in {summary.output} are new")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", help="video; a short clip if there is none")
    parser.add_argument("-o", "--output", default="smooth.mp4", help="video to write (default: %(default)s)")
    parser.add_argument("--cancel-after", type=float, metavar="SECONDS", help="cancel the job then")
    chosen = parser.parse_args()
    try:
        run(chosen.input, chosen.output, chosen.cancel_after)
    except midframe.CancelledError as stopped:
        print(stopped)  # says what is finished; the same job continues from there
        return 130
    except midframe.MidframeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
