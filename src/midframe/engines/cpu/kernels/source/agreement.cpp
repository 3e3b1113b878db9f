// Where two warped frames agree. midframe/engines/agreement.py has the rule, and is what this is tested against.
#include <algorithm>
#include <atomic>
#include <cmath>

#include "cells.h"
#include "light.h"
#include "threads.h"

namespace midframe {
namespace {

// Rows of cells that a thread takes at a time.
constexpr int64_t ROWS = 4;

// Flow in the middles of cells.
class CellFlow {
public:
    // `width` is that of the flow that was summed up, with padding.
    CellFlow(const Estimate* estimates, int64_t count, FlowSum summed, const Agreement& agreement, int64_t width)
        : estimates_(estimates), count_(count), summed_(summed), agreement_(agreement), width_(width) {
        for (int64_t i = summed.estimates; i < count; ++i) {
            taps_.push_back(cell_taps(estimates[i], agreement.columns, agreement.width));
        }
    }

    // A row of them: to the left frame and to the right one, in pixels.
    std::vector<Vector4> row(int64_t y) const {
        const int64_t columns = agreement_.columns, place = cell_middle(y, agreement_.height);
        std::vector<Vector4> flow(static_cast<std::size_t>(columns)), line;
        if (summed_.estimates) {
            for (int64_t x = 0; x < columns; ++x) {
                flow[x] = load<Vector4>(summed_.flow + (place * width_ + cell_middle(x, agreement_.width)) * 4);
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
    const Agreement& agreement_;
    int64_t width_;
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

// Means of cells of a view (rows, columns, 3): (cell rows, cell columns, 4), the fourth the mean of their squares. Cells
// that reach beyond the border repeat it.
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
            store(means + (y * cell_columns + x) * 4, with_square(sum * (1.0f / (CELL * CELL))));
        }
    });
}

// Around every cell of the left frame, as midframe_cell_means leaves them: mean and contrast, see light_of. Nothing is
// read of the right frame, nor of light.
MIDFRAME_KERNEL void midframe_light(const Agreement* agreement, float* light, int threads) {
    const int64_t columns = agreement->columns;
    const WindowMeans means(agreement->rows, columns, agreement->window);
    const PerThread<WindowMeans::Workspace> workspaces(threads);
    parallel_for(agreement->rows, ROWS, threads, [&](int64_t y, int thread) {
        means.row(agreement->left, nullptr, y, 0, columns, workspaces[thread], [&](int64_t x, Vector4 mean) {
            store(light + (y * columns + x) * 4, light_of(mean, agreement->least_contrast));
        });
    });
}

// Of each cell, (rows, columns): which share of the mask's distance from 1 - time is kept, which of the flow, and how
// much warped frames differ, squared, before the last mean over neighbours. `width` is that of a flow that is summed up
// already, with padding; `scratch` has room for 23 floats a cell. Returns whether flow is to be left out anywhere; only
// then, `moving` is written.
MIDFRAME_KERNEL int midframe_agree(const Agreement* agreement, const Estimate* estimates, int64_t count,
                                   const FlowSum* summed, int64_t width, float* scratch, float* share, float* moving,
                                   float* squares, int threads) {
    const int64_t rows = agreement->rows, columns = agreement->columns, cells = rows * columns;
    const auto room = [&scratch, cells](int64_t floats) {
        float* const place = scratch;
        scratch += floats * cells;
        return place;
    };
    // After warping, and as the frames are.
    float* const lefts = room(4);
    float* const rights = room(4);
    float* const differences = room(4);
    float* const differences_here = room(4);
    float* const squares_here = room(1);
    float* const inside = room(1);     // 1 where both frames' places are
    float* const distances = room(1);  // from frame to frame, squared
    float* const changes = room(1);    // of light
    float* const contrasts = room(1);  // the lesser one, squared
    float* const contrasts_here = room(1);
    float* const stillness = room(1);
    const WarpedCells left(*agreement, agreement->left), right(*agreement, agreement->right);
    const CellFlow flows(estimates, count, *summed, *agreement, width);
    const auto bottom = static_cast<float>(rows) - 0.5f, end = static_cast<float>(columns) - 0.5f;
    std::atomic<bool> changed{false};
    std::vector<char> leads_out(static_cast<std::size_t>(rows));
    parallel_for(rows, ROWS, threads, [&](int64_t y, int) {
        const std::vector<Vector4> row = flows.row(y);
        bool any = false, all_inside = true;
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t cell = y * columns + x;
            const Vector4 flow = row[x];
            const float across = flow[0] - flow[2], down = flow[1] - flow[3];
            const float distance = across * across + down * down;
            distances[cell] = distance > 0 ? distance : 0.0f;  // NaN is none
            const Vector4 target = flow * (1.0f / CELL) + Vector4{static_cast<float>(x), static_cast<float>(y),
                                                                  static_cast<float>(x), static_cast<float>(y)};
            // Cells are known by their middles, and reach half a cell further.
            inside[cell] = std::min(std::min(target[0], target[1]), std::min(target[2], target[3])) >= -0.5f &&
                                   std::max(target[0], target[2]) <= end && std::max(target[1], target[3]) <= bottom
                               ? 1.0f
                               : 0.0f;
            all_inside &= inside[cell] > 0;
            store(lefts + cell * 4, with_square(left.at(target[0], target[1])));
            store(rights + cell * 4, with_square(right.at(target[2], target[3])));
            changes[cell] = change_of_light(load<Vector4>(agreement->left_light + cell * 4),
                                            load<Vector4>(agreement->right_light + cell * 4), agreement->tolerance);
            any |= changes[cell] > 0;
        }
        if (any) changed = true;
        leads_out[static_cast<std::size_t>(y)] = !all_inside;
    });
    struct Workspace {
        std::vector<Vector4> line, sums, left_light, right_light;
        std::vector<float> values, square, square_here, longest;
        WindowMeans::Workspace window;
    };
    const PerThread<Workspace> workspaces(threads);
    const WindowMeans means(rows, columns, agreement->window);
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        for (int64_t cell = y * columns; cell < (y + 1) * columns; ++cell) {
            store(differences + cell * 4, load<Vector4>(lefts + cell * 4) - load<Vector4>(rights + cell * 4));
            if (!changed) continue;
            store(differences_here + cell * 4,
                  load<Vector4>(agreement->left + cell * 4) - load<Vector4>(agreement->right + cell * 4));
            contrasts[cell] = contrasts_here[cell] = 1.0f;
        }
        // From the first to the last cell whose light changed.
        const float* const here = changes + y * columns;
        int64_t begin = 0, end = columns;
        while (begin < end && !(here[begin] > 0)) ++begin;
        while (begin < end && !(here[end - 1] > 0)) --end;
        if (begin == end) return;
        const float* const counted = means.reaches(y, leads_out) ? inside : nullptr;
        for (auto* light : {&workspace.left_light, &workspace.right_light}) {
            light->resize(static_cast<std::size_t>(columns));
            means.row(light == &workspace.left_light ? lefts : rights, counted, y, begin, end, workspace.window,
                      [&](int64_t x, Vector4 mean) { (*light)[x] = light_of(mean, agreement->least_contrast); });
        }
        for (int64_t x = begin; x < end; ++x) {
            const int64_t cell = y * columns + x;
            const Vector4 left_light = workspace.left_light[x], right_light = workspace.right_light[x];
            const Vector4 left_here = load<Vector4>(agreement->left_light + cell * 4);
            const Vector4 right_here = load<Vector4>(agreement->right_light + cell * 4);
            const float change =
                std::min(changes[cell], change_of_light(left_light, right_light, agreement->tolerance));
            const float least = std::min(left_light[3], right_light[3]), least_here = std::min(left_here[3], right_here[3]);
            changes[cell] = change;
            contrasts[cell] = least * least;
            contrasts_here[cell] = least_here * least_here;
            store(differences + cell * 4,
                  difference_in_one_light(load<Vector4>(lefts + cell * 4), load<Vector4>(rights + cell * 4), left_light,
                                          right_light, change));
            store(differences_here + cell * 4,
                  difference_in_one_light(load<Vector4>(agreement->left + cell * 4),
                                          load<Vector4>(agreement->right + cell * 4), left_here, right_here, change));
        }
    });
    const auto add = [](auto a, auto b) { return a + b; };
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.sums.resize(static_cast<std::size_t>(columns));
        const auto square = [&](const float* values, float* to) {
            around(*agreement, values, y, 1, workspace.line, workspace.sums.data(), add);
            for (int64_t x = 0; x < columns; ++x)
                to[y * columns + x] = mean_of_squares(workspace.sums[x] * (1.0f / 9));
        };
        square(differences, squares);
        if (changed) square(differences_here, squares_here);
    });
    std::atomic<bool> still{false};
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        for (auto* line : {&workspace.square, &workspace.square_here, &workspace.longest})
            line->resize(static_cast<std::size_t>(columns));
        around(*agreement, squares, y, 1, workspace.values, workspace.square.data(), add);
        around(*agreement, distances, y, agreement->around / 2, workspace.values, workspace.longest.data(),
               [](float a, float b) { return a < b ? b : a; });
        for (int64_t x = 0; x < columns; ++x) {
            const float root = std::sqrt(workspace.square[x] * (1.0f / 9)), longest = workspace.longest[x];
            share[y * columns + x] = root / (root + agreement->tolerance) *
                                     (longest / (longest + agreement->moving * agreement->moving));
        }
        if (!changed) return;
        around(*agreement, squares_here, y, 1, workspace.values, workspace.square_here.data(), add);
        const float noise = agreement->least_contrast * agreement->least_contrast;
        bool any = false;
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t cell = y * columns + x;
            const float without_motion = workspace.square_here[x] * (1.0f / 9) / contrasts_here[cell];
            const float with_motion = workspace.square[x] * (1.0f / 9) / contrasts[cell];
            const float better = 1.0f - agreement->still * (without_motion + agreement->unexplained) /
                                            (with_motion + agreement->unexplained);
            const float good = std::max(1.0f - without_motion / agreement->moved, 0.0f);
            const float unseen = noise / contrasts_here[cell];
            stillness[cell] = changes[cell] * (better * good > unseen ? better * good : unseen);
            any |= stillness[cell] > 0;
        }
        if (any) still = true;
    });
    if (!still) return 0;
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.square.resize(static_cast<std::size_t>(columns));
        around(*agreement, stillness, y, 1, workspace.values, workspace.square.data(), add);
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t cell = y * columns + x;
            moving[cell] = 1.0f - workspace.square[x] * (1.0f / 9);
            share[cell] *= moving[cell];
        }
    });
    return 1;
}
