#include "confgen/store/etcd_gateway.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "confgen/base64.hpp"

namespace avocet::confgen::etcd {

namespace {

namespace json = boost::json;

/// Reading goes on after a mistake with values that stand for "absent"; the first mistake is kept.
struct Reader {
  std::string mistake;

  const json::object* object(const json::object& in, const char* name) {
    auto found = in.if_contains(name);
    if (found && !found->is_object()) wrong(name, "an object");
    return found ? found->if_object() : nullptr;
  }
  /// 64-bit numbers come as text, absent ones are 0.
  template <class Number>
  Number number(const json::object& in, const char* name) {
    auto found = in.if_contains(name);
    if (!found) return 0;
    if (auto small = found->if_int64()) return static_cast<Number>(*small);
    Number value = 0;
    auto text = found->if_string();
    if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ptr != text->data() + text->size())
      wrong(name, "a number");
    return value;
  }
  bool flag(const json::object& in, const char* name) {
    auto found = in.if_contains(name);
    if (found && !found->is_bool()) wrong(name, "true or false");
    return found && found->is_bool() && found->get_bool();
  }
  std::string text(const json::object& in, const char* name) {
    auto found = in.if_contains(name);
    if (found && !found->is_string()) wrong(name, "a text");
    return found && found->is_string() ? std::string(found->get_string()) : "";
  }
  std::string bytes(const json::object& in, const char* name) {
    auto decoded = base64_decode(text(in, name));
    if (!decoded) wrong(name, "base64");
    return decoded.value_or("");
  }
  KeyValue pair(const json::object& in) {
    return {bytes(in, "key"), bytes(in, "value"), number<std::int64_t>(in, "mod_revision"), false};
  }
  const json::array* list(const json::object& in, const char* name) {
    auto found = in.if_contains(name);
    if (found && !found->is_array()) wrong(name, "a list");
    return found ? found->if_array() : nullptr;
  }
  template <class Answer>
  void header(const json::object& in, Answer& answer) {
    auto header = object(in, "header");
    if (!header) return wrong("header", "an object");
    answer.cluster = number<std::uint64_t>(*header, "cluster_id");
    answer.revision = number<std::int64_t>(*header, "revision");
  }
  void wrong(const char* name, const char* expected) {
    if (mistake.empty()) mistake = fmt::format("an answer of etcd is not understood: {} is not {}", name, expected);
  }
};

tl::expected<json::object, std::string> parse(std::string_view text) {
  json::error_code error;
  auto value = json::parse({text.data(), text.size()}, error);
  if (error) return tl::unexpected("an answer of etcd is not JSON: " + error.message());
  if (!value.is_object()) return tl::unexpected(std::string("an answer of etcd is not a JSON object"));
  return std::move(value.get_object());
}

Notice notice(Reader& read, const json::object& result) {
  Notice notice;
  read.header(result, notice);
  notice.watch = read.number<int>(result, "watch_id");
  notice.created = read.flag(result, "created");
  notice.cancelled = read.flag(result, "canceled");
  notice.fragment = read.flag(result, "fragment");
  notice.compacted = read.number<std::int64_t>(result, "compact_revision");
  notice.reason = read.text(result, "cancel_reason");
  if (auto events = read.list(result, "events"))
    for (auto& event : *events) {
      auto object = event.if_object();
      auto pair = object ? read.object(*object, "kv") : nullptr;
      if (!pair) {
        read.wrong("kv", "an object");
        continue;
      }
      notice.events.push_back(read.pair(*pair));
      notice.events.back().erased = read.text(*object, "type") == "DELETE";
    }
  return notice;
}

}  // namespace

std::string range_end(const std::string& prefix) {
  auto end = prefix;
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return std::string(1, '\0');  // etcd: all keys from the first one on
  ++end.back();
  return end;
}

std::string range_request(const std::string& from, const std::string& end, std::int64_t revision, int limit) {
  return json::serialize(json::object{{"key", base64_encode(from)},
                                      {"range_end", base64_encode(end)},
                                      {"revision", std::to_string(revision)},
                                      {"limit", std::to_string(limit)}});
}

std::string watch_request(const std::vector<Watched>& all) {
  std::string text;
  int number = 0;
  for (auto& [prefix, revision] : all)
    text +=
        json::serialize(json::object{{"create_request", json::object{{"key", base64_encode(prefix)},
                                                                     {"range_end", base64_encode(range_end(prefix))},
                                                                     {"start_revision", std::to_string(revision + 1)},
                                                                     {"progress_notify", true},
                                                                     {"fragment", true},
                                                                     {"watch_id", std::to_string(++number)}}}});
  return text;
}

std::string authenticate_request(const std::string& user, const std::string& password) {
  return json::serialize(json::object{{"name", user}, {"password", password}});
}

tl::expected<Page, std::string> read_page(std::string_view text) {
  auto object = parse(text);
  if (!object) return tl::unexpected(object.error());
  Reader read;
  Page page;
  read.header(*object, page);
  page.more = read.flag(*object, "more");
  if (auto pairs = read.list(*object, "kvs"))
    for (auto& pair : *pairs) {
      auto members = pair.if_object();
      if (!members) read.wrong("kvs", "a list of objects");
      if (members) page.pairs.push_back(read.pair(*members));
    }
  if (page.more && page.pairs.empty()) read.wrong("kvs", "filled although more follows");
  if (!read.mistake.empty()) return tl::unexpected(read.mistake);
  return page;
}

tl::expected<std::string, std::string> read_token(std::string_view text) {
  auto object = parse(text);
  if (!object) return tl::unexpected(object.error());
  Reader read;
  auto token = read.text(*object, "token");
  if (token.empty() || token.find_first_of("\r\n") != std::string::npos) read.wrong("token", "a text");
  if (!read.mistake.empty()) return tl::unexpected(read.mistake);
  return token;
}

tl::expected<Notice, Refusal> read_notice(std::string_view text) {
  auto object = parse(text);
  if (!object) return tl::unexpected(Refusal{0, object.error()});
  Reader read;
  if (auto error = object->if_contains("error")) {
    auto members = error->if_object();
    if (!members) return tl::unexpected(read_refusal(text));
    Refusal refusal{read.number<int>(*members, "grpc_code"), read.text(*members, "message")};
    if (refusal.what.empty()) refusal.what = json::serialize(*error);
    return tl::unexpected(refusal);
  }
  auto result = read.object(*object, "result");
  if (!result) return tl::unexpected(Refusal{0, "an answer of etcd is not understood: neither result nor error"});
  auto found = notice(read, *result);
  if (!read.mistake.empty()) return tl::unexpected(Refusal{0, read.mistake});
  return found;
}

Refusal read_refusal(std::string_view text) {
  if (auto object = parse(text)) {
    Reader read;
    Refusal refusal{read.number<int>(*object, "code"), read.text(*object, "message")};
    if (refusal.what.empty()) refusal.what = read.text(*object, "error");
    if (!refusal.what.empty()) return refusal;
  }
  auto line = text.substr(0, std::min<std::size_t>(text.find('\n'), 200));
  return {0, line.empty() ? "an empty answer" : std::string(line)};
}

}  // namespace avocet::confgen::etcd
