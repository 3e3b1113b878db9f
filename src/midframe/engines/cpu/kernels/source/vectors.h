// Short vectors through the compiler's own vector types: no intrinsics, any architecture.
//
// Every file here is compiled once per instruction set into a library of its own (see setup.py); the loader picks
// one at run time. The code is the same; only the compiler's flags and LANES differ.
#pragma once

#include <cstdint>

// A function that library.py calls.
#define MIDFRAME_KERNEL extern "C" __attribute__((visibility("default")))

namespace midframe {

#if defined(__AVX512F__)
constexpr int LANES = 16;      // floats in a register
constexpr int TILE_ROWS = 12;  // rows of the register tile in multiply.h: 24 of 32 registers accumulate
#elif defined(__AVX2__)
constexpr int LANES = 8;
constexpr int TILE_ROWS = 6;  // 12 of 16 registers accumulate
#else
constexpr int LANES = 4;
constexpr int TILE_ROWS = 4;  // 8 of 16 registers accumulate
#endif

typedef float Vector __attribute__((vector_size(LANES * 4)));
typedef float Vector8 __attribute__((vector_size(32)));
typedef float Vector4 __attribute__((vector_size(16)));
typedef int32_t Integer4 __attribute__((vector_size(16)));
typedef int32_t Integer8 __attribute__((vector_size(32)));

// One unaligned load or store each; V may also be float.
template <typename V>
inline V load(const float* from) {
    V value;
    __builtin_memcpy(&value, from, sizeof(V));
    return value;
}
template <typename V>
inline void store(float* to, V value) {
    __builtin_memcpy(to, &value, sizeof(V));
}

// value where it is positive, value * slope elsewhere; NaN stays NaN.
template <typename V>
inline V activate(V value, V slopes) {
    return value > 0 ? value : value * slopes;
}

inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
inline int64_t larger(int64_t a, int64_t b) { return a > b ? a : b; }
inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

}  // namespace midframe
