#pragma once
/// Tells a daemon to read its configuration again, over birdc's control socket, and hears what it says.
#include <chrono>
#include <string>

namespace avocet::confgen {

struct ReloadAnswer {
  enum Kind {
    done,     ///< it runs the new configuration, or is on the way to it
    refused,  ///< it keeps the old one, because of what the new one says
    absent,   ///< nobody listens: it will read the configuration when it starts
    silent,   ///< it does not answer, or cannot now: says nothing about the configuration
  };
  Kind kind = silent;
  std::string text;  ///< the daemon's words, or what is wrong with the socket
};

/// Sends `configure check "FILE"`: `done` if the daemon could run that file. Waits at most `limit`.
ReloadAnswer ask_to_check(const std::string& socket, const std::string& file, std::chrono::milliseconds limit);
/// Sends `configure`. Waits at most `limit` for the whole conversation.
ReloadAnswer ask_to_reload(const std::string& socket, std::chrono::milliseconds limit);

}  // namespace avocet::confgen
