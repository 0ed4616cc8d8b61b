#pragma once
/// Which objects of the datastore changed between two looks, in words.
#include "confgen/store/store.hpp"

namespace avocet::confgen {

class ObjectChanges {
 public:
  /// Compares with the last call: "BGPPeer 'tor' changed, IPPool 'pods' added and 7 more"; "" if nothing did.
  std::string since_last(const Objects& objects);

 private:
  std::map<std::pair<std::string, std::string>, std::size_t> known_;  ///< hash of each object's body
};

}  // namespace avocet::confgen
