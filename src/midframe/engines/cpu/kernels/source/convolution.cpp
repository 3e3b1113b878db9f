#include "convolution.h"
#include "threads.h"

namespace midframe {
namespace {

template <int KERNEL, int STRIDE>
void convolve(const Convolution& layer, const float* input, int64_t input_pitch, float* output, int64_t output_pitch,
              int64_t rows, int64_t columns, int threads) {
    // Short pieces of a row keep the input pieces in the first-level cache while all panels pass over them.
    const int64_t piece = 8 * TILE_ROWS, pieces = divide_up(columns, piece);
    parallel_for(rows * pieces, 4, threads, [&](int64_t item, int) {
        const int64_t y = item / pieces, x = item % pieces * piece;
        const float* input_rows[KERNEL];
        for (int row = 0; row < KERNEL; ++row) {
            input_rows[row] = input + ((y * STRIDE + row) * input_pitch + x * STRIDE) * layer.inputs;
        }
        convolve_row<KERNEL, STRIDE>(layer, input_rows, output + (y * output_pitch + x) * layer.outputs,
                                     smaller(piece, columns - x));
    });
}

}  // namespace
}  // namespace midframe

using namespace midframe;

// 3 × 3, stride 2. `input` is the corner of the zero border, one pixel above and left of the first pixel; pitches count
// pixels. Writes rows × columns pixels from `output` on.
MIDFRAME_KERNEL void midframe_convolve_strided(const Convolution* layer, const float* input, int64_t input_pitch,
                                               float* output, int64_t output_pitch, int64_t rows, int64_t columns,
                                               int threads) {
    convolve<3, 2>(*layer, input, input_pitch, output, output_pitch, rows, columns, threads);
}

// 2 × 2, stride 1: one output for every corner between input pixels, those on the edge included.
MIDFRAME_KERNEL void midframe_convolve_corners(const Convolution* layer, const float* input, int64_t input_pitch,
                                               float* output, int64_t output_pitch, int64_t rows, int64_t columns,
                                               int threads) {
    convolve<2, 1>(*layer, input, input_pitch, output, output_pitch, rows, columns, threads);
}

MIDFRAME_KERNEL int midframe_lanes() { return LANES; }
