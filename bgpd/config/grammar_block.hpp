#pragma once
/// Global statements and the blocks of protocols and templates: text to a draft, which `bind` completes.
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bgpd/config/model.hpp"
#include "bgpd/config/vocabulary.hpp"

namespace avocet::config {

/// One protocol or template as it was written, with what it inherited.
struct Block {
  ProtocolConfig options;
  bool is_template = false;
  Place place;                                              ///< of its name, or of `protocol` if it has none
  std::vector<proto::Family> opened;                        ///< channels, here or in what it comes from
  bool refused_channel = false;                             ///< one of nets that are not supported stands here
  std::vector<std::pair<const OptionHead*, Place>> written; ///< where each option was written last
  filter::ProgramPtr roa_filter;                            ///< which ROAs of a static protocol count; null for all
  std::vector<Place> routes;                                ///< of a static protocol, beside StaticOptions::routes
  /// Where the option with these words stands; the block's own place if it was not written.
  Place place_of(std::string_view words) const;
  bool wrote(std::string_view words) const;
  void note(const OptionHead& row, Place where);
  std::string title() const;                                ///< "protocol bgp 'Mesh_10_0_0_2'"
};

/// What the files say, before defaults and checks.
struct Draft {
  Config config;
  std::deque<Block> blocks;                                 ///< protocols and templates, in the order written
  std::unordered_map<std::string_view, const Block*> templates;  ///< by name, into `blocks`
  std::map<std::string, unsigned> unnamed;                  ///< how many protocols of a kind have no name
};

constexpr std::uint16_t rpki_preference = 100;

/// Options of a kind with the dialect's defaults; nothing for a word that is no kind.
std::optional<ProtocolConfig> fresh_protocol(std::string_view kind, filter::Dialect dialect);
/// Time formats of a dialect; no targets.
observe::LogOptions default_log(filter::Dialect dialect);
/// The channel of a family inside the options; made if it is not there. Null for protocols without channels.
rib::ChannelOptions* channel_of(ProtocolConfig& protocol, proto::Family family);

/// Reads the whole text. Mistakes become diagnostics; reading goes on behind the statement.
void parse_configuration(Parser& parser, Draft& draft);

/// Which BIRD's dialect a file is written in, by what only one of them has (reference 2). A file with both is an error
/// that names the two places; one with neither is taken for BIRD 2.
filter::Dialect detect_dialect(const std::vector<Stretch>& text, Diagnostics& diagnostics);

/// Completes the draft: defaults, and checks that need the whole. Errors become diagnostics.
Config bind(Draft draft, Diagnostics& diagnostics);

}  // namespace avocet::config
