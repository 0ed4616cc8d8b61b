#pragma once
/// The control socket: birdc's protocol (reference 9.1) over a UNIX stream socket; several clients; long answers are
/// produced page by page as the client reads, so no answer is built in memory and no session waits.
#include <memory>
#include <string>
#include <vector>

#include "bgpd/ctl/context.hpp"
#include "bgpd/ctl/options.hpp"

namespace boost::asio {
class io_context;
}

namespace avocet::ctl {

class Server {
 public:
  Server(boost::asio::io_context& io, Context context);
  ~Server();
  /// Binds with mode 0660; refuses a path another live daemon listens on; replaces a dead one. "" or the reason.
  std::string listen(const std::string& path, const std::string& group = {});
  /// Listens on just these sockets beside the main one, with the same mode: those not named any more are closed, with
  /// their clients. The reasons of those that cannot be; they are tried again with the next call.
  std::vector<std::string> listen_also(const std::vector<SocketOptions>& sockets, const std::string& group = {});
  void close();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace avocet::ctl
