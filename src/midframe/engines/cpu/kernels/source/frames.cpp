// Frames in and out: the layout that warping reads, and the blend of two warped frames.
#include <algorithm>
#include <cstring>

#include "balance.h"
#include "frames.h"
#include "sigmoid.h"
#include "threads.h"

namespace midframe {
namespace {

// Rows that a thread takes at a time where they are only copied.
constexpr int64_t ROWS_TO_COPY = 8;

// Reads samples of one frame around targets. Beyond the last column and row, these repeat.
class SampleReader {
public:
    SampleReader(const Canvas& canvas, const float* samples)
        : canvas_(canvas),
          samples_(samples),
          row_step_(canvas.columns * canvas.channels),
          last_(canvas.rows * row_step_ - divide_up(canvas.channels, 4) * 4) {}

    // Up to four channels from `channel` on; lanes beyond the last channel hold anything.
    Vector4 at(int64_t x, int64_t y, int64_t channel, float fx, float fy) const {
        const int64_t first = y * row_step_ + x * canvas_.channels;
        const int64_t across = x + 1 < canvas_.columns ? canvas_.channels : 0;
        const int64_t down = y + 1 < canvas_.rows ? row_step_ : 0;
        if (__builtin_expect(first + down + across <= last_, true)) {
            return interpolate<Vector4>(samples_ + first + channel, across, down, fx, fy);
        }
        // Whole vectors would reach beyond the frame's last pixel.
        float neighbours[4][4] = {};
        for (int64_t i = 0; i < 4; ++i) {
            const float* const from = samples_ + first + i % 2 * across + i / 2 * down + channel;
            std::copy(from, from + smaller(4, canvas_.channels - channel), neighbours[i]);
        }
        return interpolate<Vector4>(neighbours[0], 4, 8, fx, fy);
    }

private:
    const Canvas& canvas_;
    const float* samples_;
    int64_t row_step_;
    int64_t last_;  // where the last vectors that can be read as a whole begin, or negative
};

// What is the same in both frames stays that, to the last bit.
inline Vector4 mix(Vector4 left, Vector4 right, float left_weight) {
    return left == right ? left : left * left_weight + right * (1.0f - left_weight);
}

// Row y of the output by the left frame's weights.
void blend_row(const Canvas& canvas, int64_t y, const Vector4* flow, const float* weights) {
    const Bounds bounds(canvas.rows, canvas.columns, 0);
    const SampleReader left(canvas, canvas.left), right(canvas, canvas.right);
    float* pixel = canvas.output + y * canvas.columns * canvas.channels;
    const float* const end = pixel + canvas.columns * canvas.channels;
    for (int64_t x = 0; x < canvas.columns; ++x, pixel += canvas.channels) {
        const Target target = bounds.target(flow[x], static_cast<float>(x), static_cast<float>(y));
        for (int64_t channel = 0; channel < canvas.channels; channel += 4) {
            const Vector4 from_left =
                left.at(target.whole[0], target.whole[1], channel, target.fraction[0], target.fraction[1]);
            const Vector4 from_right =
                right.at(target.whole[2], target.whole[3], channel, target.fraction[2], target.fraction[3]);
            const Vector4 mixed = mix(from_left, from_right, weights[x]);
            // What a whole vector writes beyond the pixel, the pixels after it overwrite.
            if (pixel + channel + 4 <= end) {
                store(pixel + channel, mixed);
            } else {
                for (int64_t i = 0; i < canvas.channels - channel; ++i) pixel[channel + i] = mixed[i];
            }
        }
    }
}

// `pixels` pixels of `channels` as pixels of `target_channels`, the additional ones zero.
void widen_row(const float* from, int64_t pixels, int64_t channels, float* to, int64_t target_channels) {
    if (channels == target_channels) {
        std::copy(from, from + pixels * channels, to);
    } else if (channels == 3 && target_channels == 4) {
        for (int64_t x = 0; x < pixels; ++x)
            store(to + 4 * x, Vector4{from[3 * x], from[3 * x + 1], from[3 * x + 2], 0.0f});
    } else {
        for (int64_t x = 0; x < pixels; ++x, from += channels, to += target_channels) {
            std::copy(from, from + channels, to);
            std::fill(to + channels, to + target_channels, 0.0f);
        }
    }
}

class MotionRows {
public:
    MotionRows(const Estimate* estimates, int64_t count, FlowSum summed, int64_t width)
        : estimates_(estimates), count_(count), summed_(summed), width_(width) {
        for (int64_t i = 0; i < count; ++i) taps_.push_back(sample_taps(estimates[i], Grid{1}, width));
    }

    struct Workspace {
        std::vector<Vector4> flow, flow_line;
        std::vector<float> mask, mask_line;
    };

    // Flow and mask of row y, into the workspace.
    void row(int64_t y, Workspace& workspace) const {
        workspace.flow.assign(static_cast<std::size_t>(width_), Vector4{});
        if (summed_.estimates)
            std::memcpy(workspace.flow.data(), summed_.flow + y * width_ * 4,
                        static_cast<std::size_t>(width_) * sizeof(Vector4));
        workspace.mask.assign(static_cast<std::size_t>(divide_up(width_, 8) * 8), 0.0f);
        const auto position = static_cast<float>(y);
        for (int64_t i = 0; i < count_; ++i) {
            if (i >= summed_.estimates) {
                add_pixel_row<Vector4>(estimates_[i], position, taps_[i].data(), 0, width_, estimates_[i].gain,
                                       workspace.flow_line, workspace.flow.data());
            }
            if (!estimates_[i].has_mask) continue;
            add_pixel_row<float>(estimates_[i], position, taps_[i].data(), 0, width_, 1.0f, workspace.mask_line,
                                 workspace.mask.data());
        }
    }

private:
    const Estimate* estimates_;
    int64_t count_;
    FlowSum summed_;
    int64_t width_;
    std::vector<Taps> taps_;
};

}  // namespace
}  // namespace midframe

using namespace midframe;

// Flow (height, width, 4) in pixels and mask logits (height, width).
MIDFRAME_KERNEL void midframe_motion(const Estimate* estimates, int64_t count, const FlowSum* summed, int64_t height,
                                     int64_t width, float* flow, float* mask, int threads) {
    const MotionRows rows(estimates, count, *summed, width);
    const PerThread<MotionRows::Workspace> workspaces(threads);
    parallel_for(height, threads, [&](int64_t y, int thread) {
        MotionRows::Workspace& workspace = workspaces[thread];
        rows.row(y, workspace);
        std::copy(workspace.mask.begin(), workspace.mask.begin() + width, mask + y * width);
        for (int64_t x = 0; x < width; ++x) store(flow + (y * width + x) * 4, workspace.flow[x]);
    });
}

// The sum of estimates whose factors are multiples of 4, as one of factor 2 that has an offset: what lies between its
// values is as linear as they are. (rows, columns, 5): flow in pixels, and mask.
MIDFRAME_KERNEL void midframe_sum_coarse(const Estimate* estimates, int64_t count, float* sum, int64_t rows,
                                         int64_t columns, int threads) {
    const auto position = [](int64_t place) { return static_cast<float>(2 * place) - 0.5f; };
    std::vector<Taps> taps(static_cast<std::size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        for (int64_t x = 0; x < columns; ++x) taps[i].push_back(estimates[i].across(position(x)));
    }
    const PerThread<MotionRows::Workspace> workspaces(threads);
    parallel_for(rows, threads, [&](int64_t y, int thread) {
        MotionRows::Workspace& workspace = workspaces[thread];
        workspace.flow.assign(static_cast<std::size_t>(columns), Vector4{});
        workspace.mask.assign(static_cast<std::size_t>(columns), 0.0f);
        for (int64_t i = 0; i < count; ++i) {
            add_enlarged_row<Vector4>(estimates[i], position(y), taps[i].data(), columns, estimates[i].gain,
                                      workspace.flow_line, workspace.flow.data());
            if (!estimates[i].has_mask) continue;
            add_enlarged_row<float>(estimates[i], position(y), taps[i].data(), columns, 1.0f, workspace.mask_line,
                                    workspace.mask.data());
        }
        float* to = sum + y * columns * MOTION_PLANES;
        for (int64_t x = 0; x < columns; ++x, to += MOTION_PLANES) {
            store(to, workspace.flow[x]);
            to[4] = workspace.mask[x];
        }
    });
}

// Warp and blend by flow (at least rows, width, 4) and mask (at least rows, width), where width is at least the
// canvas's columns.
MIDFRAME_KERNEL void midframe_warp(const Canvas* canvas, const float* flow, const float* mask, int64_t width,
                                   int threads) {
    const int64_t columns = canvas->columns;
    const PerThread<MotionRows::Workspace> workspaces(threads);
    parallel_for(canvas->rows, threads, [&](int64_t y, int thread) {
        MotionRows::Workspace& workspace = workspaces[thread];
        workspace.flow.resize(static_cast<std::size_t>(columns));
        workspace.mask.resize(static_cast<std::size_t>(divide_up(columns, 8) * 8));
        for (int64_t x = 0; x < columns; ++x) workspace.flow[x] = load<Vector4>(flow + (y * width + x) * 4);
        std::copy(mask + y * width, mask + y * width + columns, workspace.mask.begin());
        weigh_row(workspace.mask.data(), columns);
        blend_row(*canvas, y, workspace.flow.data(), workspace.mask.data());
    });
}

// midframe_motion and midframe_warp in one pass, without storing the motion; `balance` may be null.
MIDFRAME_KERNEL void midframe_between(const Canvas* canvas, const Estimate* estimates, int64_t count,
                                      const FlowSum* summed, const Balance* balance, int threads) {
    const MotionRows rows(estimates, count, *summed, canvas->width);
    // Without a balance, of no cells and never asked.
    const EnlargedCells shares(balance ? *balance : Balance{}, balance ? canvas->columns : 0);
    const bool some_still = balance && balance->moving;
    const EnlargedCells moving(some_still ? moving_of(*balance) : Balance{}, some_still ? canvas->columns : 0);
    const PerThread<MotionRows::Workspace> workspaces(threads);
    parallel_for(canvas->rows, threads, [&](int64_t y, int thread) {
        MotionRows::Workspace& workspace = workspaces[thread];
        rows.row(y, workspace);
        weigh_row(workspace.mask.data(), canvas->columns);
        if (some_still) still_row(moving, y, workspace.flow.data(), workspace.mask_line);
        if (balance) balance_row(shares, balance->time_weight, y, workspace.mask.data(), workspace.mask_line);
        blend_row(*canvas, y, workspace.flow.data(), workspace.mask.data());
    });
}

// Copy `rows` × `columns` pixels of `channels` into a larger frame, zero elsewhere: (height, width, target_channels)
// with `border` pixels of zeros around it.
MIDFRAME_KERNEL void midframe_pad(const float* source, int64_t rows, int64_t columns, int64_t channels, float* target,
                                  int64_t height, int64_t width, int64_t target_channels, int64_t border, int threads) {
    const int64_t row_floats = (width + 2 * border) * target_channels;
    parallel_for(height + 2 * border, ROWS_TO_COPY, threads, [&](int64_t target_row, int) {
        const int64_t y = target_row - border;
        float* const to = target + target_row * row_floats;
        if (y < 0 || y >= rows) {
            std::fill(to, to + row_floats, 0.0f);
            return;
        }
        float* const pixels = to + border * target_channels;
        std::fill(to, pixels, 0.0f);
        widen_row(source + y * columns * channels, columns, channels, pixels, target_channels);
        std::fill(pixels + columns * target_channels, to + row_floats, 0.0f);
    });
}

// The frame that blocks warp: [red, green, blue, features, zeros] per pixel, zeros right and below of the view.
// `corners` holds the encoder's output, 2 × 2 pixels × features per corner; `pitch` corners in a row. Features are a
// multiple of 4, and lanes hold at least 4 + features.
MIDFRAME_KERNEL void midframe_pack_frame(const float* view, int64_t rows, int64_t columns, const float* corners,
                                         int64_t pitch, int64_t features, float* packed, int64_t height, int64_t width,
                                         int64_t lanes, int threads) {
    parallel_for(height, ROWS_TO_COPY, threads, [&](int64_t y, int) {
        float* pixel = packed + y * width * lanes;
        const float* corner_row = corners + (y + 1) / 2 * pitch * 4 * features + (y + 1) % 2 * 2 * features;
        for (int64_t x = 0; x < width; ++x, pixel += lanes) {
            const float* from = corner_row + (x + 1) / 2 * 4 * features + (x + 1) % 2 * features;
            for (int64_t i = lanes - 4; i > features; i -= 4) store(pixel + i, Vector4{});
            store(pixel + features, Vector4{});
            for (int64_t i = 0; i < features; i += 4) store(pixel + 3 + i, load<Vector4>(from + i));
            const bool inside = y < rows && x < columns;
            const float* colours = view + (y * columns + x) * 3;
            pixel[0] = inside ? colours[0] : 0.0f;
            pixel[1] = inside ? colours[1] : 0.0f;
            pixel[2] = inside ? colours[2] : 0.0f;
        }
    });
}
