// The one place where multiplications happen: a small matrix product held in registers.
#pragma once

#include "vectors.h"

namespace midframe {

// Output channels that weights are packed in: two registers. Where no more than one holds channels, only that is used.
constexpr int PANEL = 2 * LANES;

// accumulators[r] += rows[r][0 .. depth) × panel, where rows[r] begins at `input + r * row_step`.
// `panel` is [depth][PANEL], of which the first REGISTERS × LANES columns count.
template <int ROWS, int REGISTERS>
inline __attribute__((always_inline)) void multiply(const float* __restrict input, int64_t row_step,
                                                    const float* __restrict panel, int64_t depth,
                                                    Vector (&accumulators)[ROWS][REGISTERS]) {
    for (int64_t k = 0; k < depth; ++k) {
        Vector columns[REGISTERS];
        for (int i = 0; i < REGISTERS; ++i) columns[i] = load<Vector>(panel + i * LANES);
        panel += PANEL;
#pragma GCC unroll 12
        for (int r = 0; r < ROWS; ++r) {
            const float factor = input[r * row_step + k];
            for (int i = 0; i < REGISTERS; ++i) accumulators[r][i] += factor * columns[i];
        }
    }
}

// Calls body.template operator()<ROWS>(first_row) over `count` rows: full register tiles, then what remains.
template <int ROWS, typename Body>
inline __attribute__((always_inline)) void remaining_rows(int64_t first, int64_t left, Body&& body) {
    if constexpr (ROWS > 0) {
        if (left == ROWS)
            body.template run<ROWS>(first);
        else
            remaining_rows<ROWS - 1>(first, left, body);
    }
}

template <typename Body>
inline __attribute__((always_inline)) void for_row_tiles(int64_t count, Body&& body) {
    int64_t first = 0;
    for (; first + TILE_ROWS <= count; first += TILE_ROWS) body.template run<TILE_ROWS>(first);
    remaining_rows<TILE_ROWS - 1>(first, count - first, body);
}

}  // namespace midframe
