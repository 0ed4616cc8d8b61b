#pragma once
/// SRV records of the name service, RFC 2782.
#include <span>
#include <string>
#include <vector>

namespace avocet::confgen {

struct ServiceRecord {
  int priority = 0, weight = 0, port = 0;
  std::string target;  ///< with a dot at the end
  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

/// The records of a name ("_etcd-client._tcp.example.org"), sorted by target; none if there is no answer.
std::vector<ServiceRecord> lookup_services(const std::string& name);

/// Those in a message of the name service, RFC 1035 section 4; what is malformed is left out.
std::vector<ServiceRecord> read_service_records(std::span<const unsigned char> message);

}  // namespace avocet::confgen
