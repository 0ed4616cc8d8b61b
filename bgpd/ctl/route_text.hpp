#pragma once
/// Attributes of a route as birdc prints them: "BGP.as_path: 65001 65055", "Kernel.metric: 50". Reference 9.4.
#include <string>
#include <vector>

#include "bgpd/config/language.hpp"
#include "proto/attributes.hpp"

namespace avocet::ctl {

/// One attribute: its name and value. A list is given by its members, so that printers can fold it.
struct AttributeText {
  std::string name;                ///< "BGP.community", "Kernel.metric", "igp_metric", a custom name
  std::string value;               ///< complete text
  std::vector<std::string> items;  ///< members of a community list; empty for other attributes
};

/// All attributes worth showing, in birdc's order: general, BGP, Kernel, custom.
std::vector<AttributeText> describe_attributes(proto::AttributeView attributes, const config::Symbols& symbols);

/// The rows of one attribute (code 1012): one, or for long lists several, as BIRD breaks them.
std::vector<std::string> fold(const AttributeText& attribute);

}  // namespace avocet::ctl
