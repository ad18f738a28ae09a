// Layout: logical index -> linear offset, counted in elements. A value, generic over the index
// type as TaskMapping is.
//
// Each axis is split into modes (mixed radix, outermost first), and
//   offset = swizzle(base offset + sum over all modes of digit * stride).
// Strides are not negative. The modes of an axis may span more than its extent: the rest is
// padding, as in the last panel of a packed matrix.
#pragma once

#include <algorithm>
#include <numeric>
#include <utility>

#include "mapping/index_traits.h"

namespace hidet {

template <class T>
struct Mode {
  T extent;
  T stride;
  bool operator==(const Mode&) const = default;
};

// offset ^ (the `bits` bits at base + shift, moved down to `base`): chunks of 2^base elements are
// permuted inside blocks of 2^(base + bits). bits 0: none. shift >= bits: it is its own inverse.
struct Swizzle {
  int bits = 0;
  int base = 0;
  int shift = 0;
  bool operator==(const Swizzle&) const = default;

  int64_t block() const { return int64_t{1} << (base + bits); }

  template <class T>
  T apply(const T& offset) const {
    if (bits == 0) return offset;
    const auto power = [&](int exponent) { return constant_like(offset, int64_t{1} << exponent); };
    const T source = index_mod(index_div(offset, power(base + shift)), power(bits));
    return IndexTraits<T>::bit_xor(offset, index_mul(source, power(base)));
  }
};

template <class T>
class Layout {
 public:
  Layout() = default;
  // `base`: may be absent where there is an axis. Modes are brought to a normal form, so that
  // layouts built in different ways compare equal: extents of 1 are dropped, modes that continue
  // one another are joined.
  Layout(std::vector<T> shape, std::vector<std::vector<Mode<T>>> modes,
         std::optional<T> base = std::nullopt, Swizzle swizzle = {})
      : shape_(std::move(shape)), base_(std::move(base)), swizzle_(swizzle) {
    HIDET_ASSERT(modes.size() == shape_.size(), "modes of {} axes for {}", modes.size(),
                 shape_.size());
    HIDET_REQUIRE(swizzle.bits >= 0 && swizzle.base >= 0 && swizzle.shift >= swizzle.bits &&
                      swizzle.base + swizzle.shift + swizzle.bits < 62,
                  "no swizzle: {} {} {}", swizzle.bits, swizzle.base, swizzle.shift);
    if (swizzle.bits == 0) swizzle_ = {};
    if (base_ && !shape_.empty() && is_constant(*base_, 0)) base_.reset();
    for (const std::vector<Mode<T>>& axis : modes) modes_.push_back(normal_form(axis));
  }
  // The layout of a buffer with no axis and one element.
  static Layout scalar(const T& like) { return Layout({}, {}, constant_like(like, 0)); }

  int rank() const { return static_cast<int>(shape_.size()); }
  const std::vector<T>& shape() const { return shape_; }
  const std::vector<Mode<T>>& modes(int axis) const { return modes_.at(axis); }
  T base_offset() const { return base_ ? *base_ : constant(0); }
  const Swizzle& swizzle() const { return swizzle_; }

  Layout with_offset(T base) const { return {shape_, modes_, std::move(base), swizzle_}; }
  Layout swizzled(int bits, int base, int shift) const {
    return {shape_, modes_, base_, Swizzle{bits, base, shift}};
  }
  // Axis i of the result is axis axes[i] of this layout; nothing moves in memory.
  Layout transposed(const std::vector<int>& axes) const {
    std::vector<T> shape;
    std::vector<std::vector<Mode<T>>> modes;
    for (int axis : checked_order(axes, shape_.size())) {
      shape.push_back(shape_[axis]);
      modes.push_back(modes_[axis]);
    }
    return {std::move(shape), std::move(modes), base_, swizzle_};
  }

  T offset(const std::vector<T>& index) const {
    HIDET_ASSERT(index.size() == shape_.size(), "{} indices for rank {}", index.size(),
                 shape_.size());
    T total = base_ ? *base_ : constant_like(index.at(0), 0);
    for (size_t axis = 0; axis < index.size(); ++axis) {
      T inner = constant_like(index[axis], 1);
      for (size_t i = modes_[axis].size(); i-- > 0;) {
        const Mode<T>& mode = modes_[axis][i];
        T digit = index_div(index[axis], inner);
        if (i > 0) digit = index_mod(digit, mode.extent);
        total = index_add(total, index_mul(digit, mode.stride));
        inner = index_mul(inner, mode.extent);
      }
    }
    return swizzle_.apply(total);
  }

  // Elements of storage: every offset, those of padding included, is below it.
  T size() const {
    // Modes that continue one another multiply; only what is left over needs (extent - 1) * stride.
    T size = constant(1);
    std::vector<Mode<T>> left;
    for (const std::vector<Mode<T>>& axis : modes_)
      left.insert(left.end(), axis.begin(), axis.end());
    const auto continues = [&](const Mode<T>& mode) { return mode.stride == size; };
    for (auto next = std::find_if(left.begin(), left.end(), continues); next != left.end();
         next = std::find_if(left.begin(), left.end(), continues)) {
      size = index_mul(size, next->extent);
      left.erase(next);
    }
    for (const Mode<T>& mode : left) {
      if (is_constant(mode.stride, 0)) continue;
      size = index_add(size, index_mul(mode.extent, mode.stride) - mode.stride);
    }
    size = index_add(size, base_offset());
    if (swizzle_.bits == 0) return size;
    const T block = constant_like(size, swizzle_.block());
    return index_mul(index_ceil_div(size, block), block);
  }

  // The largest known r such that indices j * r ... j * r + r - 1 along `axis` lie side by side.
  int64_t contiguous_run(int axis) const {
    if (!has_unit_stride(axis)) return 1;
    const int64_t run = std::max<int64_t>(1, known_divisor(modes_[axis].back().extent));
    if (swizzle_.bits == 0) return run;
    return std::gcd(std::gcd(run, chunk()), divisor_without_unit_stride(axis));
  }
  // The largest known number that divides the offset of each index whose component along `axis` is
  // a multiple of contiguous_run(axis). Where only offset 0 is such, it is that run.
  int64_t alignment(int axis) const {
    const int64_t run = contiguous_run(axis);
    int64_t divisor = divisor_without_unit_stride(axis);
    if (has_unit_stride(axis) && !is_constant(modes_[axis].back().extent, run)) {
      divisor = std::gcd(divisor, run);
    }
    if (divisor == 0) return run;
    return swizzle_.bits == 0 ? divisor : std::gcd(divisor, chunk());
  }
  // The widest access along `axis`, a power of two up to `maximum`, that is aligned and inside one
  // run wherever it starts at a multiple of its own width.
  int64_t vector_width(int axis, int64_t maximum) const {
    const int64_t limit = std::gcd(contiguous_run(axis), alignment(axis));
    int64_t width = 1;
    while (2 * width <= maximum && limit % (2 * width) == 0) width *= 2;
    return width;
  }

  bool operator==(const Layout& other) const = default;

 private:
  T constant(int64_t value) const {
    if (base_) return constant_like(*base_, value);
    HIDET_ASSERT(!shape_.empty(), "the default layout has no shape");
    return constant_like(shape_.front(), value);
  }

  static std::vector<Mode<T>> normal_form(const std::vector<Mode<T>>& modes) {
    std::vector<Mode<T>> result;
    for (size_t i = modes.size(); i-- > 0;) {
      if (is_constant(modes[i].extent, 1)) continue;
      if (!result.empty() &&
          index_mul(result.front().stride, result.front().extent) == modes[i].stride) {
        result.front().extent = index_mul(result.front().extent, modes[i].extent);
      } else {
        result.insert(result.begin(), modes[i]);
      }
    }
    return result;
  }

  bool has_unit_stride(int axis) const {
    const std::vector<Mode<T>>& modes = modes_.at(axis);
    return !modes.empty() && is_constant(modes.back().stride, 1);
  }
  // The elements that a swizzle leaves side by side.
  int64_t chunk() const { return int64_t{1} << swizzle_.base; }
  // What divides the offsets, not swizzled, where the innermost digit of `axis` is 0, if that has
  // stride 1; else what divides all offsets.
  int64_t divisor_without_unit_stride(int axis) const {
    int64_t divisor = base_ ? known_divisor(*base_) : 0;
    for (int a = 0; a < rank(); ++a) {
      const size_t count = modes_[a].size() - (a == axis && has_unit_stride(axis) ? 1 : 0);
      for (size_t i = 0; i < count; ++i) {
        divisor = std::gcd(divisor, known_divisor(modes_[a][i].stride));
      }
    }
    return divisor;
  }

  std::vector<T> shape_;
  std::vector<std::vector<Mode<T>>> modes_;
  std::optional<T> base_;
  Swizzle swizzle_;
};

// Strides of the axes, slowest first in `order`, one after the other; `pad` elements are left free
// after each run of the fastest axis.
template <class T = int64_t>
Layout<T> permuted(std::vector<T> shape, const std::vector<int>& order, int64_t pad = 0) {
  HIDET_REQUIRE(!shape.empty(), "a buffer without axes has Layout::scalar");
  const std::vector<int> axes = checked_order(order, shape.size());
  std::vector<std::vector<Mode<T>>> modes(shape.size());
  T stride = constant_like(shape.front(), 1);
  for (size_t i = axes.size(); i-- > 0;) {
    modes[axes[i]] = {{shape[axes[i]], stride}};
    stride = index_mul(stride, shape[axes[i]]);
    if (i + 1 == axes.size()) stride = index_add(stride, constant_like(stride, pad));
  }
  return {std::move(shape), std::move(modes)};
}

template <class T = int64_t>
Layout<T> row_major(std::vector<T> shape) {
  return permuted<T>(std::move(shape), {});
}

// Row-major, with `pad` elements left free after each row.
template <class T = int64_t>
Layout<T> padded(std::vector<T> shape, int64_t pad) {
  return permuted<T>(std::move(shape), {}, pad);
}

template <class T = int64_t>
Layout<T> strided(std::vector<T> shape, const std::vector<T>& strides) {
  HIDET_REQUIRE(shape.size() == strides.size(), "{} strides for {} axes", strides.size(),
                shape.size());
  std::vector<std::vector<Mode<T>>> modes;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    const auto constant = as_constant(strides[axis]);
    HIDET_REQUIRE(!constant || *constant >= 0, "the stride {} is negative", *constant);
    modes.push_back({{shape[axis], strides[axis]}});
  }
  return {std::move(shape), std::move(modes)};
}

// Tiles of the given shape one after the other, row-major, each row-major inside; tiles at the end
// of an axis are padded to full size. A tile extent of 1 leaves an axis whole: {1, 16, 1, 1} of
// images is the layout with channels in blocks of 16.
template <class T = int64_t>
Layout<T> tiled(std::vector<T> shape, const std::vector<int64_t>& tile) {
  HIDET_REQUIRE(!shape.empty() && shape.size() == tile.size(), "a tile of rank {} for rank {}",
                tile.size(), shape.size());
  std::vector<std::vector<Mode<T>>> modes(shape.size());
  T stride = constant_like(shape.front(), 1);
  const auto prepend = [&](size_t axis, const T& extent) {
    modes[axis].insert(modes[axis].begin(), {extent, stride});
    stride = index_mul(stride, extent);
  };
  for (size_t axis = shape.size(); axis-- > 0;) {
    HIDET_REQUIRE(tile[axis] >= 1, "{} is no extent of a tile", tile[axis]);
    prepend(axis, constant_like(shape[axis], tile[axis]));
  }
  for (size_t axis = shape.size(); axis-- > 0;) {
    prepend(axis, index_ceil_div(shape[axis], constant_like(shape[axis], tile[axis])));
  }
  return {std::move(shape), std::move(modes)};
}

// A matrix [k][n] as panels of `width` columns: [ceil(n / width)][k][width].
template <class T = int64_t>
Layout<T> packed_panels(T k, T n, int64_t width) {
  HIDET_REQUIRE(width >= 1, "{} is no width of a panel", width);
  const T columns = constant_like(n, width);
  const T one = constant_like(n, 1);
  const T panels = index_ceil_div(n, columns);
  const T panel_stride = index_mul(columns, k);
  return {{k, n}, {{{k, columns}}, {{panels, panel_stride}, {columns, one}}}};
}

}  // namespace hidet
