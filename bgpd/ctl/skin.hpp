#pragma once
/// The two forms of birdc's texts that we answer in, and the words that differ between them (reference 9 and 10).
#include <cstdint>
#include <string>
#include <string_view>

#include "bgpd/filter/program.hpp"

namespace avocet::ctl {

/// bird1: BIRD 1.6, which Calico's tools read. bird2: BIRD 2.x, which looking glasses and exporters read.
/// The running configuration's dialect chooses; `dialect 1.6` and `dialect 2` choose for one connection.
enum class Skin : std::uint8_t { bird1, bird2 };

constexpr Skin skin_of(filter::Dialect dialect) {
  return dialect == filter::Dialect::bird1 ? Skin::bird1 : Skin::bird2;
}

/// The version of 2.x whose answers the 2.x form gives.
constexpr std::string_view bird2_version = "2.0.12";

/// Version as birdc-like tools read it: they choose their grammar by the first digit; Calico wants `BIRD v`.
inline std::string version_text(Skin skin) {
  if (skin == Skin::bird1) return "BIRD v" AVOCET_VERSION "+birdv1.6.8";
  return "BIRD " + std::string(bird2_version) + "+avocet" AVOCET_VERSION;
}

}  // namespace avocet::ctl
