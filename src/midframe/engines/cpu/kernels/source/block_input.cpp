#include "block_input.h"

#include <algorithm>
#include <cstring>

#include "convolution.h"
#include "threads.h"

namespace midframe {

BlockInputBuilder::BlockInputBuilder(const BlockInput& input)
    : input_(input), grid_{input.scale}, bounds_(input.height, input.width) {
    const int64_t cell_columns = input.width / input.scale;
    for (int64_t i = 0; i < input.estimate_count; ++i) {
        flow_taps_.push_back(sample_taps(input.estimates[i], grid_, cell_columns * grid_.samples_per_cell()));
        centre_taps_.push_back(centre_taps(input.estimates[i], grid_, cell_columns));
    }
    if (input.latest && input.feature_planes) feature_taps_ = centre_taps(*input.latest, grid_, cell_columns);
}

// Flow at the samples of a row of cells.
void BlockInputBuilder::flow(int64_t y, int64_t first, int64_t last, int64_t keep_from, Workspace& workspace) const {
    const int64_t samples = grid_.samples_per_cell(), count = samples * (last - first);
    for (int64_t i = 0; i < samples; ++i) {
        std::vector<Vector4>& flow = workspace.flow[i];
        const int64_t row = grid_.sample(samples * y + i);
        // At scales 1 and 2, samples are neighbouring pixels.
        const int64_t pixel = row * input_.width + samples * first;
        flow.resize(static_cast<std::size_t>(count));
        if (input_.summed.estimates)
            std::memcpy(flow.data(), input_.summed.flow + pixel * 4, static_cast<std::size_t>(count) * sizeof(Vector4));
        else
            std::fill(flow.begin(), flow.end(), Vector4{});
        for (int64_t j = input_.summed.estimates; j < input_.estimate_count; ++j) {
            const Estimate& estimate = input_.estimates[j];
            const Tap* const taps = flow_taps_[j].data() + samples * first;
            const auto position = static_cast<float>(row);
            if (input_.scale <= 2) {
                add_pixel_row<Vector4>(estimate, position, taps, samples * first, count, estimate.gain,
                                       workspace.flow_line, flow.data());
            } else {
                add_enlarged_row<Vector4>(estimate, position, taps, count, estimate.gain, workspace.flow_line,
                                          flow.data());
            }
        }
        const int64_t skipped = samples * (keep_from - first);
        if (input_.flow_sum && skipped < count) {
            std::memcpy(input_.flow_sum + (pixel + skipped) * 4, flow.data() + skipped,
                        static_cast<std::size_t>(count - skipped) * sizeof(Vector4));
        }
        if (input_.exchanged) {
            for (Vector4& vector : flow) vector = Vector4{vector[2], vector[3], vector[0], vector[1]};
        }
    }
}

void BlockInputBuilder::row(int64_t y, int64_t first, int64_t last, int64_t keep_from, float* output,
                            Workspace& workspace) const {
    flow(y, first, last, keep_from, workspace);
    const int64_t groups = input_.lanes / 8;
    if (grid_.samples_per_cell() == 1) {
        if (groups == 1)
            frames<1, 1>(y, first, last, output, workspace);
        else if (groups == 2)
            frames<2, 1>(y, first, last, output, workspace);
        else
            frames<3, 1>(y, first, last, output, workspace);
    } else {
        if (groups == 1)
            frames<1, 2>(y, first, last, output, workspace);
        else if (groups == 2)
            frames<2, 2>(y, first, last, output, workspace);
        else
            frames<3, 2>(y, first, last, output, workspace);
    }
    extras(y, first, last, output, workspace);
}

// Both frames, warped at the samples of each cell and averaged, and the mean flow.
template <int GROUPS, int SAMPLES>
void BlockInputBuilder::frames(int64_t y, int64_t first, int64_t last, float* output,
                               const Workspace& workspace) const {
    constexpr int64_t lanes = 8 * GROUPS;
    constexpr float share = 1.0f / (SAMPLES * SAMPLES);
    const int64_t row_step = input_.width * lanes;
    const float flow_share = share / static_cast<float>(input_.scale);
    for (int64_t x = first; x < last; ++x) {
        Vector8 left[GROUPS] = {}, right[GROUPS] = {};
        Vector4 flow_sum = {};
        for (int i = 0; i < SAMPLES; ++i) {
            const auto sample_y = static_cast<float>(grid_.sample(SAMPLES * y + i));
            for (int j = 0; j < SAMPLES; ++j) {
                const Vector4 flow = workspace.flow[i][SAMPLES * (x - first) + j];
                const Target target = bounds_.target(flow, static_cast<float>(grid_.sample(SAMPLES * x + j)), sample_y);
                const float* left_pixel = input_.left + target.whole[1] * row_step + target.whole[0] * lanes;
                const float* right_pixel = input_.right + target.whole[3] * row_step + target.whole[2] * lanes;
                for (int group = 0; group < GROUPS; ++group) {
                    left[group] += interpolate<Vector8>(left_pixel + 8 * group, lanes, row_step, target.fraction[0],
                                                        target.fraction[1]);
                    right[group] += interpolate<Vector8>(right_pixel + 8 * group, lanes, row_step, target.fraction[2],
                                                         target.fraction[3]);
                }
                flow_sum += flow;
            }
        }
        float* pixel = output + (x - first) * input_.channels;
        // In this order: what is written next overwrites the unused lanes.
        for (int group = 0; group < GROUPS; ++group) store(pixel + 8 * group, left[group] * share);
        pixel += input_.used_lanes;
        for (int group = 0; group < GROUPS; ++group) store(pixel + 8 * group, right[group] * share);
        store(pixel + input_.used_lanes, flow_sum * flow_share);
    }
}

// Mask, time, and the feature planes of the block before.
void BlockInputBuilder::extras(int64_t y, int64_t first, int64_t last, float* output, Workspace& workspace) const {
    const int64_t count = last - first;
    const float position = grid_.centre(y), mask_gain = input_.exchanged ? -1.0f : 1.0f;
    workspace.mask.assign(static_cast<std::size_t>(count), 0.0f);
    for (int64_t j = 0; j < input_.estimate_count; ++j) {
        if (!input_.estimates[j].has_mask) continue;
        const Tap* const taps = centre_taps_[j].data() + first;
        if (input_.scale == 1)
            add_pixel_row<float>(input_.estimates[j], position, taps, first, count, mask_gain, workspace.mask_line,
                                 workspace.mask.data());
        else
            add_enlarged_row<float>(input_.estimates[j], position, taps, count, mask_gain, workspace.mask_line,
                                    workspace.mask.data());
    }
    float* const extra = output + 2 * input_.used_lanes + 4;
    for (int64_t i = 0; i < count; ++i) {
        extra[i * input_.channels] = workspace.mask[i];
        extra[i * input_.channels + 1] = input_.time;
    }
    if (!input_.feature_planes) return;
    workspace.features.assign(static_cast<std::size_t>(count), Vector8{});
    if (input_.latest) {
        const Tap* const taps = feature_taps_.data() + first;
        if (input_.scale == 1)
            add_pixel_row<Vector8>(*input_.latest, position, taps, first, count, 1.0f, workspace.feature_line,
                                   workspace.features.data());
        else
            add_enlarged_row<Vector8>(*input_.latest, position, taps, count, 1.0f, workspace.feature_line,
                                      workspace.features.data());
    }
    for (int64_t i = 0; i < count; ++i) store(extra + i * input_.channels + 2, workspace.features[i]);
}

}  // namespace midframe

using namespace midframe;

// The whole input, pixels `pitch` apart from row to row.
MIDFRAME_KERNEL void midframe_block_input(const BlockInput* input, float* output, int64_t pitch, int threads) {
    const BlockInputBuilder builder(*input);
    const int64_t rows = input->height / input->scale, columns = input->width / input->scale;
    const PerThread<BlockInputBuilder::Workspace> workspaces(threads);
    parallel_for(rows, threads, [&](int64_t y, int thread) {
        builder.row(y, 0, columns, 0, output + y * pitch * input->channels, workspaces[thread]);
    });
}

// The input and the block's first convolution (3 × 3, stride 2, zero border) in one pass: of the input, which is by
// far the largest tensor of a block, three rows of a strip exist at a time and stay in the cache.
MIDFRAME_KERNEL void midframe_first_layer(const BlockInput* input, const Convolution* layer, float* output,
                                          int64_t pitch, int threads) {
    constexpr int64_t STRIP = 8 * TILE_ROWS;
    const BlockInputBuilder builder(*input);
    const int64_t input_rows = input->height / input->scale, input_columns = input->width / input->scale;
    const int64_t rows = divide_up(input_rows, 2), columns = divide_up(input_columns, 2);
    const int64_t strips = divide_up(columns, STRIP), channels = input->channels;
    // A band repeats one input row of its neighbour, so bands should be long, and yet enough for all threads.
    const int64_t band = std::clamp<int64_t>(rows * strips / (4 * threads), 1, 32), bands = divide_up(rows, band);
    const int64_t line = (2 * STRIP + 1) * channels;
    struct Workspace {
        BlockInputBuilder::Workspace row;
        std::vector<float> lines;
    };
    const PerThread<Workspace> workspaces(threads);
    parallel_for(bands * strips, threads, [&](int64_t item, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.lines.resize(static_cast<std::size_t>(3 * line));
        const int64_t first_row = item / strips * band, last_row = smaller(first_row + band, rows);
        const int64_t first = item % strips * STRIP, last = smaller(first + STRIP, columns);
        // Input columns 2·first − 1 … 2·last − 1, of which those outside the frame are zero.
        const int64_t begin = 2 * first - 1, end = 2 * last;
        const int64_t inside_begin = larger(begin, 0), inside_end = smaller(end, input_columns);
        const auto line_of = [&](int64_t y) { return workspace.lines.data() + (y + 3) % 3 * line; };
        const auto fill = [&](int64_t y) {
            float* const to = line_of(y);
            if (y < 0 || y >= input_rows) {
                std::fill(to, to + line, 0.0f);
                return;
            }
            std::fill(to, to + (inside_begin - begin) * channels, 0.0f);
            // The pixels that bands and strips share belong to the one that begins after them.
            builder.row(y, inside_begin, inside_end, y < 2 * first_row ? inside_end : 2 * first,
                        to + (inside_begin - begin) * channels, workspace.row);
            std::fill(to + (inside_end - begin) * channels, to + (end - begin) * channels, 0.0f);
        };
        fill(2 * first_row - 1);
        for (int64_t y = first_row; y < last_row; ++y) {
            fill(2 * y);
            fill(2 * y + 1);
            const float* const sources[3] = {line_of(2 * y - 1), line_of(2 * y), line_of(2 * y + 1)};
            convolve_row<3, 2>(*layer, sources, output + (y * pitch + first) * layer->outputs, last - first);
        }
    });
}
