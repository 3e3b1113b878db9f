// Where the last blocks are worth their time. midframe/engines/cpu/selection.py has the rule.
#include "selection.h"

#include <algorithm>
#include <cmath>

#include "cells.h"
#include "threads.h"

namespace midframe {
namespace {

constexpr int64_t ROWS = 4;  // that a thread takes at a time

float sum_of_sizes(Vector4 values) { return std::fabs(values[0]) + std::fabs(values[1]) + std::fabs(values[2]); }

struct Workspace {
    std::vector<Vector4> before, after, line;
};

struct SettleWorkspace {
    std::vector<float> weights, mask, mask_line;
    std::vector<Vector8> features, feature_line;
};

// Neighbouring corners [first, last) of a row of an estimate that are mixed with what is known without it.
struct Stretch {
    const Estimate& estimate;
    const Estimate& known;  // as seen from the estimate's pixels
    float* line;            // the row's first corner
    const float* weights;   // what counts of the estimate, for each corner of the row
    const Tap* taps;        // of each pixel of the row
    int64_t first, last;

    // Flow and mask go to zero.
    void fade_motion() const {
        const int64_t floats = estimate.span * estimate.span * MOTION_PLANES;
        for (int64_t x = first; x < last; ++x) {
            float* const motion = line + x * estimate.channels;
            // What was not computed may hold anything; a product with zero would keep NaN.
            if (weights[x] == 0.0f)
                std::fill(motion, motion + floats, 0.0f);
            else
                for (int64_t i = 0; i < floats; ++i) motion[i] *= weights[x];
        }
    }

    // After that: in row i of the corners' pixels, the mask goes to what is known.
    void keep_mask(int64_t i, float position, SettleWorkspace& workspace) const {
        const int64_t span = estimate.span, count = (last - first) * span;
        workspace.mask.assign(static_cast<std::size_t>(count), 0.0f);
        add_enlarged_row<float>(known, position, taps + first * span, count, 1.0f, workspace.mask_line,
                                workspace.mask.data());
        const float* mask = workspace.mask.data();
        for (int64_t x = first; x < last; ++x) {
            float* const motion = line + x * estimate.channels + i * span * MOTION_PLANES;
            for (int64_t j = 0; j < span; ++j) motion[j * MOTION_PLANES + 4] += (1.0f - weights[x]) * *mask++;
        }
    }

    // Feature planes of that row do.
    void keep_features(int64_t i, float position, SettleWorkspace& workspace) const {
        const int64_t span = estimate.span, count = (last - first) * span;
        workspace.features.assign(static_cast<std::size_t>(count), Vector8{});
        add_enlarged_row<Vector8>(known, position, taps + first * span, count, 1.0f, workspace.feature_line,
                                  workspace.features.data());
        const Vector8* old = workspace.features.data();
        const int64_t offset = span * span * MOTION_PLANES + i * span * FEATURE_PLANES;
        for (int64_t x = first; x < last; ++x) {
            float* to = line + x * estimate.channels + offset;
            for (int64_t j = 0; j < span; ++j, ++old, to += FEATURE_PLANES) {
                const float weight = weights[x];
                store(to, weight == 0.0f ? *old : *old + weight * (load<Vector8>(to) - *old));
            }
        }
    }
};

// A row above, the row and one below, where the border repeats.
struct Rows {
    int64_t above, here, below;

    Rows(int64_t y, int64_t rows, int64_t step)
        : above(larger(y - 1, 0) * step), here(y * step), below(smaller(y + 1, rows - 1) * step) {}
};

}  // namespace
}  // namespace midframe

using namespace midframe;

// What the last of `count` estimates did and left, (5, rows, columns) of cells:
// - need: the root of the squares, times the change, times how far flow differs among neighbouring cells, at most 1;
// - squares: disagreement of the warped views, squared;
// - change: how much the last estimate changed the warped views;
// - shift: how far it moved the flow, in pixels, the longer of both ways;
// - noise: how much the disagreement of a cell differs from that of its neighbours.
// Height and width are those that the estimates are enlarged to; `scratch` has room for 9 floats a cell.
MIDFRAME_KERNEL void midframe_need(const Agreement* agreement, const Estimate* estimates, int64_t count, int64_t height,
                                   int64_t width, float* scratch, float* signs, int threads) {
    const int64_t rows = agreement->rows, columns = agreement->columns, cells = rows * columns;
    float* const flows = scratch;                    // (rows, columns, 4)
    float* const differences = scratch + 4 * cells;  // (rows, columns, 4)
    float* const smooth = scratch + 8 * cells;       // squares of smoothed differences
    float* const need = signs;
    float* const squares = signs + cells;
    float* const changes = signs + 2 * cells;
    float* const shifts = signs + 3 * cells;
    float* const noise = signs + 4 * cells;
    const WarpedCells left(*agreement, agreement->left), right(*agreement, agreement->right);
    std::vector<Taps> taps;
    for (int64_t i = 0; i < count; ++i) taps.push_back(cell_taps(estimates[i], columns, width));
    const PerThread<Workspace> workspaces(threads);
    parallel_for(rows, ROWS, threads, [&](int64_t y, int thread) {
        Workspace& workspace = workspaces[thread];
        const auto position = static_cast<float>(cell_middle(y, height));
        workspace.after.assign(static_cast<std::size_t>(columns), Vector4{});
        for (int64_t i = 0; i < count; ++i) {
            if (i == count - 1) workspace.before = workspace.after;
            add_sampled_row<Vector4>(estimates[i], position, taps[i].data(), columns, estimates[i].gain, workspace.line,
                                     workspace.after.data());
        }
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t cell = y * columns + x;
            const Vector4 place = {static_cast<float>(x), static_cast<float>(y), static_cast<float>(x),
                                   static_cast<float>(y)};
            const Vector4 before = workspace.before[x] * (1.0f / CELL) + place;
            const Vector4 after = workspace.after[x] * (1.0f / CELL) + place;
            const Vector4 left_view = left.at(after[0], after[1]), right_view = right.at(after[2], after[3]);
            const Vector4 shift = workspace.after[x] - workspace.before[x], square = shift * shift;
            shifts[cell] = std::sqrt(std::max(square[0] + square[1], square[2] + square[3]));
            store(flows + cell * 4, workspace.after[x]);
            store(differences + cell * 4, left_view - right_view);
            changes[cell] = (sum_of_sizes(left_view - left.at(before[0], before[1])) +
                             sum_of_sizes(right_view - right.at(before[2], before[3]))) *
                            (1.0f / 6);
        }
    });
    parallel_for(rows, ROWS, threads, [&](int64_t y, int) {
        const Rows lines(y, rows, columns * 4);
        const auto column = [&](int64_t x) {
            return load<Vector4>(differences + lines.above + x * 4) + load<Vector4>(differences + lines.here + x * 4) +
                   load<Vector4>(differences + lines.below + x * 4);
        };
        Vector4 before = column(0), here = before;
        for (int64_t x = 0; x < columns; ++x) {
            const Vector4 next = x + 1 < columns ? column(x + 1) : here;
            const Vector4 mean = (before + here + next) * (1.0f / 9);
            noise[y * columns + x] =
                sum_of_sizes(load<Vector4>(differences + lines.here + x * 4) - mean) * (1.0f / 3);
            smooth[y * columns + x] = (mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2]) * (1.0f / 3);
            before = here;
            here = next;
        }
    });
    parallel_for(rows, ROWS, threads, [&](int64_t y, int) {
        const Rows lines(y, rows, columns), flow_lines(y, rows, columns * 4);
        const auto column = [&](int64_t x) {
            return smooth[lines.above + x] + smooth[lines.here + x] + smooth[lines.below + x];
        };
        const auto highest = [&](int64_t x) {
            const Vector4 a = load<Vector4>(flows + flow_lines.above + x * 4);
            const Vector4 b = load<Vector4>(flows + flow_lines.here + x * 4);
            const Vector4 c = load<Vector4>(flows + flow_lines.below + x * 4);
            const Vector4 ab = a > b ? a : b;
            return ab > c ? ab : c;
        };
        const auto lowest = [&](int64_t x) {
            const Vector4 a = load<Vector4>(flows + flow_lines.above + x * 4);
            const Vector4 b = load<Vector4>(flows + flow_lines.here + x * 4);
            const Vector4 c = load<Vector4>(flows + flow_lines.below + x * 4);
            const Vector4 ab = a < b ? a : b;
            return ab < c ? ab : c;
        };
        float before = column(0), here = before;
        Vector4 high_before = highest(0), high = high_before, low_before = lowest(0), low = low_before;
        for (int64_t x = 0; x < columns; ++x) {
            const int64_t beside = smaller(x + 1, columns - 1);
            const float next = column(beside);
            const Vector4 high_next = highest(beside), low_next = lowest(beside);
            Vector4 top = high_before > high ? high_before : high, floor = low_before < low ? low_before : low;
            top = top > high_next ? top : high_next;
            floor = floor < low_next ? floor : low_next;
            const Vector4 range = top - floor;
            const float widest = std::max(std::max(range[0], range[1]), std::max(range[2], range[3]));
            const float square = (before + here + next) * (1.0f / 9);
            squares[y * columns + x] = square;
            need[y * columns + x] = std::sqrt(square) * changes[y * columns + x] * (widest < 1 ? widest : 1.0f);
            before = here;
            here = next;
            high_before = high;
            high = high_next;
            low_before = low;
            low = low_next;
        }
    });
}

// Make an estimate hold everywhere that was computed in parts: `corners`, which it points to, are mixed with what is
// known without it. Flow goes to zero; where `keeps_mask`, the mask goes to that of the estimate `before`, else to
// zero; feature planes, of which there are 8 or none, go to those of `before`.
MIDFRAME_KERNEL void midframe_settle(const Estimate* estimate, const Estimate* before, float* corners, int64_t rows,
                                     const PatchCorners* chosen, int64_t keeps_mask, int64_t feature_planes,
                                     int threads) {
    const int64_t span = estimate->span, half = span / 2, columns = estimate->pitch, pixels = columns * span;
    Estimate known = *before;
    known.factor = before->factor / estimate->factor;
    const auto inside = [](int64_t pixel, int64_t length) {
        return static_cast<float>(smaller(larger(pixel, 0), length - 1));
    };
    Taps taps;
    for (int64_t x = 0; x < pixels; ++x) {
        taps.push_back(tap_at(inside(x - half, estimate->width), known.factor, known.width));
    }
    const PerThread<SettleWorkspace> workspaces(threads);
    parallel_for(rows, threads, [&](int64_t y, int thread) {
        SettleWorkspace& workspace = workspaces[thread];
        workspace.weights.resize(static_cast<std::size_t>(columns));
        chosen->weights(y, columns, workspace.weights.data());
        const float* const weights = workspace.weights.data();
        float* const line = corners + y * columns * estimate->channels;
        for (int64_t first = 0; first < columns; ++first) {
            if (weights[first] == 1.0f) continue;
            // Neighbouring corners that something is to be done at.
            int64_t last = first + 1;
            while (last < columns && weights[last] != 1.0f) ++last;
            const Stretch stretch{*estimate, known, line, weights, taps.data(), first, last};
            stretch.fade_motion();
            for (int64_t i = 0; i < span; ++i) {
                const float position = inside(y * span - half + i, estimate->height);
                if (keeps_mask) stretch.keep_mask(i, position, workspace);
                if (feature_planes) stretch.keep_features(i, position, workspace);
            }
            first = last;
        }
    });
}
