// Agreement by cells, and the blend weights that follow from it.
#pragma once

#include <cstdint>

namespace midframe {

constexpr int64_t CELL = 4;  // pixels along each side; midframe/engines/agreement.py has the same

// Cells of both frames, (rows, columns, 4), and the numbers of the rule. Mirrors library.py.
struct Agreement {
    const float* left;
    const float* right;
    int64_t rows, columns;
    int64_t around;   // cells along each side of where motion counts as near
    float tolerance;  // disagreement at which half of the mask's distance is kept
    float moving;     // pixels between both frames at which half of it is
};

// How far blend weights keep away from those of the time. Mirrors library.py.
struct Balance {
    const float* share;  // (rows, columns) of cells: of the mask's distance that is kept
    int64_t rows, columns;
    float time_weight;  // 1 - time
};

}  // namespace midframe
