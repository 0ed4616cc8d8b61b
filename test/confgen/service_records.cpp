#include "confgen/service_records.hpp"

#include <doctest/doctest.h>

using namespace avocet::confgen;

namespace {

/// An answer of the name service (RFC 1035 section 4.1) for _x._tcp.a, with these records after the question.
std::vector<unsigned char> answer(std::vector<std::vector<unsigned char>> records) {
  std::vector<unsigned char> message{0,   1,   0x84, 0,   0, 1,   0,   static_cast<unsigned char>(records.size()),
                                     0,   0,   0,    0,   2, '_', 'x', 4,
                                     '_', 't', 'c',  'p', 1, 'a', 0,   0,
                                     33,  0,   1};
  for (auto& record : records) message.insert(message.end(), record.begin(), record.end());
  return message;
}
/// An SRV record of the name in the question: RFC 2782; its target has one label and a pointer to "a".
std::vector<unsigned char> srv(unsigned char priority, unsigned char port, char label) {
  return {0xc0, 12, 0, 33,       0, 1, 0,    0,    0, 60,
          0,    10, 0, priority, 0, 5, 0x09, port, 1, static_cast<unsigned char>(label),
          0xc0, 20};
}

}  // namespace

TEST_CASE("RFC 2782: records have priority, weight, port and target; they are sorted by target") {
  auto all = read_service_records(answer({srv(1, 0x4b, 'n'), srv(2, 0x4c, 'm')}));
  REQUIRE(all.size() == 2);
  CHECK(all[0] == ServiceRecord{2, 5, 2380, "m.a."});
  CHECK(all[1] == ServiceRecord{1, 5, 2379, "n.a."});
}

TEST_CASE("messages that are cut off or hold no such record give none") {
  auto whole = answer({srv(1, 0x4b, 'n')});
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(read_service_records(std::span(whole).first(size)).empty());
  auto address = srv(1, 0x4b, 'n');
  address[3] = 1;  // type A
  CHECK(read_service_records(answer({address})).empty());
}
