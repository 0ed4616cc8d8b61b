#include "bgpd/announce/advertised.hpp"

#include <cassert>

namespace avocet::announce {
namespace {

template <class Entry>
bool told(const Entry& entry) {
  return entry.attributes.valid();
}
bool told(const std::vector<Told>& paths) { return !paths.empty(); }

}  // namespace

Advertised::~Advertised() {
  for (auto net = next(rib::NetId{0}); net.valid(); net = next(rib::NetId{net.value + 1})) replace(net, {});
}

template <class Slot>
const Slot* Advertised::get(const Pages<Slot>& pages, rib::NetId net) {
  auto page = net.value / page_nets;
  return page < pages.size() && pages[page] ? &pages[page]->slots[net.value % page_nets] : nullptr;
}

template <class Slot>
void Advertised::put(Pages<Slot>& pages, rib::NetId net, Slot slot) {
  auto number = net.value / page_nets;
  if (number >= pages.size()) {
    if (!told(slot)) return;
    pages.resize(number + 1);
  }
  auto& page = pages[number];
  if (!page) {
    if (!told(slot)) return;
    page = std::make_unique<Page<Slot>>();
  }
  auto& place = page->slots[net.value % page_nets];
  page->used += told(slot);
  page->used -= told(place);
  place = std::move(slot);
  if (page->used == 0) page.reset();
}

template <class Slot>
rib::NetId Advertised::next_in(const Pages<Slot>& pages, rib::NetId from) {
  for (auto number = from.value / page_nets; number < pages.size(); ++number) {
    if (!pages[number]) continue;
    auto first = number == from.value / page_nets ? from.value % page_nets : 0;
    for (auto i = first; i < page_nets; ++i)
      if (told(pages[number]->slots[i])) return rib::NetId{number * page_nets + i};
  }
  return {};
}

void Advertised::collect(rib::NetId net, std::vector<Told>& out) const {
  out.clear();
  if (add_path_) {
    if (auto paths = get(several_, net)) out.assign(paths->begin(), paths->end());
  } else if (auto entry = get(single_, net); entry && told(*entry)) {
    out.push_back({entry->attributes, entry->source, 0});
  }
}

void Advertised::replace(rib::NetId net, std::span<const Told> now) {
  assert(add_path_ || now.size() <= 1);
  collect(net, before_);
  for (auto& path : now) count(path, 1);
  for (auto& path : before_) count(path, -1);
  if (add_path_)
    put(several_, net, std::vector<Told>(now.begin(), now.end()));
  else
    put(single_, net, now.empty() ? Entry{} : Entry{now[0].attributes, now[0].source});
  for (auto& path : before_) store_.release(path.attributes);
}

rib::NetId Advertised::next(rib::NetId from) const {
  return add_path_ ? next_in(several_, from) : next_in(single_, from);
}

void Advertised::count(const Told& told, int change) {
  if (told.source >= by_source_.size()) by_source_.resize(told.source + 1u);
  by_source_[told.source] += change;
  total_ += change;
}

std::uint32_t Advertised::of_source(std::uint16_t source) const {
  return source < by_source_.size() ? by_source_[source] : 0;
}

std::size_t Advertised::memory_bytes() const {
  std::size_t bytes = by_source_.capacity() * sizeof(std::uint32_t);
  for (auto& page : single_) bytes += sizeof(page) + (page ? sizeof(*page) : 0);
  for (auto& page : several_) bytes += sizeof(page) + (page ? sizeof(*page) : 0);
  if (add_path_) bytes += total_ * sizeof(Told);
  return bytes;
}

}  // namespace avocet::announce
