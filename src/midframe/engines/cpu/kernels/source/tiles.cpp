// Convolutions of a block at some of its Winograd tiles: 4 × 4 pixels of its trunk, numbered row by row.
#include <algorithm>

#include "block_input.h"
#include "convolution.h"
#include "threads.h"

namespace midframe {
namespace {

constexpr int64_t TILE = 4;

// Pixels of a layer with `SIDE` pixels along each side of a tile that a stride-2 convolution over tiles reads: those
// of the tiles, and one more above and left. Every pixel belongs to one item.
struct Item {
    int64_t first_row, last_row, first, last;
    int64_t top_first, top_last;  // columns of the row above the tiles, where that is the item's first
};

struct Run {
    int64_t row, first, last;  // tiles [first, last) of a row of tiles
};

class TileMap {
public:
    TileMap(const int32_t* tiles, int64_t count, int64_t rows, int64_t columns)
        : rows_(rows), columns_(columns), chosen_(static_cast<std::size_t>(rows * columns)) {
        for (int64_t i = 0; i < count; ++i) chosen_[static_cast<std::size_t>(tiles[i])] = 1;
    }

    bool has(int64_t row, int64_t column) const {
        if (row < 0 || column < 0 || row >= rows_ || column >= columns_) return false;
        return chosen_[static_cast<std::size_t>(row * columns_ + column)];
    }

    // Neighbouring tiles of a row, at most `longest`; all of a run have a chosen tile above them, or none has.
    std::vector<Run> runs(int64_t longest) const {
        std::vector<Run> found;
        for (int64_t row = 0; row < rows_; ++row) {
            for (int64_t column = 0; column < columns_; ++column) {
                if (!has(row, column)) continue;
                const bool follows = !found.empty() && found.back().row == row && found.back().last == column &&
                                     column - found.back().first < longest &&
                                     has(row - 1, column) == has(row - 1, column - 1);
                if (follows)
                    ++found.back().last;
                else
                    found.push_back({row, column, column + 1});
            }
        }
        return found;
    }

private:
    int64_t rows_, columns_;
    std::vector<char> chosen_;
};

// What the second convolution reads of the first one's output, rows × columns pixels, 8 × 8 to a tile.
std::vector<Item> items_of(const TileMap& map, int64_t longest, int64_t rows, int64_t columns) {
    constexpr int64_t SIDE = 2 * TILE;
    std::vector<Item> items;
    for (const Run& run : map.runs(longest)) {
        const bool above = map.has(run.row - 1, run.first);
        // A tile's left neighbour has its last column already.
        Item item{};
        item.first = SIDE * run.first - (run.first > 0 && !map.has(run.row, run.first - 1));
        item.last = smaller(SIDE * run.last, columns);
        item.first_row = SIDE * run.row - (run.row > 0 && !above);
        item.last_row = smaller(SIDE * (run.row + 1), rows);
        // So do the tiles beside those above.
        item.top_first = item.first;
        item.top_last = item.last;
        if (item.first_row < SIDE * run.row) {
            if (map.has(run.row - 1, run.first - 1)) item.top_first = SIDE * run.first;
            if (map.has(run.row - 1, run.last)) item.top_last = SIDE * run.last - 1;
        }
        items.push_back(item);
    }
    return items;
}

}  // namespace
}  // namespace midframe

using namespace midframe;

// midframe_first_layer for the pixels that tiles need. No flow is kept.
MIDFRAME_KERNEL void midframe_first_layer_tiles(const BlockInput* input, const Convolution* layer, float* output,
                                                int64_t pitch, const int32_t* tiles, int64_t count, int threads) {
    constexpr int64_t LONGEST = 12;
    constexpr int64_t SIDE = 2 * TILE;
    const BlockInputBuilder builder(*input);
    const int64_t input_rows = input->height / input->scale, input_columns = input->width / input->scale;
    const int64_t rows = divide_up(input_rows, 2), columns = divide_up(input_columns, 2), channels = input->channels;
    const TileMap map(tiles, count, divide_up(rows, SIDE), divide_up(columns, SIDE));
    const std::vector<Item> items = items_of(map, LONGEST, rows, columns);
    const int64_t line = (2 * (SIDE * LONGEST + 1) + 1) * channels;
    struct Workspace {
        BlockInputBuilder::Workspace row;
        std::vector<float> lines;
    };
    const PerThread<Workspace> workspaces(threads);
    parallel_for(static_cast<int64_t>(items.size()), threads, [&](int64_t number, int thread) {
        Workspace& workspace = workspaces[thread];
        workspace.lines.resize(static_cast<std::size_t>(3 * line));
        const Item& item = items[static_cast<std::size_t>(number)];
        // Input columns 2·first − 1 … 2·last − 1, of which those outside the frame are zero.
        const int64_t begin = 2 * item.first - 1, end = 2 * item.last;
        const int64_t inside_begin = larger(begin, 0), inside_end = smaller(end, input_columns);
        const auto line_of = [&](int64_t y) { return workspace.lines.data() + (y + 3) % 3 * line; };
        const auto fill = [&](int64_t y) {
            float* const to = line_of(y);
            if (y < 0 || y >= input_rows) {
                std::fill(to, to + line, 0.0f);
                return;
            }
            std::fill(to, to + (inside_begin - begin) * channels, 0.0f);
            builder.row(y, inside_begin, inside_end, inside_end, to + (inside_begin - begin) * channels, workspace.row);
            std::fill(to + (inside_end - begin) * channels, to + (end - begin) * channels, 0.0f);
        };
        fill(2 * item.first_row - 1);
        for (int64_t y = item.first_row; y < item.last_row; ++y) {
            fill(2 * y);
            fill(2 * y + 1);
            const bool top = y % SIDE == SIDE - 1 && y == item.first_row;
            const int64_t first = top ? item.top_first : item.first, last = top ? item.top_last : item.last;
            const int64_t skipped = 2 * (first - item.first) * channels;
            const float* const sources[3] = {line_of(2 * y - 1) + skipped, line_of(2 * y) + skipped,
                                             line_of(2 * y + 1) + skipped};
            convolve_row<3, 2>(*layer, sources, output + (y * pitch + first) * layer->outputs, last - first);
        }
    });
}

// Make tiles zero, of height × width pixels.
MIDFRAME_KERNEL void midframe_clear_tiles(float* pixels, int64_t pitch, int64_t channels, int64_t height, int64_t width,
                                          const int32_t* tiles, int64_t count) {
    const int64_t tile_columns = divide_up(width, TILE);
    for (int64_t i = 0; i < count; ++i) {
        const int64_t y = tiles[i] / tile_columns * TILE, x = tiles[i] % tile_columns * TILE;
        for (int64_t row = y; row < smaller(y + TILE, height); ++row) {
            float* const from = pixels + (row * pitch + x) * channels;
            std::fill(from, from + smaller(TILE, width - x) * channels, 0.0f);
        }
    }
}
