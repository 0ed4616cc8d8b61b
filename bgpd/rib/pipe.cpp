#include "bgpd/rib/pipe.hpp"

namespace avocet::rib {
namespace {

/// One direction: follows a table and tells its best routes through a channel into the other table.
class Direction final : public Follower {
 public:
  Direction(const Rib& rib, Table& from, std::shared_ptr<Channel> to) : rib_(rib), from_(from), to_(std::move(to)) {}

  Table& from() { return from_; }
  const std::shared_ptr<Channel>& channel() const { return to_; }
  /// The channel by which this pipe brings routes into `from`; those are not sent back.
  void set_opposite(SourceId source) { opposite_ = source; }

  void changed(Table& table, std::span<const NetId> nets) override {
    for (auto id : nets) {
      proto::Nlri nlri{table.prefix(id)};
      auto* best = table.in_use(id) ? table.best(id) : nullptr;
      auto& only_in = to_->options.export_in;
      if (!best || (only_in && !only_in->contains(nlri.prefix)) || best->source == opposite_.value) {
        if (told(nlri.prefix)) to_->withdraw(std::span(&nlri, 1));
        continue;
      }
      // The route keeps its preference and its origin, and goes where it goes in its own table.
      auto route = rib_.view(table, id, *best);
      block_.assign(route.attributes);
      block_.set_u32(proto::AttributeCode::preference, route.preference);
      if (!block_.view().u32(proto::AttributeCode::piped_from))
        block_.set_u32(proto::AttributeCode::piped_from, route.channel->source.value);
      set_destination(block_, {route.resolution.kind, route.resolution.hops});
      to_->announce(std::span(&nlri, 1), block_);
    }
  }

 private:
  bool told(const proto::Prefix& net) const {
    auto& table = to_->table();
    auto id = table.find(net);
    if (!id) return false;
    for (auto path = table.first(*id); path.valid(); path = table.path(path).next)
      if (table.path(path).source == to_->source.value) return true;
    return false;
  }

  const Rib& rib_;
  Table& from_;
  std::shared_ptr<Channel> to_;
  SourceId opposite_;
  proto::AttributeBlock block_;
};

/// The way from the peer table into the pipe's own.
ChannelOptions from_peer(const PipeOptions& options) {
  auto result = options.channel;
  result.export_in.reset();
  return result;
}

/// `export` of a pipe is what goes from its table to the peer table: an import filter, seen from there.
ChannelOptions towards_peer(const PipeOptions& options) {
  auto result = options.channel;
  result.table = options.peer_table;
  std::swap(result.import_filter, result.export_filter);
  std::swap(result.import_limit, result.export_limit);
  result.receive_limit.reset();
  return result;
}

}  // namespace

struct Pipe::State {
  Rib& rib;
  std::shared_ptr<Protocol> protocol;
  PipeOptions options;
  std::unique_ptr<Direction> in, out;  ///< from the peer table, to the peer table
  bool enabled = false;

  std::unique_ptr<Direction> direction(const std::string& from, ChannelOptions to) {
    auto channel = rib.open_channel(protocol, std::move(to), {.kind = filter::RouteSource::pipe});
    return std::make_unique<Direction>(rib, *rib.find_table(from), std::move(channel));
  }
  void open() {
    in = direction(options.peer_table, from_peer(options));
    out = direction(options.channel.table, towards_peer(options));
    in->set_opposite(out->channel()->source);
    out->set_opposite(in->channel()->source);
  }
  void start(Direction& one) {
    rib.follow(one.from(), one);
    rib.feed(one.from(), one);
  }
  void stop(Direction& one) {
    rib.unfollow(one.from(), one);
    one.channel()->flush();
  }
  void close() {
    for (auto* one : {in.get(), out.get()}) {
      if (enabled) rib.unfollow(one->from(), *one);
      rib.close_channel(one->channel());
    }
  }
};

Pipe::Pipe(Rib& rib, std::shared_ptr<Protocol> protocol, PipeOptions options)
    : state_(new State{.rib = rib, .protocol = std::move(protocol), .options = std::move(options)}) {
  state_->protocol->kind = ProtocolKind::pipe;
  state_->open();
}

Pipe::~Pipe() { state_->close(); }

void Pipe::enable() {
  auto& state = *state_;
  if (state.enabled) return;
  state.enabled = true;
  state.rib.set_state(*state.protocol, ProtocolState::up, std::chrono::system_clock::now());
  state.start(*state.in);
  state.start(*state.out);
}

void Pipe::disable() {
  auto& state = *state_;
  if (!state.enabled) return;
  state.stop(*state.in);
  state.stop(*state.out);
  state.enabled = false;
  state.rib.set_state(*state.protocol, ProtocolState::down, std::chrono::system_clock::now());
}

void Pipe::reconfigure(PipeOptions options) {
  auto& state = *state_;
  bool other_tables = options.peer_table != state.options.peer_table || options.channel.table != state.options.channel.table;
  state.protocol->options = options.protocol;
  if (!other_tables) {
    bool other_part = options.channel.export_in != state.options.channel.export_in;
    state.options = std::move(options);
    state.in->channel()->reconfigure(from_peer(state.options));
    state.out->channel()->reconfigure(towards_peer(state.options));
    if (other_part && state.enabled) state.rib.feed(state.out->from(), *state.out);
    return;
  }
  state.close();
  state.options = std::move(options);
  state.open();
  if (!state.enabled) return;
  state.start(*state.in);
  state.start(*state.out);
}

void Pipe::reload(bool in, bool out) {
  if (in) state_->in->channel()->refilter_in();
  if (out) state_->out->channel()->refilter_in();
}

const PipeOptions& Pipe::options() const { return state_->options; }

}  // namespace avocet::rib
