// Convolutions with stride 1 by Winograd's method: 3 × 3 by F(4 × 4, 3 × 3), a quarter of the multiplications, and
// 2 × 2 over corners by F(4 × 4, 2 × 2), two fifths of them. With stride 2, 3 × 3 takes nine sixteenths.
//
// Each 4 × 4 tile of the output is computed from the 6 × 6 (5 × 5, 9 × 9) input pixels around it. Both are transformed
// by small constant matrices; in between, each of the 36 (25, 81) transformed positions is a plain matrix product over
// channels.
// (A. Lavin, S. Gray: "Fast Algorithms for Convolutional Neural Networks", 2015.)
#include <algorithm>
#include <cstddef>
#include <vector>

#include "convolution.h"
#include "threads.h"

namespace midframe {
namespace {

constexpr int TILE = 4;
constexpr int64_t TILES_PER_BLOCK = 24;  // divisible by every TILE_ROWS

// Floats from one position to the next. One cache line more than is needed: at a distance of a power of two, all
// positions of a tile would compete for the same few places of the first-level cache.
constexpr int64_t position_floats(int64_t channels) { return TILES_PER_BLOCK * channels + 16; }
constexpr int64_t PRODUCT_STEP = position_floats(PANEL);

// The transforms of one column (or row) for kernels of 3 × 3: points 0, ±1, ±2 and infinity.
struct Plain {
    static constexpr int REACH = 6, STEP = 1, WEIGHTS = 6;

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void input(Read read, Write write) {
        const Vector d0 = read(0), d1 = read(1), d2 = read(2), d3 = read(3), d4 = read(4), d5 = read(5);
        const Vector even = d4 - 4.0f * d2, odd = d3 - 4.0f * d1;
        const Vector near = d4 - d2, far = 2.0f * (d3 - d1);
        write(0, 4.0f * d0 - 5.0f * d2 + d4);
        write(1, even + odd);
        write(2, even - odd);
        write(3, near + far);
        write(4, near - far);
        write(5, 4.0f * d1 - 5.0f * d3 + d5);
    }

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void output(Read read, Write write) {
        const Vector m0 = read(0), m1 = read(1), m2 = read(2), m3 = read(3), m4 = read(4), m5 = read(5);
        const Vector sum = m1 + m2, difference = m1 - m2, far_sum = m3 + m4, far_difference = m3 - m4;
        write(0, m0 + sum + far_sum);
        write(1, difference + 2.0f * far_difference);
        write(2, sum + 4.0f * far_sum);
        write(3, difference + 8.0f * far_difference + m5);
    }
};

// For kernels of 2 × 2: points 0, ±1, 2 and infinity.
struct Corners {
    static constexpr int REACH = 5, STEP = 1, WEIGHTS = 5;

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void input(Read read, Write write) {
        const Vector d0 = read(0), d1 = read(1), d2 = read(2), d3 = read(3), d4 = read(4);
        const Vector step = d3 - d1, twice = 2.0f * (d2 - d0);
        write(0, step - twice);
        write(1, d3 - d2 - 2.0f * d1);
        write(2, d3 - 3.0f * d2 + 2.0f * d1);
        write(3, step);
        write(4, d4 - d2 - 2.0f * step);
    }

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void output(Read read, Write write) {
        const Vector m0 = read(0), m1 = read(1), m2 = read(2), m3 = read(3), m4 = read(4);
        const Vector sum = m1 + m2, difference = m1 - m2;
        write(0, m0 + sum + m3);
        write(1, difference + 2.0f * m3);
        write(2, sum + 4.0f * m3);
        write(3, difference + 8.0f * m3 + m4);
    }
};

// For kernels of 3 × 3 with a stride of 2: every other pixel meets the two outer weights, which is a kernel of 2; those
// between meet the one in the middle, and stay as they are.
struct Strided {
    static constexpr int REACH = 9, STEP = 2, WEIGHTS = 6;

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void input(Read read, Write write) {
        Corners::input([&](int i) { return read(2 * i); }, write);
        for (int i = 0; i < TILE; ++i) write(Corners::REACH + i, read(2 * i + 1));
    }

    template <typename Read, typename Write>
    static inline __attribute__((always_inline)) void output(Read read, Write write) {
        Corners::output(read, [&](int i, Vector value) { write(i, value + read(Corners::REACH + i)); });
    }
};

// Which of the transformed weights belong to a position: the last ones of a row or column may serve several.
template <typename Scheme>
constexpr int64_t weights_at(int position) {
    const int64_t row = smaller(position / Scheme::REACH, Scheme::WEIGHTS - 1);
    return row * Scheme::WEIGHTS + smaller(position % Scheme::REACH, Scheme::WEIGHTS - 1);
}

template <typename Scheme>
constexpr int POSITIONS = Scheme::REACH * Scheme::REACH;

struct Buffers {
    const float* input;                 // corner of the zero border, one pixel above and left of the first pixel
    float* output;                      // first pixel
    const float* skip;                  // added after the activation, laid out like output; or null
    int64_t input_pitch, output_pitch;  // in pixels
    int64_t height, width;
    int64_t input_height, input_width;  // with the border
    int64_t tile_columns;
    const int32_t* tiles;  // numbers of those to compute; null for all

    int64_t row(int64_t tile) const { return number(tile) / tile_columns * TILE; }
    int64_t column(int64_t tile) const { return number(tile) % tile_columns * TILE; }
    int64_t number(int64_t tile) const { return tiles ? tiles[tile] : tile; }
};

// Input transform of one tile from its corner on: transformed[position][tile][channel]; `transformed` points at this
// tile.
template <typename Scheme>
void transform_tile(const Convolution& layer, const float* corner, int64_t row_step, float* transformed,
                    int64_t position_step) {
    constexpr int REACH = Scheme::REACH;
    for (int64_t channel = 0; channel < layer.inputs; channel += LANES) {
        Vector half[REACH][REACH];
#pragma GCC unroll 9
        for (int column = 0; column < REACH; ++column) {
            const float* from = corner + column * layer.inputs + channel;
            Scheme::input([&](int i) { return load<Vector>(from + i * row_step); },
                          [&](int i, Vector value) { half[i][column] = value; });
        }
#pragma GCC unroll 9
        for (int row = 0; row < REACH; ++row) {
            float* to = transformed + row * REACH * position_step + channel;
            Scheme::input([&](int i) { return half[row][i]; },
                            [&](int i, Vector value) { store(to + i * position_step, value); });
        }
    }
}

// Products for one panel of outputs at one position.
template <int REGISTERS>
struct PositionProduct {
    const float* transformed;  // [tile][input channels]
    int64_t tile_step;
    const float* panel;  // [depth][PANEL]
    int64_t depth;
    float* products;  // [tile][PANEL]

    template <int ROWS>
    inline __attribute__((always_inline)) void run(int64_t first) const {
        Vector sums[ROWS][REGISTERS] = {};
        multiply<ROWS>(transformed + first * tile_step, tile_step, panel, depth, sums);
        for (int r = 0; r < ROWS; ++r) {
            for (int i = 0; i < REGISTERS; ++i) store(products + (first + r) * PANEL + i * LANES, sums[r][i]);
        }
    }
};

// Where the output of a tile goes.
struct TilePlace {
    float* output;
    const float* skip;  // or null
    int64_t row_step;
    int64_t rows, columns;

    TilePlace(const Convolution& layer, const Buffers& buffers, int64_t tile) {
        const int64_t y = buffers.row(tile), x = buffers.column(tile);
        const int64_t offset = (y * buffers.output_pitch + x) * layer.outputs;
        output = buffers.output + offset;
        skip = buffers.skip ? buffers.skip + offset : nullptr;
        row_step = buffers.output_pitch * layer.outputs;
        rows = smaller(TILE, buffers.height - y);
        columns = smaller(TILE, buffers.width - x);
    }
};

// Output transform of LANES channels of one tile, bias, activation, skip. Most tiles are WHOLE.
template <typename Scheme, bool WHOLE>
inline __attribute__((always_inline)) void finish_tile(const Convolution& layer, const TilePlace& target,
                                                       const float* products, int64_t position_step, int64_t channel) {
    constexpr int REACH = Scheme::REACH;
    Vector half[TILE][REACH];
#pragma GCC unroll 9
    for (int column = 0; column < REACH; ++column) {
        Scheme::output([&](int i) { return load<Vector>(products + (i * REACH + column) * position_step); },
                       [&](int i, Vector value) { half[i][column] = value; });
    }
    const Vector bias = load<Vector>(layer.bias + channel), slopes = load<Vector>(layer.slopes + channel);
#pragma GCC unroll 4
    for (int row = 0; row < TILE; ++row) {
        if (!WHOLE && row >= target.rows) break;
        const int64_t offset = row * target.row_step + channel;
        Vector pixels[TILE];
        Scheme::output([&](int i) { return half[row][i]; },
                       [&](int i, Vector value) { pixels[i] = activate(value + bias, slopes); });
        if (target.skip) {
#pragma GCC unroll 4
            for (int column = 0; column < TILE; ++column) {
                if (WHOLE || column < target.columns)
                    pixels[column] += load<Vector>(target.skip + offset + column * layer.outputs);
            }
        }
#pragma GCC unroll 4
        for (int column = 0; column < TILE; ++column) {
            if (WHOLE || column < target.columns)
                store(target.output + offset + column * layer.outputs, pixels[column]);
        }
    }
}

// Products and output transform of `tiles` tiles from `first_tile` on, for one panel of outputs from `channel` on.
template <typename Scheme, int REGISTERS>
void finish_channels(const Convolution& layer, const Buffers& buffers, int64_t first_tile, int64_t tiles,
                     const float* transformed, int64_t position_step, int64_t panel, int64_t channel,
                     float* products) {
    const int64_t depth = layer.inputs / layer.groups;
    const float* const weights = layer.weights + panel * Scheme::WEIGHTS * Scheme::WEIGHTS * depth * PANEL;
    for (int position = 0; position < POSITIONS<Scheme>; ++position) {
        for_row_tiles(tiles, PositionProduct<REGISTERS>{transformed + position * position_step, layer.inputs,
                                                        weights + weights_at<Scheme>(position) * depth * PANEL, depth,
                                                        products + position * PRODUCT_STEP});
    }
    for (int64_t tile = 0; tile < tiles; ++tile) {
        const TilePlace target(layer, buffers, first_tile + tile);
        const bool whole = target.rows == TILE && target.columns == TILE;
        for (int i = 0; i < REGISTERS; ++i) {
            const float* const from = products + tile * PANEL + i * LANES;
            if (__builtin_expect(whole, true))
                finish_tile<Scheme, true>(layer, target, from, PRODUCT_STEP, channel + i * LANES);
            else
                finish_tile<Scheme, false>(layer, target, from, PRODUCT_STEP, channel + i * LANES);
        }
    }
}

template <typename Scheme>
void finish_panel(const Convolution& layer, const Buffers& buffers, int64_t first_tile, int64_t tiles,
                  const float* transformed, int64_t position_step, int64_t panel, float* products) {
    const int64_t outputs = layer.outputs / layer.groups, panels = divide_up(outputs, PANEL);
    const int64_t group = panel / panels, channel_in_group = panel % panels * PANEL;
    const float* const from = transformed + group * (layer.inputs / layer.groups);
    const auto finish = channel_in_group + LANES < outputs ? finish_channels<Scheme, 2> : finish_channels<Scheme, 1>;
    finish(layer, buffers, first_tile, tiles, from, position_step, panel, group * outputs + channel_in_group, products);
}

template <typename Scheme>
int64_t block_floats(int64_t inputs) {
    return POSITIONS<Scheme> * position_floats(inputs);
}

// With this many blocks per thread, threads share out blocks and nothing else.
constexpr int64_t BLOCKS_PER_THREAD = 4;

// Blocks that are held in transformed form at a time.
int64_t blocks_in_memory(int64_t blocks, int threads) {
    return blocks >= BLOCKS_PER_THREAD * threads ? threads : blocks;
}

// The most of that for any part of the tiles.
int64_t most_blocks_in_memory(int64_t blocks, int threads) {
    return smaller(blocks, larger(BLOCKS_PER_THREAD * threads - 1, threads));
}

template <typename Scheme>
constexpr int64_t PRODUCT_FLOATS = POSITIONS<Scheme> * PRODUCT_STEP;

// Where the input of a tile begins.
template <typename Scheme>
const float* tile_corner(const Convolution& layer, const Buffers& buffers, int64_t tile) {
    const int64_t y = buffers.row(tile), x = buffers.column(tile);
    return buffers.input + (y * buffers.input_pitch + x) * Scheme::STEP * layer.inputs;
}

// The input of a tile may reach beyond the border. `patch` gets it, with zeros there.
template <typename Scheme>
const float* copy_input(const Convolution& layer, const Buffers& buffers, int64_t tile, std::vector<float>& patch) {
    constexpr int64_t REACH = Scheme::REACH;
    const int64_t rows = smaller(REACH, buffers.input_height - buffers.row(tile) * Scheme::STEP);
    const int64_t columns = smaller(REACH, buffers.input_width - buffers.column(tile) * Scheme::STEP);
    patch.assign(static_cast<std::size_t>(REACH * REACH * layer.inputs), 0.0f);
    const float* from = tile_corner<Scheme>(layer, buffers, tile);
    for (int64_t row = 0; row < rows; ++row, from += buffers.input_pitch * layer.inputs) {
        std::copy(from, from + columns * layer.inputs, patch.data() + row * REACH * layer.inputs);
    }
    return patch.data();
}

// A convolution without groups at so many tiles, each block of them from input to output.
template <typename Scheme>
void convolve_blocks(const Convolution& layer, const Buffers& buffers, int64_t tiles, int threads) {
    if (!tiles) return;
    constexpr int64_t REACH = Scheme::REACH, STEP = Scheme::STEP;
    const int64_t blocks = divide_up(tiles, TILES_PER_BLOCK);
    const int64_t panels = divide_up(layer.outputs, PANEL), position_step = position_floats(layer.inputs);
    // Where blocks are few, several items share one, and each transforms it for itself.
    const int64_t shares = std::clamp<int64_t>(divide_up(BLOCKS_PER_THREAD * threads, blocks), 1, panels);
    struct Workspace {
        std::vector<float> transformed, products, patch;
    };
    const PerThread<Workspace> workspaces(threads);
    parallel_for(blocks * shares, threads, [&](int64_t item, int thread) {
        auto& [transformed, products, patch] = workspaces[thread];
        transformed.resize(static_cast<std::size_t>(block_floats<Scheme>(layer.inputs)));
        products.resize(static_cast<std::size_t>(PRODUCT_FLOATS<Scheme>));
        const int64_t block = item / shares, share = item % shares;
        const int64_t first = block * TILES_PER_BLOCK, held = smaller(TILES_PER_BLOCK, tiles - first);
        for (int64_t i = 0; i < held; ++i) {
            const int64_t tile = first + i;
            const bool inside = buffers.row(tile) * STEP + REACH <= buffers.input_height &&
                                buffers.column(tile) * STEP + REACH <= buffers.input_width;
            const float* const corner = inside ? tile_corner<Scheme>(layer, buffers, tile)
                                               : copy_input<Scheme>(layer, buffers, tile, patch);
            const int64_t row_step = (inside ? buffers.input_pitch : REACH) * layer.inputs;
            transform_tile<Scheme>(layer, corner, row_step, transformed.data() + i * layer.inputs, position_step);
        }
        for (int64_t panel = panels * share / shares; panel < panels * (share + 1) / shares; ++panel) {
            finish_panel<Scheme>(layer, buffers, first, held, transformed.data(), position_step, panel,
                                 products.data());
        }
    });
}

// Tiles of corners that belong to tiles of pixels. Where the pixels fill their last tiles, the corners on the edge are
// tiles by themselves.
std::vector<int32_t> corner_tiles(const int32_t* tiles, int64_t count, int64_t rows, int64_t columns) {
    const int64_t tile_rows = divide_up(rows - 1, TILE), tile_columns = divide_up(columns - 1, TILE);
    const int64_t corner_columns = divide_up(columns, TILE);
    std::vector<int32_t> corners;
    for (int64_t i = 0; i < count; ++i) {
        const int64_t row = tiles[i] / tile_columns, column = tiles[i] % tile_columns;
        const int64_t last_row = row + 1 == tile_rows ? divide_up(rows, TILE) : row + 1;
        const int64_t last_column = column + 1 == tile_columns ? corner_columns : column + 1;
        for (int64_t y = row; y < last_row; ++y) {
            for (int64_t x = column; x < last_column; ++x) corners.push_back(static_cast<int32_t>(y * corner_columns + x));
        }
    }
    return corners;
}

}  // namespace
}  // namespace midframe

using namespace midframe;

// Floats of scratch memory that midframe_winograd needs for all tiles or, with `in_parts`, for any part of them.
MIDFRAME_KERNEL int64_t midframe_winograd_scratch(int64_t inputs, int64_t height, int64_t width, int64_t in_parts,
                                                  int threads) {
    const int64_t blocks = divide_up(divide_up(height, TILE) * divide_up(width, TILE), TILES_PER_BLOCK);
    const int64_t held = in_parts ? most_blocks_in_memory(blocks, threads) : blocks_in_memory(blocks, threads);
    return held * block_floats<Plain>(inputs) + threads * PRODUCT_FLOATS<Plain>;
}

// 3 × 3, stride 1, zero border. Weights are [panel][position][input channel of the group][PANEL]; panels do not
// cross groups. `input` begins at the corner of its border and must be readable (and finite) for whole tiles:
// (height and width rounded up to 4) + 2 pixels. Only height × width pixels are written, and of those only `count`
// tiles, unless `tile_numbers` is null.
MIDFRAME_KERNEL void midframe_winograd(const Convolution* layer_pointer, const float* input, int64_t input_pitch,
                                       float* output, int64_t output_pitch, const float* skip, int64_t height,
                                       int64_t width, const int32_t* tile_numbers, int64_t count, float* scratch,
                                       int threads) {
    const Convolution& layer = *layer_pointer;
    const int64_t tile_columns = divide_up(width, TILE);
    const Buffers buffers{input,  output, skip,       input_pitch, output_pitch, height,
                          width,  height + 2, width + 2, tile_columns, tile_numbers};
    const int64_t tiles = tile_numbers ? count : divide_up(height, TILE) * tile_columns;
    const int64_t blocks = divide_up(tiles, TILES_PER_BLOCK);
    const int64_t panels = layer.groups * divide_up(layer.outputs / layer.groups, PANEL);
    const int64_t position_step = position_floats(layer.inputs);
    const int64_t block_step = block_floats<Plain>(layer.inputs), row_step = input_pitch * layer.inputs;
    float* const all_products = scratch + blocks_in_memory(blocks, threads) * block_step;
    if (blocks >= BLOCKS_PER_THREAD * threads) {
        // Many tiles: each thread takes blocks of them from input to output.
        parallel_for(blocks, threads, [&](int64_t block, int thread) {
            float* transformed = scratch + thread * block_step;
            const int64_t first = block * TILES_PER_BLOCK, count = smaller(TILES_PER_BLOCK, tiles - first);
            for (int64_t tile = 0; tile < count; ++tile) {
                transform_tile<Plain>(layer, tile_corner<Plain>(layer, buffers, first + tile), row_step,
                                      transformed + tile * layer.inputs, position_step);
            }
            for (int64_t panel = 0; panel < panels; ++panel) {
                finish_panel<Plain>(layer, buffers, first, count, transformed, position_step, panel,
                             all_products + thread * PRODUCT_FLOATS<Plain>);
            }
        });
        return;
    }
    // Few tiles: transform all of them, then share out blocks × panels.
    parallel_for(tiles, 8, threads, [&](int64_t tile, int) {
        const int64_t block = tile / TILES_PER_BLOCK, place = tile % TILES_PER_BLOCK;
        transform_tile<Plain>(layer, tile_corner<Plain>(layer, buffers, tile), row_step,
                              scratch + block * block_step + place * layer.inputs, position_step);
    });
    parallel_for(blocks * panels, threads, [&](int64_t item, int thread) {
        // Neighbouring items share a panel's weights, which are larger than its input.
        const int64_t block = item % blocks, panel = item / blocks;
        const int64_t first = block * TILES_PER_BLOCK, count = smaller(TILES_PER_BLOCK, tiles - first);
        finish_panel<Plain>(layer, buffers, first, count, scratch + block * block_step, position_step, panel,
                     all_products + thread * PRODUCT_FLOATS<Plain>);
    });
}

// 2 × 2, stride 1: one output for every corner between input pixels, those on the edge included; weights as for
// midframe_winograd. `input` is the corner of a border of one pixel. With a list of tiles of pixels, ascending, only the
// corners above and left of their pixels, and those on the right and lower edge of the frame.
MIDFRAME_KERNEL void midframe_winograd_corners(const Convolution* layer_pointer, const float* input,
                                               int64_t input_pitch, float* output, int64_t output_pitch, int64_t rows,
                                               int64_t columns, const int32_t* pixel_tiles, int64_t count,
                                               int threads) {
    const std::vector<int32_t> listed = corner_tiles(pixel_tiles, count, rows, columns);
    const int64_t tile_columns = divide_up(columns, TILE);
    const Buffers buffers{input,    output,      nullptr,      input_pitch,  output_pitch, rows,
                          columns,  rows + 1,    columns + 1,  tile_columns, pixel_tiles ? listed.data() : nullptr};
    const int64_t tiles = pixel_tiles ? static_cast<int64_t>(listed.size()) : divide_up(rows, TILE) * tile_columns;
    convolve_blocks<Corners>(*layer_pointer, buffers, tiles, threads);
}

// 3 × 3, stride 2; weights as for midframe_winograd. `input` is the corner of a border of one pixel, 2 × rows + 1 by
// 2 × columns + 1 pixels of which are read. Writes rows × columns pixels or, with a list of tiles of them, those.
MIDFRAME_KERNEL void midframe_winograd_strided(const Convolution* layer, const float* input, int64_t input_pitch,
                                               float* output, int64_t output_pitch, int64_t rows, int64_t columns,
                                               const int32_t* tile_numbers, int64_t count, int threads) {
    const int64_t tile_columns = divide_up(columns, TILE);
    const Buffers buffers{input,   output,       nullptr,         input_pitch,  output_pitch, rows,
                          columns, 2 * rows + 1, 2 * columns + 1, tile_columns, tile_numbers};
    convolve_blocks<Strided>(*layer, buffers, tile_numbers ? count : divide_up(rows, TILE) * tile_columns, threads);
}
