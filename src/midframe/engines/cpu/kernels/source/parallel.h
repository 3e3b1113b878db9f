// Loops that several threads share.
#pragma once

#include <vector>

#include "threads.h"
#include "vectors.h"

namespace midframe {

// Calls body(index, thread) once for every index in [0, count), on at most `threads` threads, which take `chunk`
// neighbouring indices at a time.
template <typename Body>
void parallel_for(int64_t count, int64_t chunk, int threads, const Body& body) {
#pragma omp parallel for schedule(dynamic, chunk) num_threads(threads)
    for (int64_t index = 0; index < count; ++index) body(index, current_thread());
}

template <typename Body>
void parallel_for(int64_t count, int threads, const Body& body) {
    parallel_for(count, 1, threads, body);
}

// One T for every thread of a loop.
template <typename T>
class PerThread {
public:
    explicit PerThread(int threads) : slots_(static_cast<std::size_t>(threads)) {}
    T& operator[](int thread) const { return slots_[static_cast<std::size_t>(thread)].value; }

private:
    struct alignas(128) Slot {
        T value;
    };
    mutable std::vector<Slot> slots_;
};

}  // namespace midframe
