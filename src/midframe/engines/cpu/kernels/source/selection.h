// Where the last blocks of a network are computed, and what stands elsewhere.
#pragma once

#include "motion.h"

namespace midframe {

// Corners of patches, (rows, columns): 1 where a patch beside them was chosen, else 0. Mirrors library.py.
struct PatchCorners {
    const float* values;
    int64_t rows, columns;
    float step;  // patches from one corner of a block's output to the next

    // What counts of a block's output at row y of corners, column by column: bilinear between patches' corners.
    void weights(int64_t y, int64_t count, float* row) const {
        const Tap down = tap(y, rows);
        const float* const above = values + down.first * columns;
        const float* const below = above + columns;
        for (int64_t x = 0; x < count; ++x) {
            const Tap across = tap(x, columns);
            const float left = above[across.first] + down.weight * (below[across.first] - above[across.first]);
            const float right =
                above[across.first + 1] + down.weight * (below[across.first + 1] - above[across.first + 1]);
            row[x] = left + across.weight * (right - left);
        }
    }

private:
    // Patches may end before the corners do.
    Tap tap(int64_t corner, int64_t length) const {
        const float position = static_cast<float>(corner) * step;
        const int64_t first = smaller(static_cast<int64_t>(position), length - 2);
        const float weight = position - static_cast<float>(first);
        return {static_cast<int32_t>(first), weight < 1 ? weight : 1.0f};
    }
};

}  // namespace midframe
