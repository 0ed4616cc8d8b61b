/// What etcd and the Kubernetes API answer, and what people write into their objects.
#include <cstdint>
#include <string_view>

#include "confgen/store/etcd_gateway.hpp"
#include "confgen/store/kube_objects.hpp"
#include "confgen/store/lines.hpp"
#include "test/fuzz/require.hpp"

using namespace avocet::confgen;

namespace {

void etcd_answers(std::string_view text) {
  if (auto page = etcd::read_page(text)) require(!page->more || !page->pairs.empty());
  if (auto token = etcd::read_token(text)) require(token->find_first_of("\r\n") == std::string::npos);
  if (auto notice = etcd::read_notice(text); !notice) require(!notice.error().what.empty());
  require(!etcd::read_refusal(text).what.empty());
}

void kubernetes_objects(std::string_view text) {
  boost::json::error_code error;
  auto value = boost::json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) return;
  for (auto& resource : kube::calico_resources()) {
    std::vector<std::string> problems;
    auto made = kube::as_calico(resource.kind, value.get_object(), problems);
    require(made.at("kind") == resource.kind && made.at("metadata").is_object());
    for (auto& line : problems) require(!line.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  etcd_answers(text);
  kubernetes_objects(text);
  // Cut in two anywhere, the same lines come out.
  std::size_t whole = 0, cut = 0;
  Lines one, two;
  one.add(text, [&](auto line) { whole += line.size() + 1; });
  two.add(text.substr(0, size / 2), [&](auto line) { cut += line.size() + 1; });
  two.add(text.substr(size / 2), [&](auto line) { cut += line.size() + 1; });
  require(whole == cut);
  return 0;
}
