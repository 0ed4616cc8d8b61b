#pragma once
/// Lines out of pieces that end anywhere.
#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

namespace avocet::confgen {

class Lines {
 public:
  static constexpr std::size_t longest = 256u << 20;  ///< bytes; etcd and Kubernetes stay far below

  /// Calls `line` for each line that is whole now. False if one is too long; what follows is of no use then.
  bool add(std::string_view piece, const std::function<void(std::string_view)>& line) {
    for (;;) {
      auto end = piece.find('\n');
      if (rest_.size() + std::min(end, piece.size()) > longest) return false;
      if (end == std::string_view::npos) break;
      if (rest_.empty()) {
        line(piece.substr(0, end));
      } else {
        auto whole = std::move(rest_);
        rest_.clear();
        whole.append(piece.substr(0, end));
        line(whole);
      }
      piece.remove_prefix(end + 1);
    }
    rest_.append(piece);
    return true;
  }

 private:
  std::string rest_;
};

}  // namespace avocet::confgen
