// Loops that several threads share: one pool of threads for the library, without OpenMP.
#pragma once

#include <cstdint>
#include <new>

namespace midframe {

// What a loop does with its items [first, last) on thread number `thread`.
using LoopBody = void (*)(const void* context, int64_t first, int64_t last, int thread);

void run_loop(int64_t count, int64_t chunk, int threads, LoopBody body, const void* context) noexcept;

// Calls body(index, thread) once for every index in [0, count), on at most `threads` threads, which take `chunk`
// neighbouring indices at a time; the calling thread is number 0 and takes part. Returns when all is done.
//
// Which thread gets which indices differs from run to run. While another caller has the pool, the calling thread does
// everything.
template <typename Body>
void parallel_for(int64_t count, int64_t chunk, int threads, const Body& body) {
    const LoopBody call = [](const void* context, int64_t first, int64_t last, int thread) {
        const Body& inner = *static_cast<const Body*>(context);
        for (int64_t index = first; index < last; ++index) inner(index, thread);
    };
    run_loop(count, chunk, threads, call, &body);
}

template <typename Body>
void parallel_for(int64_t count, int threads, const Body& body) {
    parallel_for(count, 1, threads, body);
}

// One T for every thread of a loop, each in cache lines of its own.
template <typename T>
class PerThread {
public:
    explicit PerThread(int threads) : slots_(new Slot[static_cast<std::size_t>(threads)]) {}
    ~PerThread() { delete[] slots_; }
    PerThread(const PerThread&) = delete;
    PerThread& operator=(const PerThread&) = delete;

    T& operator[](int thread) const { return slots_[thread].value; }

private:
    struct alignas(128) Slot {
        T value;
    };
    Slot* slots_;
};

}  // namespace midframe
