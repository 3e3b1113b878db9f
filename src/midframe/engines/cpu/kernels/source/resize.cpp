// Enlarging pixels with channels last.
#include <vector>

#include "motion.h"
#include "threads.h"

using namespace midframe;

// Bilinear, pixel areas aligned: (rows, columns, channels) to (rows × factor, columns × factor, channels), where output
// rows are `pitch` pixels apart.
MIDFRAME_KERNEL void midframe_enlarge(const float* source, int64_t rows, int64_t columns, int64_t channels,
                                      int64_t factor, float* output, int64_t pitch, int threads) {
    Taps taps;
    for (int64_t x = 0; x < columns * factor; ++x) {
        taps.push_back(tap_at(static_cast<float>(x), static_cast<float>(factor), columns));
    }
    const PerThread<std::vector<float>> lines(threads);
    parallel_for(rows * factor, threads, [&](int64_t y, int thread) {
        // The pixel beyond the edge repeats it.
        std::vector<float>& line = lines[thread];
        line.resize(static_cast<std::size_t>((columns + 1) * channels));
        const Tap down = tap_at(static_cast<float>(y), static_cast<float>(factor), rows);
        const float* const above = source + down.first * columns * channels;
        const float* const below = source + smaller(down.first + 1, rows - 1) * columns * channels;
        for (int64_t i = 0; i < columns * channels; ++i) line[i] = above[i] + down.weight * (below[i] - above[i]);
        for (int64_t i = columns * channels; i < (columns + 1) * channels; ++i) line[i] = line[i - channels];
        float* pixel = output + y * pitch * channels;
        for (const Tap tap : taps) {
            const float* const from = line.data() + tap.first * channels;
            for (int64_t i = 0; i < channels; ++i) pixel[i] = from[i] + tap.weight * (from[channels + i] - from[i]);
            pixel += channels;
        }
    });
}
