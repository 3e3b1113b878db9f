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
    int64_t height, width;  // what frames are padded to, right and below, with zeros
};

}  // namespace midframe
