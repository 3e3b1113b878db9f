"""Metrics of interpolated frames: PSNR, SSIM, sharpness and temporal consistency, one home for each."""
