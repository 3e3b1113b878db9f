// Blend weights of mask logits.
#pragma once

#include "vectors.h"

namespace midframe {

// 1 / (1 + exp(-x)), within 2e-7.
inline Vector8 sigmoid(Vector8 x) {
    Vector8 power = -x;
    power = power < 87.0f ? power : Vector8{} + 87.0f;
    power = power > -87.0f ? power : Vector8{} - 87.0f;
    // exp(power) = 2^whole × exp(remainder), |remainder| <= ln(2)/2
    const Vector8 scaled = power * 1.44269504f;
    const Vector8 nearest = scaled + (scaled < 0.0f ? Vector8{} - 0.5f : Vector8{} + 0.5f);
    const Integer8 whole = __builtin_convertvector(nearest, Integer8);
    const Vector8 steps = __builtin_convertvector(whole, Vector8);
    const Vector8 remainder = (power - steps * 0.693359375f) + steps * 2.12194440e-4f;
    Vector8 series = Vector8{} + 1.0f / 720;
    series = series * remainder + 1.0f / 120;
    series = series * remainder + 1.0f / 24;
    series = series * remainder + 1.0f / 6;
    series = series * remainder + 0.5f;
    series = series * remainder + 1.0f;
    series = series * remainder + 1.0f;
    const Integer8 exponent = (whole + 127) << 23;
    return 1.0f / (1.0f + series * (Vector8)exponent);
}

// Weights of the left frame, in place of logits; there is room for a multiple of 8.
inline void weigh_row(float* mask, int64_t columns) {
    for (int64_t x = 0; x < columns; x += 8) store(mask + x, sigmoid(load<Vector8>(mask + x)));
}

}  // namespace midframe
