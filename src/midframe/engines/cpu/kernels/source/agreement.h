// Cells: what agreement of frames is looked for in, and what the blend goes by.
#pragma once

#include <cstdint>

namespace midframe {

constexpr int64_t CELL = 4;   // pixels along each side; midframe/engine/agreement.py has the same

// How far weights keep away from what the time asks for. Mirrors library.py.
struct Balance {
    const float* kept;        // (rows, columns) of cells
    int64_t rows, columns;
    float rest;               // 1 - time
};

}  // namespace midframe
