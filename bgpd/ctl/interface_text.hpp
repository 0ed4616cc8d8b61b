#pragma once
/// `show interfaces` and its summary, in both forms.
#include <boost/json/fwd.hpp>

#include "bgpd/ctl/reply.hpp"
#include "bgpd/ctl/skin.hpp"
#include "bgpd/rib/interfaces.hpp"

namespace avocet::ctl {

/// Rows 1001, 1004, 1003. In the 1.6 form only addresses of the daemon's own family exist.
void print_interface(const rib::Interface& interface, Skin skin, proto::Family family, std::string_view master, Reply& reply);
void print_summary_head(Skin skin, Reply& reply);
void print_summary(const rib::Interface& interface, Skin skin, proto::Family family, Reply& reply);
boost::json::object interface_json(const rib::Interface& interface);

}  // namespace avocet::ctl
