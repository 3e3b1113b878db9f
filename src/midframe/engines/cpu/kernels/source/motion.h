// Flow and mask at any pixel, as sums of enlargements of what each block estimated.
#pragma once

#include <cstddef>
#include <vector>

#include "vectors.h"

namespace midframe {

constexpr int64_t MOTION_PLANES = 5;   // flow to the left frame (x, y), to the right frame (x, y), mask logit
constexpr int64_t FEATURE_PLANES = 8;  // handed from one block to the next, where a version has them

// One output position of an enlargement: values first and first + 1, and the latter's weight.
struct Tap {
    int32_t first;
    float weight;
};

// `position` is a full-resolution pixel coordinate; `offset` see Estimate.
inline Tap tap_at(float position, float factor, int64_t length, float offset = 0.0f) {
    const float source = (position + 0.5f) / factor - 0.5f + offset;
    const float clamped = source > 0 ? source : 0.0f;
    const int64_t first = smaller(static_cast<int64_t>(clamped), length - 1);
    return {static_cast<int32_t>(first), clamped - static_cast<float>(first)};
}

// Output of one block as its last convolution leaves it: for every corner between pixels, the span × span output
// pixels around it, [row][column][motion plane], then [row][column][feature plane]. Mirrors library.py.
struct Estimate {
    const float* corners;
    int64_t pitch;     // corners in a row
    int64_t channels;  // floats per corner
    int64_t span;      // 4 or 2; 1 where "corners" are plain pixels
    int64_t height;    // in pixels
    int64_t width;
    int64_t has_mask;  // whether its mask is part of the sum
    float factor;      // full resolution / this resolution
    float gain;        // flow values × gain are pixels
    float offset;      // own pixels that its area begins above and left of the frame: 0, or 1/2 for a sum

    Tap down(float position) const { return tap_at(position, factor, height, offset); }
    Tap across(float position) const { return tap_at(position, factor, width, offset); }
};

// Flow (height, width, 4) that was summed up already: the first `estimates` of a list are in it.
struct FlowSum {
    const float* flow;  // null where estimates is 0
    int64_t estimates;
};

// Which pixels of full resolution a block at 1/scale looks at, along one axis.
struct Grid {
    int64_t scale;

    int64_t samples_per_cell() const { return scale == 1 ? 1 : 2; }
    int64_t sample(int64_t index) const { return scale == 1 ? index : index / 2 * scale + scale / 2 - 1 + index % 2; }
    float centre(int64_t cell) const { return static_cast<float>(cell * scale) + 0.5f * static_cast<float>(scale - 1); }
};

using Taps = std::vector<Tap>;

inline Taps sample_taps(const Estimate& estimate, Grid grid, int64_t count) {
    Taps taps(static_cast<std::size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
        taps[i] = estimate.across(static_cast<float>(grid.sample(i)));
    }
    return taps;
}

inline Taps centre_taps(const Estimate& estimate, Grid grid, int64_t count) {
    Taps taps(static_cast<std::size_t>(count));
    for (int64_t i = 0; i < count; ++i) taps[i] = estimate.across(grid.centre(i));
    return taps;
}

// A plane group of an estimate: V is Vector4 for flow, float for the mask, Vector8 for features.
template <typename V>
struct PlaneGroup;
template <>
struct PlaneGroup<Vector4> {
    static constexpr int64_t step = MOTION_PLANES;
    static int64_t offset(const Estimate&) { return 0; }
};
template <>
struct PlaneGroup<float> {
    static constexpr int64_t step = MOTION_PLANES;
    static int64_t offset(const Estimate&) { return 4; }
};
template <>
struct PlaneGroup<Vector8> {
    static constexpr int64_t step = FEATURE_PLANES;
    static int64_t offset(const Estimate& estimate) { return estimate.span * estimate.span * MOTION_PLANES; }
};

// Where the values of a plane group are in an estimate.
template <typename V>
class Places {
public:
    explicit Places(const Estimate& estimate)
        : first_(estimate.corners + PlaneGroup<V>::offset(estimate)),
          channels_(estimate.channels),
          corner_row_(estimate.pitch * estimate.channels),
          pixel_row_(estimate.span * PlaneGroup<V>::step),
          half_(estimate.span / 2),
          low_bits_(estimate.span - 1),
          shift_(half_ == 2 ? 2 : half_) {}

    const float* row(int64_t y) const {
        const int64_t place = y + half_;
        return first_ + (place >> shift_) * corner_row_ + (place & low_bits_) * pixel_row_;
    }

    int64_t across(int64_t x) const {
        const int64_t place = x + half_;
        return (place >> shift_) * channels_ + (place & low_bits_) * PlaneGroup<V>::step;
    }

private:
    const float* first_;
    int64_t channels_, corner_row_, pixel_row_, half_, low_bits_, shift_;
};

// Part of one row of an enlargement: output[i] += gain × value at taps[i], for `count` taps of ascending positions.
template <typename V>
void add_enlarged_row(const Estimate& estimate, float row_position, const Tap* taps, int64_t count, float gain,
                      std::vector<V>& line, V* output) {
    const Tap down = estimate.down(row_position);
    const Places<V> places(estimate);
    const float* const above = places.row(down.first);
    const float* const below = places.row(smaller(down.first + 1, estimate.height - 1));
    const int64_t first = taps[0].first, last = smaller(taps[count - 1].first + 1, estimate.width - 1);
    if (static_cast<int64_t>(line.size()) < last - first + 2) line.resize(static_cast<std::size_t>(last - first + 2));
    if (estimate.factor == 1.0f) {
        for (int64_t i = 0; i < count; ++i) output[i] += load<V>(above + places.across(first + i)) * gain;
        return;
    }
    const float weight = down.weight * gain, remainder = gain - weight;
    for (int64_t x = first; x <= last; ++x) {
        const int64_t offset = places.across(x);
        line[x - first] = load<V>(above + offset) * remainder + load<V>(below + offset) * weight;
    }
    // The pixel beyond the edge repeats it.
    line[last - first + 1] = line[last - first];
    for (int64_t i = 0; i < count; ++i) {
        const V* pair = line.data() + (taps[i].first - first);
        output[i] += pair[0] + taps[i].weight * (pair[1] - pair[0]);
    }
}

// The same for neighbouring pixels from `first` on, in an enlargement by 2.
template <typename V>
void add_doubled_row(const Estimate& estimate, float row_position, int64_t first, int64_t count, float gain,
                     std::vector<V>& line, V* output) {
    const Tap down = estimate.down(row_position);
    const Places<V> places(estimate);
    const float* const above = places.row(down.first);
    const float* const below = places.row(smaller(down.first + 1, estimate.height - 1));
    const float weight = down.weight * gain, remainder = gain - weight;
    // Pixels 2i and 2i + 1 lie between values i and i + 1; without an offset, one value earlier and one pixel later.
    const int64_t shift = estimate.offset == 0.0f, begin = (first + shift) / 2 - shift;
    const int64_t end = (first + count - 1 + shift) / 2 - shift + 2;
    if (static_cast<int64_t>(line.size()) < end - begin) line.resize(static_cast<std::size_t>(end - begin));
    const int64_t inside_begin = larger(begin, 0), inside_end = smaller(end, estimate.width);
    V* const values = line.data() - begin;
    for (int64_t x = inside_begin; x < inside_end; ++x) {
        const int64_t offset = places.across(x);
        values[x] = load<V>(above + offset) * remainder + load<V>(below + offset) * weight;
    }
    // Beyond the edges, they repeat.
    for (int64_t x = begin; x < inside_begin; ++x) values[x] = values[inside_begin];
    for (int64_t x = inside_end; x < end; ++x) values[x] = values[inside_end - 1];
    const V* pair = line.data();
    int64_t x = 0;
    if ((first + shift) % 2) {
        output[x++] += pair[0] + 0.75f * (pair[1] - pair[0]);
        ++pair;
    }
    for (; x + 1 < count; x += 2, ++pair) {
        const V step = pair[1] - pair[0];
        output[x] += pair[0] + 0.25f * step;
        output[x + 1] += pair[0] + 0.75f * step;
    }
    if (x < count) output[x] += pair[0] + 0.25f * (pair[1] - pair[0]);
}

// The same for neighbouring pixels in any enlargement; `taps` belong to them.
template <typename V>
void add_pixel_row(const Estimate& estimate, float row_position, const Tap* taps, int64_t first, int64_t count,
                   float gain, std::vector<V>& line, V* output) {
    if (estimate.factor == 2.0f)
        add_doubled_row<V>(estimate, row_position, first, count, gain, line, output);
    else
        add_enlarged_row<V>(estimate, row_position, taps, count, gain, line, output);
}

// The same for positions that may be far from each other, in an enlargement that may be none.
template <typename V>
void add_sampled_row(const Estimate& estimate, float row_position, const Tap* taps, int64_t count, float gain,
                     std::vector<V>& line, V* output) {
    if (estimate.factor != 1.0f) {
        add_enlarged_row<V>(estimate, row_position, taps, count, gain, line, output);
        return;
    }
    const Places<V> places(estimate);
    const float* const row = places.row(estimate.down(row_position).first);
    for (int64_t i = 0; i < count; ++i) output[i] += load<V>(row + places.across(taps[i].first)) * gain;
}

// Where a pixel's flow leads in both frames: bilinear neighbours (x, y to the left frame, x, y to the right one).
struct Target {
    Integer4 whole;
    Vector4 fraction;
};

struct Bounds {
    Vector4 limits;
    Integer4 last;

    // `neighbours`: how many pixels follow each target's first one inside the frame, 1 or 0.
    Bounds(int64_t height, int64_t width, int32_t neighbours = 1)
        : limits{static_cast<float>(width - 1), static_cast<float>(height - 1), static_cast<float>(width - 1),
                 static_cast<float>(height - 1)},
          last{static_cast<int32_t>(width - 1) - neighbours, static_cast<int32_t>(height - 1) - neighbours,
               static_cast<int32_t>(width - 1) - neighbours, static_cast<int32_t>(height - 1) - neighbours} {}

    // Beyond the border, the border counts. Written so that NaN ends inside, too.
    Target target(Vector4 flow, float x, float y) const {
        const Vector4 zero = {};
        Vector4 position = flow + Vector4{x, y, x, y};
        position = position > zero ? position : zero;
        position = position < limits ? position : limits;
        Integer4 whole = __builtin_convertvector(position, Integer4);
        whole = whole < last ? whole : last;
        return {whole, position - __builtin_convertvector(whole, Vector4)};
    }
};

// The four neighbours of a target in one frame, weighted; V lanes from `pixel`'s channel on.
template <typename V>
inline V interpolate(const float* pixel, int64_t pixel_step, int64_t row_step, float fx, float fy) {
    const V above = load<V>(pixel), above_next = load<V>(pixel + pixel_step);
    const V below = load<V>(pixel + row_step), below_next = load<V>(pixel + row_step + pixel_step);
    const V top = above + fx * (above_next - above), bottom = below + fx * (below_next - below);
    return top + fy * (bottom - top);
}

}  // namespace midframe
