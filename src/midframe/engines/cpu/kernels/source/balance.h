// Values by cells at every pixel of a row, and blend weights that are balanced by them.
#pragma once

#include <cstddef>
#include <vector>

#include "agreement.h"
#include "motion.h"

namespace midframe {

// Rows of cells, enlarged bilinearly to `columns` pixels.
class EnlargedCells {
public:
    EnlargedCells(const Balance& cells, int64_t columns) : cells_(cells) {
        for (int64_t x = 0; x < columns; ++x) taps_.push_back(tap_at(static_cast<float>(x), CELL, cells.columns));
    }

    // Calls visit(x, value) for the pixels of row y.
    template <typename Visit>
    void row(int64_t y, std::vector<float>& line, Visit visit) const {
        const int64_t columns = cells_.columns;
        const Tap down = tap_at(static_cast<float>(y), CELL, cells_.rows);
        const float* const above = cells_.share + down.first * columns;
        const float* const below = cells_.share + smaller(down.first + 1, cells_.rows - 1) * columns;
        if (static_cast<int64_t>(line.size()) <= columns) line.resize(static_cast<std::size_t>(columns + 1));
        for (int64_t x = 0; x < columns; ++x) line[x] = above[x] + down.weight * (below[x] - above[x]);
        // The cell beyond the edge repeats it.
        line[columns] = line[columns - 1];
        for (std::size_t x = 0; x < taps_.size(); ++x) {
            const float* const pair = line.data() + taps_[x].first;
            visit(x, pair[0] + taps_[x].weight * (pair[1] - pair[0]));
        }
    }

private:
    Balance cells_;
    Taps taps_;
};

// The share of flow that is left, as what EnlargedCells enlarge.
inline Balance moving_of(const Balance& balance) {
    return {balance.moving, nullptr, balance.rows, balance.columns, balance.time_weight};
}

// Leaves out of a row y of flow what does not move.
inline void still_row(const EnlargedCells& moving, int64_t y, Vector4* flow, std::vector<float>& line) {
    moving.row(y, line, [&](std::size_t x, float share) { flow[x] *= share; });
}

// Moves row y of blend weights toward those of the time.
inline void balance_row(const EnlargedCells& shares, float time_weight, int64_t y, float* weights,
                        std::vector<float>& line) {
    shares.row(y, line, [&](std::size_t x, float share) {
        weights[x] = time_weight + share * (weights[x] - time_weight);
    });
}

}  // namespace midframe
