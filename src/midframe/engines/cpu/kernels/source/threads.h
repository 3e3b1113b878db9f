// OpenMP, or a single thread where the compiler has none.
#pragma once

#ifdef _OPENMP
#include <omp.h>
namespace midframe {
inline int current_thread() { return omp_get_thread_num(); }
}  // namespace midframe
#else
namespace midframe {
inline int current_thread() { return 0; }
}  // namespace midframe
#endif
