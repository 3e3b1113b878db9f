// What the blend of two warped frames reads and writes.
#pragma once

#include <cstdint>

namespace midframe {

// Mirrors library.py.
struct Canvas {
    const float* left;  // (rows, columns, channels) without gaps or padding
    const float* right;
    float* output;  // of the same shape
    int64_t rows, columns, channels;
    int64_t width;  // of the estimates, with padding right of the frame
};

}  // namespace midframe
