// Views by cells: where their middles are, and what is found between them.
#pragma once

#include "agreement.h"
#include "motion.h"

namespace midframe {

// The pixel in the middle of a cell, along an axis of `length` pixels.
inline int64_t cell_middle(int64_t cell, int64_t length) { return smaller(cell * CELL + CELL / 2, length - 1); }

// Positions where cells' flow is looked up, along one axis.
inline Taps cell_taps(const Estimate& estimate, int64_t cells, int64_t length) {
    Taps taps;
    for (int64_t x = 0; x < cells; ++x) {
        taps.push_back(estimate.across(static_cast<float>(cell_middle(x, length))));
    }
    return taps;
}

// Cells of one frame at a place between them; beyond the border, the border counts. NaN ends inside, too.
class WarpedCells {
public:
    WarpedCells(const Agreement& agreement, const float* means)
        : means_(means),
          rows_(agreement.rows),
          columns_(agreement.columns),
          right_(static_cast<float>(agreement.columns - 1)),
          bottom_(static_cast<float>(agreement.rows - 1)) {}

    Vector4 at(float x, float y) const {
        x = x > 0 ? x : 0.0f;
        y = y > 0 ? y : 0.0f;
        x = x < right_ ? x : right_;
        y = y < bottom_ ? y : bottom_;
        const auto column = static_cast<int64_t>(x), row = static_cast<int64_t>(y);
        const int64_t step = column + 1 < columns_ ? 4 : 0, row_step = row + 1 < rows_ ? columns_ * 4 : 0;
        return interpolate<Vector4>(means_ + (row * columns_ + column) * 4, step, row_step,
                                    x - static_cast<float>(column), y - static_cast<float>(row));
    }

private:
    const float* means_;
    int64_t rows_, columns_;
    float right_, bottom_;
};

}  // namespace midframe
