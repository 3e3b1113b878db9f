"""Generate a clip with a pipeline of diffusers, give it another frame rate, and write it as a video.

The pipeline is Wan's, with modules so small that it runs in a second on a CPU; their weights are random, so the clip is
noise. A real one comes from WanPipeline.from_pretrained(...), and everything after it is the same.
It needs diffusers and transformers: pip install diffusers transformers
"""

import argparse
import sys

import midframe

try:
    import torch
    from diffusers import AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanPipeline, WanTransformer3DModel
except ImportError:
    sys.exit("This example needs diffusers and transformers: pip install diffusers transformers")

MODEL_RATE = 16
"""Frames per second that Wan is trained at."""


def tiny_pipeline() -> WanPipeline:
    torch.manual_seed(0)
    pipeline = WanPipeline(
        tokenizer=None,
        text_encoder=None,
        vae=AutoencoderKLWan(base_dim=4, z_dim=16, dim_mult=[1, 1, 1, 1], num_res_blocks=1),
        scheduler=FlowMatchEulerDiscreteScheduler(),
        transformer=WanTransformer3DModel(
            num_attention_heads=2, attention_head_dim=12, text_dim=32, ffn_dim=32, num_layers=2, rope_max_seq_len=32
        ),
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def run(output: str) -> None:
    pipeline = tiny_pipeline()
    # Stands for prompt="a boat on a lake", which takes a text encoder of several gigabytes.
    words = torch.zeros(1, 8, 32)
    request = {"prompt_embeds": words, "negative_prompt_embeds": words, "num_inference_steps": 2}
    with midframe.Interpolator.load() as interpolator:
        for kind in ("pil", "np", "pt"):
            frames = pipeline(**request, height=48, width=64, num_frames=9, output_type=kind).frames[0]
            smooth = interpolator.retime(frames, fps=MODEL_RATE, to_fps=24)
            print(f"{kind}: {type(smooth).__name__} of {len(frames)} frames, now {len(smooth)}")
    summary = midframe.export_video(smooth, output, fps=24)
    print(f"{summary.outputs} frames in {summary.output}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", nargs="?", default="boat.mp4", help="video to write (default: %(default)s)")
    chosen = parser.parse_args()
    try:
        run(chosen.output)
    except midframe.MidframeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
