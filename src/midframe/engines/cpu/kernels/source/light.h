// Changes of light between two frames by cells. midframe/engines/agreement.py has the rule.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "agreement.h"
#include "motion.h"

namespace midframe {

// Of the first three lanes.
inline float mean_of_squares(Vector4 values) {
    return (values[0] * values[0] + values[1] * values[1] + values[2] * values[2]) * (1.0f / 3);
}

// Colours as they are, and the mean of their squares as the fourth.
inline Vector4 with_square(Vector4 colours) {
    return Vector4{colours[0], colours[1], colours[2], mean_of_squares(colours)};
}

// The light around a cell: its mean in three lanes, its contrast in the fourth.
inline Vector4 light_of(Vector4 mean, float least_contrast) {
    const float variance = mean[3] - mean_of_squares(mean), kept = variance > 0 ? variance : 0.0f;
    return Vector4{mean[0], mean[1], mean[2], std::sqrt(kept + least_contrast * least_contrast)};
}

// How far the light of two frames differs: 0 up to the tolerance, 1 from twice that on.
inline float change_of_light(Vector4 left, Vector4 right, float tolerance) {
    const float distance = std::sqrt(mean_of_squares(left - right)) + std::fabs(left[3] - right[3]);
    return std::min(std::max(distance / tolerance - 1.0f, 0.0f), 1.0f);
}

// Left minus right where change is 0; where it is 1, what remains in the same light.
inline Vector4 difference_in_one_light(Vector4 left, Vector4 right, Vector4 left_light, Vector4 right_light,
                                       float change) {
    const float least = std::min(left_light[3], right_light[3]);
    const Vector4 plain = left - right;
    const Vector4 rest =
        (left - left_light) * (least / left_light[3]) - (right - right_light) * (least / right_light[3]);
    return plain + change * (rest - plain);
}

// Means of a frame's cells in a window around each of a row, by the cells that count.
class WindowMeans {
public:
    WindowMeans(int64_t rows, int64_t columns, int64_t window)
        : rows_(rows), columns_(columns), window_(window), margin_(window / 2) {}

    struct Workspace {
        std::vector<Vector4> line, sums;
        std::vector<float> counts, totals;
    };

    // Whether row y has a window that reaches into a row of which `marked` is true.
    bool reaches(int64_t y, const std::vector<char>& marked) const {
        const auto first = marked.begin() + larger(y - margin_, 0), last = marked.begin() + smaller(y + margin_ + 1, rows_);
        return std::find(first, last, true) != last;
    }

    // Calls visit(x, mean) for columns [begin, end) of values (rows, columns, 4); `inside`, (rows, columns), is 1 for
    // cells that count, else 0, or null where all do. Beyond the border, it repeats.
    template <typename Visit>
    void row(const float* values, const float* inside, int64_t y, int64_t begin, int64_t end, Workspace& workspace,
             Visit visit) const {
        if (inside) {
            sum<Vector4>(y, begin, end, workspace.line, workspace.sums,
                         [&](int64_t cell) { return load<Vector4>(values + cell * 4) * inside[cell]; });
            sum<float>(y, begin, end, workspace.counts, workspace.totals, [&](int64_t cell) { return inside[cell]; });
            for (int64_t x = begin; x < end; ++x)
                visit(x, workspace.sums[x - begin] * (1.0f / std::max(workspace.totals[x - begin], 1.0f)));
            return;
        }
        sum<Vector4>(y, begin, end, workspace.line, workspace.sums,
                     [&](int64_t cell) { return load<Vector4>(values + cell * 4); });
        const float share = 1.0f / static_cast<float>(window_ * window_);
        for (int64_t x = begin; x < end; ++x) visit(x, workspace.sums[x - begin] * share);
    }

private:
    template <typename V, typename Value>
    void sum(int64_t y, int64_t begin, int64_t end, std::vector<V>& line, std::vector<V>& sums, Value value) const {
        const int64_t first = larger(begin - margin_, 0), last = smaller(end + margin_, columns_);
        line.assign(static_cast<std::size_t>(end - begin + window_ - 1), V{});
        V* const column = line.data() + margin_ - begin;
        for (int64_t i = -margin_; i <= margin_; ++i) {
            const int64_t row = smaller(larger(y + i, 0), rows_ - 1) * columns_;
            for (int64_t x = first; x < last; ++x) column[x] += value(row + x);
        }
        std::fill(line.data(), column + first, column[first]);
        std::fill(column + last, line.data() + line.size(), column[last - 1]);
        // Sums of 1, 2, 4, … neighbours; those that the window's width is the sum of are added up.
        sums.assign(static_cast<std::size_t>(end - begin), V{});
        int64_t added = 0, length = static_cast<int64_t>(line.size());
        for (int64_t width = 1; width <= window_; width *= 2) {
            if (window_ & width) {
                for (int64_t x = 0; x < end - begin; ++x) sums[x] += line[x + added];
                added += width;
            }
            length -= width;
            for (int64_t x = 0; x < length; ++x) line[x] += line[x + width];
        }
    }

    int64_t rows_, columns_, window_, margin_;
};

}  // namespace midframe
