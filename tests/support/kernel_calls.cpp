// Calls kernels with arguments from a file, for tests on a processor that Python does not run on.
//
// kernel_calls INPUT OUTPUT. INPUT is a row of 64-bit numbers, and names and contents of buffers between them:
// buffers (count; for each, its bytes and its contents), pointers in buffers (count; for each, buffer and offset of
// the pointer, buffer and offset of what it points to), calls (count; for each, the function's name as 64 bytes, and
// 12 arguments: buffer or -1, offset or number). OUTPUT gets the contents of all buffers.
//
// KERNELS is X(function) for every function that can be called.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

using Argument = int64_t;

#define X(name) void name();
extern "C" {
KERNELS
}
#undef X

struct Function {
    const char* name;
    void (*address)();
};

#define X(name) {#name, name},
static const Function FUNCTIONS[] = {KERNELS};
#undef X

static void read(FILE* file, void* to, size_t bytes) {
    if (std::fread(to, 1, bytes, file) != bytes) std::abort();
}

static int64_t number(FILE* file) {
    int64_t value;
    read(file, &value, sizeof value);
    return value;
}

static void call(const char* name, const Argument* a) {
    for (const Function& function : FUNCTIONS) {
        if (std::strcmp(function.name, name)) continue;
        // Whole numbers and pointers are passed alike, and a function does not look at more than it has.
        using Any = void (*)(Argument, Argument, Argument, Argument, Argument, Argument, Argument, Argument, Argument,
                             Argument, Argument, Argument);
        reinterpret_cast<Any>(function.address)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10],
                                                a[11]);
        return;
    }
    std::abort();
}

int main(int, char** arguments) {
    FILE* const input = std::fopen(arguments[1], "rb");
    if (!input) return 1;
    std::vector<std::vector<char>> buffers(static_cast<size_t>(number(input)));
    for (std::vector<char>& buffer : buffers) {
        buffer.resize(static_cast<size_t>(number(input)));
        read(input, buffer.data(), buffer.size());
    }
    const auto address = [&](int64_t buffer, int64_t offset) {
        return reinterpret_cast<Argument>(buffers.at(static_cast<size_t>(buffer)).data() + offset);
    };
    for (int64_t left = number(input); left > 0; --left) {
        int64_t pointer[4];
        read(input, pointer, sizeof pointer);
        const Argument target = address(pointer[2], pointer[3]);
        std::memcpy(reinterpret_cast<char*>(address(pointer[0], pointer[1])), &target, sizeof target);
    }
    for (int64_t left = number(input); left > 0; --left) {
        char name[64];
        read(input, name, sizeof name);
        Argument values[12];
        for (Argument& value : values) {
            const int64_t buffer = number(input), offset = number(input);
            value = buffer < 0 ? offset : address(buffer, offset);
        }
        call(name, values);
    }
    FILE* const output = std::fopen(arguments[2], "wb");
    if (!output) return 1;
    for (const std::vector<char>& buffer : buffers) std::fwrite(buffer.data(), 1, buffer.size(), output);
    return std::fclose(output);
}
