/// libFuzzer target: any text at all is read as a configuration. Nothing may crash, and a text that loads differs from itself in nothing.
#include <cstdlib>
#include <string>

#include "bgpd/config/model.hpp"

using namespace avocet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.find("include") != text.npos) return 0;  // would read files of this machine
  for (auto family : {proto::Family::ipv4, proto::Family::ipv6}) {
    auto loaded = config::load_text("fuzz.conf", text, {family});
    for (auto& diagnostic : loaded.diagnostics.list()) (void)config::render(diagnostic, *loaded.sources);
    if (bool(loaded.config) == loaded.diagnostics.has_errors()) std::abort();
    if (loaded.config && !config::diff(*loaded.config, *loaded.config).empty()) std::abort();
  }
  return 0;
}
