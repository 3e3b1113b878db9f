// Short vectors through the compiler's own vector types: no intrinsics, any architecture.
//
// Every file here is compiled once per instruction set into a library of its own (see setup.py); the loader picks
// one at run time. The code is the same; only the compiler's flags and LANES differ.
#pragma once

#include <cstdint>

// A function that library.py calls.
#if defined(_WIN32)
#define MIDFRAME_KERNEL extern "C" __declspec(dllexport)
#else
#define MIDFRAME_KERNEL extern "C" __attribute__((visibility("default")))
#endif

namespace midframe {

// Floats in a register. Tests define it to have the layout of one instruction set run on another.
#if !defined(MIDFRAME_LANES)
#if defined(__AVX512F__)
#define MIDFRAME_LANES 16
#elif defined(__AVX2__)
#define MIDFRAME_LANES 8
#else
#define MIDFRAME_LANES 4
#endif
#endif
constexpr int LANES = MIDFRAME_LANES;

// Rows of the register tile in multiply.h: 24 of AVX-512's 32 registers accumulate, 12 of AVX2's 16, 8 of 16.
constexpr int TILE_ROWS = LANES == 16 ? 12 : LANES == 8 ? 6 : 4;

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
