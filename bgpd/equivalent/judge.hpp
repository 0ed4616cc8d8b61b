#pragma once
/// What each configuration makes of one route, by running its filters and the rules around them.
#include <memory>

#include "bgpd/announce/export_route.hpp"
#include "bgpd/equivalent/corpus.hpp"
#include "bgpd/kernel/options.hpp"
#include "bgpd/session/route_rules.hpp"

namespace avocet::equivalent {

/// One side's answer. `attributes` and `words` are what becomes of a route that passes.
struct Answer {
  bool passes = false;
  const char* why = "";              ///< of one that does not pass, if no filter said so
  proto::AttributeBlock attributes;  ///< as sent, or as they enter the table
  std::vector<std::string> words;    ///< what attributes do not tell: "metric 32", "preference 100"
  filter::Trace trace;               ///< empty if no filter was asked
  std::string error;                 ///< the filter failed: "bird.conf:41: ..."
  /// Same verdict, and if the route passes, the same result.
  friend bool operator==(const Answer& a, const Answer& b) {
    return a.passes == b.passes && (!a.passes || (a.attributes.view() == b.attributes.view() && a.words == b.words));
  }
};

class Judge {
 public:
  virtual ~Judge() = default;
  /// Fills the answer of one side; reuse the object.
  virtual void ask(Side side, const Route& route, Answer& answer) = 0;
};

/// Numbers of custom attributes by name differ between two configurations; here from the first's to the second's.
using Renumbering = std::map<std::uint16_t, std::uint16_t>;

/// Import filter of a BGP session, after what the session itself refuses and completes.
struct ImportSide {
  const session::BgpOptions* options;
  const session::BgpChannelOptions* channel;
};
std::unique_ptr<Judge> judge_bgp_import(World& world, const Both<ImportSide>& both, const Renumbering& renumbering);

/// Import filter of another protocol, or one direction of a pipe.
struct PlainSide {
  filter::ProgramPtr program;
  std::uint16_t preference = 0;
  std::optional<proto::Prefix> only_in;  ///< of `export in`
};
std::unique_ptr<Judge> judge_plain(World& world, const Both<PlainSide>& both, const Renumbering& renumbering);

/// The UPDATE that a session would send, in the order of each dialect.
std::unique_ptr<Judge> judge_bgp_export(World& world, const Both<announce::ExportOptions>& both,
                                        const Renumbering& renumbering);

/// What a kernel protocol would write.
std::unique_ptr<Judge> judge_kernel(World& world, const Both<const kernel::KernelOptions*>& both,
                                    const Renumbering& renumbering);

}  // namespace avocet::equivalent
