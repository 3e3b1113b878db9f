// What the processor and the system can run. The baseline library is asked, which every processor runs.
#include "vectors.h"

#if defined(_WIN32) && defined(__x86_64__)
#include <cpuid.h>

#include <initializer_list>

namespace {

constexpr unsigned bits(std::initializer_list<int> numbers) {
    unsigned sum = 0;
    for (int number : numbers) sum |= 1u << number;
    return sum;
}

bool has(unsigned value, unsigned wanted) { return (value & wanted) == wanted; }

// As below, from the processor itself: clang-cl links no library that has __builtin_cpu_supports.
int supported() {
    unsigned a = 0, b = 0, c = 0, d = 0;
    // FMA, XSAVE by the system, AVX.
    if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, bits({12, 27, 28}))) return 1;
    unsigned states = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(states), "=d"(high) : "c"(0));
    // The system keeps 16 registers of 256 bits; AVX2.
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(states, bits({1, 2})) || !has(b, bits({5}))) return 1;
    // It keeps 32 of 512 bits, and masks; AVX-512 F, DQ, BW, VL.
    return has(states, bits({5, 6, 7})) && has(b, bits({16, 17, 30, 31})) ? 3 : 2;
}

}  // namespace
#endif

// How many of library.py's instruction sets, in their order, are supported: 1 for the baseline alone. Must ask for
// everything that setup.py compiles with.
MIDFRAME_KERNEL int midframe_supported() {
#if defined(_WIN32) && defined(__x86_64__)
    return supported();
#elif defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq"))
        return 2;
    return 3;
#else
    return 1;
#endif
}
