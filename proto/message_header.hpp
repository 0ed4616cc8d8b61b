#pragma once
/// Writing the 19 bytes in front of every message.
#include "proto/message.hpp"
#include "proto/writer.hpp"

namespace avocet::proto {

/// Marker, room for the length, type. Returns where the message starts.
std::size_t begin_message(Writer& writer, MessageType type);
/// Fills in the length of the message that starts there and ends here.
void end_message(Writer& writer, std::size_t start);

}  // namespace avocet::proto
