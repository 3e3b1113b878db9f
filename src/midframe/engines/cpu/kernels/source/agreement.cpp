// Where two warped frames agree. midframe/engines/agreement.py has the rule, and is what this is tested against.
#include <algorithm>
#include <cmath>

#include "cells.h"
#include "threads.h"

namespace midframe {
namespace {

// Rows of cells that a thread takes at a time.
constexpr int64_t ROWS = 4;

// Flow in the middles of cells.
class CellFlow {
public:
    CellFlow(const Estimate* estimates, int64_t count, FlowSum summed, int64_t height, int64_t width, int64_t columns)
        : estimates_(estimates), count_(count), summed_(summed), height_(height), width_(width) {
        for (int64_t i = summed.estimates; i < count; ++i) {
            taps_.push_back(cell_taps(estimates[i], columns, width));
        }
    }

    // A row of them: to the left frame and to the right one, in pixels.
    std::vector<Vector4> row(int64_t y, int64_t columns) const {
        const int64_t place = cell_middle(y, height_);
        std::vector<Vector4> flow(static_cast<std::size_t>(columns)), line;
        if (summed_.estimates) {
            for (int64_t x = 0; x < columns; ++x) {
                flow[x] = load<Vector4>(summed_.flow + (place * width_ + cell_middle(x, width_)) * 4);
            }
        }
        for (int64_t i = summed_.estimates; i < count_; ++i) {
            const Estimate& estimate = estimates_[i];
            const Taps& taps = taps_[static_cast<std::size_t>(i - summed_.estimates)];
            add_sampled_row<Vector4>(estimate, static_cast<float>(place), taps.data(), columns, estimate.gain, line,
                                     flow.data());
        }
        return flow;
    }

private:
    const Estimate* estimates_;
    int64_t count_;
    FlowSum summed_;
    int64_t height_, width_;
    std::vector<Taps> taps_;
};

// Combines the values of a window of (2 · margin + 1)² around each cell of row y; beyond the border, it repeats.
template <typename V, typename Combine>
void around(const Agreement& agreement, const float* values, int64_t y, int64_t margin, std::vector<V>& line, V* output,
            Combine combine) {
    const int64_t columns = agreement.columns, lanes = sizeof(V) / sizeof(float);
    line.resize(static_cast<std::size_t>(columns + 2 * margin));
    V* const inside = line.data() + margin;
    for (int64_t i = -margin; i <= margin; ++i) {
        const float* const row = values + smaller(larger(y + i, 0), agreement.rows - 1) * columns * lanes;
        for (int64_t x = 0; x < columns; ++x) {
            const V value = load<V>(row + x * lanes);
            inside[x] = i == -margin ? value : combine(inside[x], value);
        }
    }
    std::fill(line.data(), inside, inside[0]);
    std::fill(inside + columns, inside + columns + margin, inside[columns - 1]);
    std::copy(line.data(), line.data() + columns, output);
    for (int64_t i = 1; i <= 2 * margin; ++i) {
        const V* const from = line.data() + i;
        for (int64_t x = 0; x < columns; ++x) output[x] = combine(output[x], from[x]);
    }
}

}  // namespace
}  // namespace midframe

using namespace midframe;

// Means of cells of a view (rows, columns, 3): (cell rows, cell columns, 4), the fourth zero. Cells that reach beyond
// the border repeat it.
MIDFRAME_KERNEL void midframe_cell_means(const float* view, int64_t rows, int64_t columns, float* means, int threads) {
    const int64_t cell_rows = divide_up(rows, CELL), cell_columns = divide_up(columns, CELL);
    const PerThread<std::vector<float>> all_sums(threads);
    parallel_for(cell_rows, ROWS, threads, [&](int64_t y, int thread) {
        std::vector<float>& sums = all_sums[thread];
        sums.resize(static_cast<std::size_t>(cell_columns * CELL * 3));
        for (int64_t i = 0; i < CELL; ++i) {
            const float* const line = view + smaller(y * CELL + i, rows - 1) * columns * 3;
            if (i == 0) {
                std::copy(line, line + columns * 3, sums.begin());
            } else {
                for (int64_t x = 0; x < columns * 3; ++x) sums[x] += line[x];
            }
        }
        for (int64_t x = columns * 3; x < cell_columns * CELL * 3; ++x) sums[x] = sums[x - 3];
        for (int64_t x = 0; x < cell_columns; ++x) {
            const float* pixel = sums.data() + x * CELL * 3;
            Vector4 sum = {};
            for (int64_t i = 0; i < CELL; ++i, pixel += 3) sum += Vector4{pixel[0], pixel[1], pixel[2], 0.0f};
            store(means + (y * cell_columns + x) * 4, sum * (1.0f / (CELL * CELL)));
        }
    });
}

// Which share of the mask's distance from 1 - time is kept, (rows, columns) of cells. Height and width are those that
// the estimates are enlarged to; `scratch` has room for 6 floats a cell.
MIDFRAME_KERNEL void midframe_mask_share(const Agreement* agreement, const Estimate* estimates, int64_t count,
                                         const FlowSum* summed, int64_t height, int64_t width, float* scratch,
                                         float* share, int threads) {
    const int64_t rows = agreement->rows, columns = agreement->columns;
    float* const differences = scratch;                     // (rows, columns, 4)
    float* const distances = scratch + 4 * rows * columns;  // from frame to frame, squared
    float* const squares = scratch + 5 * rows * columns;    // of what differs after warping
    const WarpedCells left(*agreement, agreement->left), right(*agreement, agreement->right);
    const CellFlow flows(estimates, count, *summed, height, width, columns);
    parallel_for(rows, ROWS, threads, [&](int64_t y, int) {
        const std::vector<Vector4> row = flows.row(y, columns);
        for (int64_t x = 0; x < columns; ++x) {
            const Vector4 flow = row[x];
            const float across = flow[0] - flow[2], down = flow[1] - flow[3];
            const float distance = across * across + down * down;
            distances[y * columns + x] = distance > 0 ? distance : 0.0f;  // NaN is none
            const Vector4 target = flow * (1.0f / CELL) + Vector4{static_cast<float>(x), static_cast<float>(y),
                                                                  static_cast<float>(x), static_cast<float>(y)};
            store(differences + (y * columns + x) * 4,
                  left.at(target[0], target[1]) - right.at(target[2], target[3]));
        }
    });
    struct Workspace {
        std::vector<Vector4> line, sums;
        std::vector<float> values, square, longest;
    };
    const PerThread<Workspace> workspaces(threads);
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.sums.resize(static_cast<std::size_t>(columns));
        around(*agreement, differences, y, 1, workspace.line, workspace.sums.data(),
               [](Vector4 a, Vector4 b) { return a + b; });
        for (int64_t x = 0; x < columns; ++x) {
            const Vector4 mean = workspace.sums[x] * (1.0f / 9);
            squares[y * columns + x] = (mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]) * (1.0f / 3);
        }
    });
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.square.resize(static_cast<std::size_t>(columns));
        workspace.longest.resize(static_cast<std::size_t>(columns));
        around(*agreement, squares, y, 1, workspace.values, workspace.square.data(),
               [](float a, float b) { return a + b; });
        around(*agreement, distances, y, agreement->around / 2, workspace.values, workspace.longest.data(),
               [](float a, float b) { return a < b ? b : a; });
        for (int64_t x = 0; x < columns; ++x) {
            const float root = std::sqrt(workspace.square[x] * (1.0f / 9)), longest = workspace.longest[x];
            share[y * columns + x] = root / (root + agreement->tolerance) *
                                     (longest / (longest + agreement->moving * agreement->moving));
        }
    });
}
