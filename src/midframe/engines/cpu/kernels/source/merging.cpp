// Several motions of one frame merged by how far each is to be trusted, and masks balanced at every pixel.
#include <algorithm>
#include <cmath>

#include "balance.h"
#include "sigmoid.h"
#include "threads.h"

namespace midframe {
namespace {

// What a thread works out of a row: cells, enlarged down, and weights of the left frame.
struct Line {
    std::vector<float> cells, weights;
};

constexpr float LEAST_WEIGHT = 1e-6f;  // weights of a frame are kept so far from 0 and 1 before they become logits

float logit(float weight) {
    const float kept = std::min(std::max(weight, LEAST_WEIGHT), 1.0f - LEAST_WEIGHT);
    return std::log(kept / (1.0f - kept));
}

}  // namespace
}  // namespace midframe

using namespace midframe;

// A motion, (height, width, 4) and (height, width), that was estimated with the frames exchanged, or on frames of
// `mirrored` columns that were mirrored left to right (0 if they were not), as a motion of the frames themselves. What
// lies right of the mirrored columns is padding and stays there.
MIDFRAME_KERNEL void midframe_turn_motion(const float* flow, const float* mask, int64_t height, int64_t width,
                                          int64_t mirrored, int exchanged, float* turned_flow, float* turned_mask,
                                          int threads) {
    parallel_for(height, threads, [&](int64_t y, int) {
        for (int64_t x = 0; x < width; ++x) {
            const int64_t from = y * width + (x < mirrored ? mirrored - 1 - x : x), to = y * width + x;
            Vector4 vector = load<Vector4>(flow + from * 4);
            if (mirrored) vector *= Vector4{-1.0f, 1.0f, -1.0f, 1.0f};
            if (exchanged) vector = Vector4{vector[2], vector[3], vector[0], vector[1]};
            store(turned_flow + to * 4, vector);
            turned_mask[to] = exchanged ? -mask[from] : mask[from];
        }
    });
}

// Add a motion to a weighted sum: flow (height, width, 4), weights of the left frame and total weight (height, width)
// each. The share of `trust` is the motion's weight by cells. The first motion overwrites what is there.
MIDFRAME_KERNEL void midframe_add_motion(const float* flow, const float* mask, int64_t height, int64_t width,
                                         const Balance* trust, int first, float* flow_sum, float* weight_sum,
                                         float* total, int threads) {
    const EnlargedCells cells(*trust, width);
    const PerThread<Line> lines(threads);
    parallel_for(height, threads, [&](int64_t y, int thread) {
        std::vector<float>& line = lines[thread].cells;
        std::vector<float>& weights = lines[thread].weights;
        weights.resize(static_cast<std::size_t>(divide_up(width, 8) * 8));
        std::copy(mask + y * width, mask + (y + 1) * width, weights.begin());
        weigh_row(weights.data(), width);
        cells.row(y, line, [&](std::size_t x, float share) {
            const int64_t pixel = y * width + static_cast<int64_t>(x);
            Vector4 sum = load<Vector4>(flow + pixel * 4) * share;
            float weight = weights[x] * share, whole = share;
            if (!first) {
                sum += load<Vector4>(flow_sum + pixel * 4);
                weight += weight_sum[pixel];
                whole += total[pixel];
            }
            store(flow_sum + pixel * 4, sum);
            weight_sum[pixel] = weight;
            total[pixel] = whole;
        });
    });
}

// Weighted sums of `pixels` pixels become means, in place; weights of the left frame become logits.
MIDFRAME_KERNEL void midframe_mean_motion(float* flow_sum, float* weight_sum, const float* total, int64_t pixels,
                                          int threads) {
    constexpr int64_t PART = 4096;
    parallel_for(divide_up(pixels, PART), threads, [&](int64_t part, int) {
        for (int64_t i = part * PART; i < smaller((part + 1) * PART, pixels); ++i) {
            store(flow_sum + i * 4, load<Vector4>(flow_sum + i * 4) / total[i]);
            weight_sum[i] = logit(weight_sum[i] / total[i]);
        }
    });
}

// A motion, flow (height, width, 4) and mask logits (height, width), balanced in place.
MIDFRAME_KERNEL void midframe_balance_motion(const Balance* balance, float* flow, float* mask, int64_t height,
                                             int64_t width, int threads) {
    const EnlargedCells shares(*balance, width);
    const bool some_still = balance->moving;
    const EnlargedCells moving(some_still ? moving_of(*balance) : Balance{}, some_still ? width : 0);
    const PerThread<Line> lines(threads);
    parallel_for(height, threads, [&](int64_t y, int thread) {
        std::vector<float>& line = lines[thread].cells;
        std::vector<float>& weights = lines[thread].weights;
        if (some_still) {
            moving.row(y, line, [&](std::size_t x, float share) {
                float* const vector = flow + (y * width + static_cast<int64_t>(x)) * 4;
                store(vector, load<Vector4>(vector) * share);
            });
        }
        weights.resize(static_cast<std::size_t>(divide_up(width, 8) * 8));
        float* const row = mask + y * width;
        std::copy(row, row + width, weights.begin());
        weigh_row(weights.data(), width);
        balance_row(shares, balance->time_weight, y, weights.data(), line);
        std::transform(weights.begin(), weights.begin() + width, row, logit);
    });
}
