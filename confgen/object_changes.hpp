#pragma once
/// Which objects of the datastore changed between two looks, in words.
#include "confgen/store/store.hpp"

namespace avocet::confgen {

class ObjectChanges {
 public:
  /// Compares with the last call: "BGPPeer 'tor' changed, IPPool 'pods' added and 7 more"; "" if nothing did.
  std::string since_last(const Objects& objects);

 private:
  /// An object may have a new revision because it moved within its file: that is no change to people.
  struct Known {
    std::uint64_t revision = 0;
    std::size_t hash = 0;  ///< of its body
  };
  std::map<std::pair<std::string, std::string>, Known> known_;
};

}  // namespace avocet::confgen
