"""The engine of Vulkan devices: convolutions by ncnn, all else by the CPU kernels."""
