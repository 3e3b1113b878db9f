// What the processor and the system can run. The baseline library is asked, which every processor runs.
#include "vectors.h"

// How many of library.py's instruction sets, in their order, are supported: 1 for the baseline alone. Must ask for
// everything that setup.py compiles with.
MIDFRAME_KERNEL int midframe_supported() {
#if defined(__x86_64__)
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
