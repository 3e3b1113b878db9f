#include "threads.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <signal.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace midframe {
namespace {

// How long a thread looks for work, or for the end of work, before it sleeps. It covers what a caller does between two
// loops; a thread that other processes are waiting for loses no more than this.
constexpr std::chrono::microseconds SPIN{30};

inline void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

// Whether `condition` came true within SPIN.
template <typename Condition>
bool spin_until(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + SPIN;
    do {
        for (int i = 0; i < 32; ++i) {
            if (condition()) return true;
            pause();
        }
    } while (std::chrono::steady_clock::now() < end);
    return false;
}

// A thread that waits for a condition which another one makes true: looks for a while, then sleeps.
class Waiter {
public:
    template <typename Condition>
    void wait(Condition condition) {
        if (spin_until(condition)) return;
        std::unique_lock<std::mutex> lock(mutex_);
        // Sequentially consistent, like what makes the condition true: either this thread sees that, or the other one
        // sees this.
        asleep_.store(true);
        changed_.wait(lock, condition);
        asleep_.store(false);
    }

    // To be called after the condition may have come true.
    void notify() {
        if (!asleep_.load()) return;
        // With the lock, the waiter is either before its last look at the condition or asleep.
        { const std::lock_guard<std::mutex> lock(mutex_); }
        changed_.notify_one();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::atomic<bool> asleep_{false};
};

#if defined(_WIN32)
// No thread gets signals, so there is nothing to block.
struct BlockedSignals {};
#else
// Signals are for the program's own threads: one that is started while this exists gets none.
class BlockedSignals {
public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

private:
    sigset_t before_;
};
#endif

// What threads need to know before they may look at a loop: its number, how many threads it is for, whether it still
// takes threads, and how many are at work besides the caller.
class State {
public:
    explicit State(uint64_t bits) : bits_(bits) {}
    static State of(uint32_t number, int threads) {
        return State(uint64_t{number} << 32 | static_cast<uint64_t>(threads) << 17 | OPEN);
    }

    uint64_t bits() const { return bits_; }
    uint32_t number() const { return static_cast<uint32_t>(bits_ >> 32); }
    int threads() const { return static_cast<int>(bits_ >> 17 & 0x7fff); }
    bool is_open() const { return bits_ & OPEN; }
    uint32_t working() const { return static_cast<uint32_t>(bits_ & 0xffff); }

    static constexpr uint64_t OPEN = 1 << 16;
    static constexpr int MOST_THREADS = 0x7fff;

private:
    uint64_t bits_;
};

class Pool {
public:
    // Whether the loop was run; it is not while another caller has the pool.
    bool run(int64_t count, int64_t chunk, int threads, LoopBody body, const void* context) {
        const std::unique_lock<std::mutex> lock(taken_, std::try_to_lock);
        if (!lock.owns_lock()) return false;
        threads = std::min(threads, have_workers(threads - 1) + 1);
        // No worker is in a loop now, and none enters before the state says so.
        count_ = count, chunk_ = chunk, body_ = body, context_ = context;
        next_.store(0, std::memory_order_relaxed);
        state_.store(State::of(++number_, threads).bits());
        for (int worker = 1; worker < threads; ++worker) workers_[worker - 1]->notify();
        work(0);
        // Threads that have not come by now are not waited for: they may be a long time in coming where other
        // processes hold the processor.
        const State closed(state_.fetch_and(~State::OPEN));
        if (closed.working()) {
            caller_.wait([this] { return State(state_.load()).working() == 0; });
        }
        return true;
    }

private:
    void work(int thread) {
        for (;;) {
            const int64_t first = next_.fetch_add(chunk_, std::memory_order_relaxed);
            if (first >= count_) return;
            body_(context_, first, std::min(first + chunk_, count_), thread);
        }
    }

    void work_forever(Waiter& waiter, int thread) {
        uint32_t last = 0;
        for (;;) {
            uint64_t bits = 0;
            waiter.wait([&] {
                bits = state_.load();
                const State state(bits);
                return state.number() != last && state.is_open() && thread < state.threads();
            });
            if (!state_.compare_exchange_strong(bits, bits + 1)) continue;
            last = State(bits).number();
            work(thread);
            const State left(state_.fetch_sub(1) - 1);
            if (left.working() == 0 && !left.is_open()) caller_.notify();
        }
    }

    // Start workers up to a number, as far as the system allows; returns how many there are.
    int have_workers(int wanted) {
        while (static_cast<int>(workers_.size()) < wanted) {
            auto waiter = std::make_unique<Waiter>();
            const int thread = static_cast<int>(workers_.size()) + 1;
            bool started = true;
            try {
                [[maybe_unused]] const BlockedSignals blocked;
                std::thread([this, thread, mine = waiter.get()] { work_forever(*mine, thread); }).detach();
            } catch (const std::system_error&) {
                started = false;
            }
            if (!started) break;
            workers_.push_back(std::move(waiter));
        }
        return static_cast<int>(workers_.size());
    }

    std::mutex taken_;  // held by the caller whose loop runs
    std::vector<std::unique_ptr<Waiter>> workers_;
    uint32_t number_ = 0;
    Waiter caller_;
    // The loop.
    int64_t count_ = 0, chunk_ = 1;
    LoopBody body_ = nullptr;
    const void* context_ = nullptr;
    alignas(128) std::atomic<uint64_t> state_{0};
    alignas(128) std::atomic<int64_t> next_{0};
};

// Never freed: its threads live until the process ends.
std::atomic<Pool*> the_pool{nullptr};

#if !defined(_WIN32)
// A child process has none of its parent's threads, so it begins with a pool of its own.
[[maybe_unused]] const int registered = pthread_atfork(nullptr, nullptr, [] { the_pool.store(nullptr); });
#endif

Pool& pool() {
    Pool* existing = the_pool.load();
    if (!existing) {
        auto made = std::make_unique<Pool>();
        if (the_pool.compare_exchange_strong(existing, made.get())) existing = made.release();
    }
    return *existing;
}

}  // namespace

void run_loop(int64_t count, int64_t chunk, int threads, LoopBody body, const void* context) noexcept {
    // No more threads than chunks.
    threads = static_cast<int>(std::min<int64_t>({threads, (count + chunk - 1) / chunk, State::MOST_THREADS}));
    if (threads > 1 && pool().run(count, chunk, threads, body, context)) return;
    body(context, 0, count, 0);
}

}  // namespace midframe
