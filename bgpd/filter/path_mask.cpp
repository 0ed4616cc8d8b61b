#include "bgpd/filter/path_mask.hpp"

#include <fmt/format.h>

#include "proto/as_path.hpp"

namespace avocet::filter {
namespace {

using Kind = MaskItem::Kind;

bool fits(const MaskItem& item, std::uint32_t asn) {
  switch (item.kind) {
    case Kind::range: return item.low <= asn && asn <= item.high;
    case Kind::set: return item.set->contains({0, asn});
    default: return true;
  }
}

/// Which items may come next, one place each, and one behind the last item that says "all matched". Two forms: masks of
/// more than 63 items are rare enough to pay for a vector.
class FewPlaces {
 public:
  static constexpr std::size_t most = 64;
  explicit FewPlaces(std::size_t) {}
  void add(std::size_t i) { bits_ |= std::uint64_t{1} << i; }
  bool has(std::size_t i) const { return bits_ >> i & 1; }
  void clear() { bits_ = 0; }

 private:
  std::uint64_t bits_ = 0;
};
class ManyPlaces {
 public:
  explicit ManyPlaces(std::size_t count) : bits_(count) {}
  void add(std::size_t i) { bits_[i] = true; }
  bool has(std::size_t i) const { return bits_[i]; }
  void clear() { bits_.assign(bits_.size(), false); }

 private:
  std::vector<bool> bits_;
};

template <class Places>
class Matcher {
 public:
  explicit Matcher(MaskView mask) : mask_(mask), now_(mask.size() + 1), next_(mask.size() + 1) {
    now_.add(0);
    skip_runs(now_);
  }

  /// One position of the path: a single AS, or the members of a set.
  void step(const proto::AsNumbers& numbers, std::size_t from, std::size_t to) {
    next_.clear();
    for (std::size_t i = 0; i < mask_.size(); ++i) {
      if (!now_.has(i)) continue;
      if (mask_[i].kind == Kind::run) {
        next_.add(i);
        continue;
      }
      bool fit = false;
      for (auto k = from; k < to && !fit; ++k) fit = fits(mask_[i], numbers[k]);
      if (!fit) continue;
      next_.add(i + 1);
      if (mask_[i].repeated) next_.add(i);
    }
    skip_runs(next_);
    std::swap(now_, next_);
  }
  bool complete() const { return now_.has(mask_.size()); }

 private:
  /// A run may be empty.
  void skip_runs(Places& places) {
    for (std::size_t i = 0; i < mask_.size(); ++i)
      if (mask_[i].kind == Kind::run && places.has(i)) places.add(i + 1);
  }

  MaskView mask_;
  Places now_, next_;
};

template <class Places>
bool walk(MaskView mask, proto::Bytes path) {
  Matcher<Places> matcher(mask);
  proto::for_segments(path, [&](proto::SegmentType type, proto::AsNumbers numbers) {
    if (type == proto::SegmentType::set || type == proto::SegmentType::confederation_set) {
      matcher.step(numbers, 0, numbers.size());
    } else {
      for (std::size_t i = 0; i < numbers.size(); ++i) matcher.step(numbers, i, i + 1);
    }
  });
  return matcher.complete();
}

/// `[= * 64512 * =]`, the mask that most filters have.
bool asks_for_one_anywhere(MaskView mask) {
  return mask.size() == 3 && mask[0].kind == Kind::run && mask[1].kind != Kind::run && mask[2].kind == Kind::run;
}

bool any_fits(const MaskItem& item, proto::Bytes path) {
  bool found = false;
  proto::for_segments(path, [&](proto::SegmentType, proto::AsNumbers numbers) {
    for (std::size_t i = 0; i < numbers.size() && !found; ++i) found = fits(item, numbers[i]);
  });
  return found;
}

}  // namespace

bool operator==(const MaskItem& a, const MaskItem& b) {
  bool sets = a.set == b.set || (a.set && b.set && *a.set == *b.set);
  return a.kind == b.kind && a.repeated == b.repeated && a.low == b.low && a.high == b.high && sets;
}

bool matches(MaskView mask, proto::Bytes path) {
  if (asks_for_one_anywhere(mask)) return any_fits(mask[1], path);
  return mask.size() < FewPlaces::most ? walk<FewPlaces>(mask, path) : walk<ManyPlaces>(mask, path);
}

std::string mask_text(MaskView mask) {
  std::string out = "[= ";
  for (auto& item : mask) {
    switch (item.kind) {
      case Kind::any: out += "?"; break;
      case Kind::run: out += "*"; break;
      case Kind::set: out += item.set->text(); break;
      case Kind::parameter: out += "(..)"; break;
      case Kind::range:
        out += item.low == item.high ? fmt::format("{}", item.low) : fmt::format("{}..{}", item.low, item.high);
        break;
    }
    out += item.repeated ? " + " : " ";
  }
  return out + "=]";
}

}  // namespace avocet::filter
