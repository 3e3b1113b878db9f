// Agreement by cells, and the blend weights that follow from it.
#pragma once

#include <cstdint>

namespace midframe {

constexpr int64_t CELL = 4;  // pixels along each side; midframe/engines/agreement.py has the same

// Cells of both frames, (rows, columns, 4), and the numbers of the rule. Mirrors library.py.
struct Agreement {
    const float* left;
    const float* right;
    const float* left_light;  // around each cell, of the same shape
    const float* right_light;
    int64_t rows, columns;
    int64_t height, width;  // of the frames, in pixels
    int64_t around;         // cells along each side of where motion counts as near
    int64_t window;         // cells along each side of where light is taken to have changed alike
    float tolerance;        // disagreement at which half of the mask's distance is kept
    float moving;           // pixels between both frames at which half of it is
    float least_contrast;   // contrast that is less is noise
    float still;            // how much worse than no motion a flow must explain the frames not to be believed
    float unexplained;      // share of the squared contrast that makes no difference
    float moved;            // share of it that no motion must explain all but
};

// How far blend weights keep away from those of the time, and what is left of the flow. Mirrors library.py.
struct Balance {
    const float* share;   // (rows, columns) of cells: of the mask's distance that is kept
    const float* moving;  // the same of flow; null for all of it
    int64_t rows, columns;
    float time_weight;  // 1 - time
};

}  // namespace midframe
