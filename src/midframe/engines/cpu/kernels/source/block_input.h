// Builds the input of a block: both frames warped by what is known so far, shrunk, beside everything else it takes.
#pragma once

#include "motion.h"

namespace midframe {

// Mirrors library.py. One input pixel is [left][right][flow 4, mask, time][features 8], without gaps.
struct BlockInput {
    const float* left;  // (height, width, lanes), full resolution
    const float* right;
    const Estimate* estimates;  // of the blocks before
    int64_t estimate_count;
    const Estimate* latest;  // whose feature planes are taken; null for zeros
    FlowSum summed;   // at scale 1, which looks at every pixel
    float* flow_sum;  // where to keep the sum of all estimates' flow, (height, width, 4); or null
    int64_t height;
    int64_t width;
    int64_t lanes;           // 8, 16 or 24 floats per pixel of a frame, ...
    int64_t used_lanes;      // ... of which the last lanes - used_lanes <= 6 are zero
    int64_t scale;           // power of two
    int64_t feature_planes;  // 0 or 8
    int64_t channels;        // of one input pixel
    float time;
    int32_t exchanged;  // left and right are exchanged, but the estimates were made before
};

class BlockInputBuilder {
public:
    explicit BlockInputBuilder(const BlockInput& input);

    // Buffers of one thread.
    struct Workspace {
        std::vector<Vector4> flow[2], flow_line;
        std::vector<float> mask, mask_line;
        std::vector<Vector8> features, feature_line;
    };

    // Input pixels [first, last) of row y, from `output` on. The flow of pixels from keep_from on is kept.
    void row(int64_t y, int64_t first, int64_t last, int64_t keep_from, float* output, Workspace& workspace) const;

private:
    void flow(int64_t y, int64_t first, int64_t last, int64_t keep_from, Workspace& workspace) const;
    template <int GROUPS, int SAMPLES>
    void frames(int64_t y, int64_t first, int64_t last, float* output, const Workspace& workspace) const;
    void extras(int64_t y, int64_t first, int64_t last, float* output, Workspace& workspace) const;

    const BlockInput& input_;
    Grid grid_;
    Bounds bounds_;
    std::vector<Taps> flow_taps_, centre_taps_;  // per estimate
    Taps feature_taps_;
};

}  // namespace midframe
