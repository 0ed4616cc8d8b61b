#pragma once
/// Reads MRT files back as tests want them: TABLE_DUMP_V2 and BGP4MP, RFC 6396.
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "proto/mrt.hpp"
#include "proto/nlri.hpp"
#include "proto/reader.hpp"

namespace avocet::observe::test {

struct Record {
  unsigned type = 0, subtype = 0;
  std::vector<std::uint8_t> body;
  // of a peer index
  std::uint32_t collector = 0;
  std::string view;
  std::vector<proto::MrtPeer> peers;
  // of a net
  struct Entry {
    unsigned peer = 0;
    std::uint32_t originated = 0, path_id = 0;
    std::vector<std::uint8_t> attributes;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  proto::Prefix net;
  std::vector<Entry> entries;
};

inline std::vector<std::uint8_t> owned(proto::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

/// All records of a file; throws if one of them is cut off.
inline std::vector<Record> records(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<Record> found;
  for (proto::Reader reader(bytes); reader.left() > 0;) {
    Record record;
    reader.u32();
    record.type = reader.u16(), record.subtype = reader.u16();
    record.body = owned(reader.bytes(reader.u32()));
    proto::Reader body(record.body);
    constexpr unsigned table_dump_v2 = 13, peer_index = 1;
    if (record.type == table_dump_v2 && record.subtype == peer_index) {
      record.collector = body.u32();
      auto view = body.bytes(body.u16());
      record.view.assign(view.begin(), view.end());
      for (unsigned count = body.u16(); count > 0; --count) {
        bool v6 = body.u8() & 1;
        proto::MrtPeer peer;
        peer.router_id = body.u32();
        peer.address = proto::Address::from_bytes(body.bytes(v6 ? 16 : 4));
        peer.asn = body.u32();
        record.peers.push_back(peer);
      }
    } else if (record.type == table_dump_v2) {
      bool add_path = record.subtype >= 8, v4 = record.subtype == 2 || record.subtype == 8;
      body.u32();
      auto length = body.u8();
      auto address = owned(body.bytes((length + 7) / 8));
      address.resize(v4 ? 4 : 16);
      record.net = proto::Prefix::make(proto::Address::from_bytes(address), length);
      for (unsigned count = body.u16(); count > 0; --count) {
        Record::Entry entry;
        entry.peer = body.u16(), entry.originated = body.u32();
        if (add_path) entry.path_id = body.u32();
        entry.attributes = owned(body.bytes(body.u16()));
        record.entries.push_back(std::move(entry));
      }
    }
    if (!reader.ok() || !body.ok()) throw std::runtime_error("a record of " + path + " is cut off");
    found.push_back(std::move(record));
  }
  return found;
}

}  // namespace avocet::observe::test
