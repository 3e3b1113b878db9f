// A number that library.py works out from its own structures, too, and compares before it calls anything else.
#include "agreement.h"
#include "block_input.h"
#include "convolution.h"
#include "frames.h"
#include "motion.h"
#include "selection.h"

namespace midframe {
namespace {

// Raise it, here and in library.py, when a function's parameters or the meaning of a structure's fields change.
constexpr uint64_t VERSION = 10;

constexpr uint64_t SIZES[] = {
    sizeof(Convolution), sizeof(Estimate),  sizeof(FlowSum), sizeof(BlockInput),
    sizeof(Canvas),      sizeof(Agreement), sizeof(Balance), sizeof(PatchCorners),
};

// FNV-1a over whole numbers.
constexpr uint64_t abi_number() {
    uint64_t number = 14695981039346656037u;
    number = (number ^ VERSION) * 1099511628211u;
    for (const uint64_t size : SIZES) number = (number ^ size) * 1099511628211u;
    return number;
}

}  // namespace
}  // namespace midframe

MIDFRAME_KERNEL uint64_t midframe_abi() {
    constexpr uint64_t number = midframe::abi_number();
    return number;
}
