// Direct convolutions over channels-last pixels: 3 × 3 with stride 2, and 2 × 2 over corners.
#pragma once

#include "multiply.h"

namespace midframe {

// What a convolution is besides its input. Mirrors library.py.
struct Convolution {
    const float* weights;  // direct: [panel][kernel row][kernel column · input channel][PANEL]; winograd: see there
    const float* bias;     // [outputs]
    const float* slopes;   // [outputs], of the activation for negative values; 1 for none
    int64_t inputs;        // channels per pixel of the input, padding channels included
    int64_t outputs;       // channels per pixel of the output, a multiple of LANES
    int64_t groups;
};

// One row of output pixels. KERNEL consecutive pixels of a row are contiguous, so each kernel row is one product.
template <int KERNEL, int STRIDE, int REGISTERS>
struct RowConvolution {
    const Convolution& layer;
    const float* const* input_rows;  // KERNEL pointers to the first pixel that the first output pixel sees
    float* output;                   // first output pixel; pixels are layer.outputs apart
    int64_t panel;

    template <int ROWS>
    inline __attribute__((always_inline)) void run(int64_t first) const {
        const int64_t depth = KERNEL * layer.inputs, step = STRIDE * layer.inputs, channel = panel * PANEL;
        Vector sums[ROWS][REGISTERS], slopes[REGISTERS];
        for (int i = 0; i < REGISTERS; ++i) {
            const Vector bias = load<Vector>(layer.bias + channel + i * LANES);
            for (int r = 0; r < ROWS; ++r) sums[r][i] = bias;
        }
        for (int row = 0; row < KERNEL; ++row) {
            multiply<ROWS>(input_rows[row] + first * step, step, layer.weights + (panel * KERNEL + row) * depth * PANEL,
                           depth, sums);
        }
        for (int i = 0; i < REGISTERS; ++i) slopes[i] = load<Vector>(layer.slopes + channel + i * LANES);
        for (int r = 0; r < ROWS; ++r) {
            float* pixel = output + (first + r) * layer.outputs + channel;
            for (int i = 0; i < REGISTERS; ++i) store(pixel + i * LANES, activate(sums[r][i], slopes[i]));
        }
    }
};

template <int KERNEL, int STRIDE>
void convolve_row(const Convolution& layer, const float* const* input_rows, float* output, int64_t pixels) {
    for (int64_t panel = 0; panel * PANEL < layer.outputs; ++panel) {
        if (panel * PANEL + LANES < layer.outputs)
            for_row_tiles(pixels, RowConvolution<KERNEL, STRIDE, 2>{layer, input_rows, output, panel});
        else
            for_row_tiles(pixels, RowConvolution<KERNEL, STRIDE, 1>{layer, input_rows, output, panel});
    }
}

}  // namespace midframe
