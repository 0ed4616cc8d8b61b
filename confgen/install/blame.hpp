#pragma once
/// From a line of a generated file that a check refused to the object of the datastore it was made of. Templates name
/// the object in a comment: at the end of the line, or above the block.
#include <optional>
#include <string>

namespace avocet::confgen {

/// One mistake that a check has told: where, and what is wrong.
struct Complaint {
  std::string file;
  int line = 0, column = 0;  ///< from 1; column 0 if it was not told
  std::string what;
};

/// The first error in what a check printed, as bgpd, BIRD 2 and BIRD 1.6 word them.
std::optional<Complaint> first_complaint(const std::string& output);

/// An object of the datastore, and the member that made the line if it can be told; "" for the whole object. The kind
/// "key" stands for the BGPPeer that made the key `name`.
struct Culprit {
  std::string kind, name, member;
};

/// Who made this line (from 1) of a generated text.
std::optional<Culprit> blame(const std::string& text, int line);

/// The line itself, without blanks around it.
std::string line_of(const std::string& text, int line);

}  // namespace avocet::confgen
