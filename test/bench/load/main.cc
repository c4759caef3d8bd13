// Load for one WebSocket server: raw sockets, messages encoded beforehand, replies counted and not
// copied, so that it stays far below what any server can do. Prints one line of JSON.
#include <sys/resource.h>
#include <memory>
#include "cpu-time.h"
#include "loads.h"

namespace {

/** Connections opened at the same time; a server's accept queue is short. */
const int OPENING = 128;

/** Serves sockets until `done` or the deadline, whichever is first. */
template <typename Done>
void serve(int epoll, uint64_t until, Done done) {
  static epoll_event events[1024];
  while (!done()) {
    uint64_t now = wallClock();
    if (now >= until) return;
    int timeout = int((until - now + 999999) / 1000000);
    int count = epoll_wait(epoll, events, 1024, timeout);
    for (int i = 0; i < count; i++) {
      Connection& connection = *(Connection*)events[i].data.ptr;
      if (events[i].events & EPOLLOUT) connection.flush();
      if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) connection.readable();
    }
  }
}

uint64_t after(int milliseconds) { return wallClock() + milliseconds * 1000000ull; }

void openAll(Load& load, SteadyLoad& steady, std::vector<Connection>& connections) {
  int opened = 0, total = load.options.connections;
  uint64_t deadline = after(load.options.limit);
  while (steady.readyCount < total) {
    while (opened < total && opened - steady.readyCount < OPENING) connections[opened++].open();
    int before = steady.readyCount;
    serve(load.epoll, deadline, [&] { return steady.readyCount > before; });
    if (wallClock() >= deadline)
      fail("only " + std::to_string(steady.readyCount) + " of " + std::to_string(total) +
           " connections opened");
  }
}

void printHex(const std::string& bytes) {
  for (unsigned char byte : bytes) printf("%02x", byte);
}

void measure(Load& load, const uint64_t& messages) {
  const Options& o = load.options;
  const uint64_t& bytes = load.bytes;
  auto never = [] { return false; };
  serve(load.epoll, after(o.warmUp), never);
  uint64_t start = wallClock(), server = processCpu(o.pid), own = ownCpu(), count = messages,
           payload = bytes;
  serve(load.epoll, after(o.window), never);
  uint64_t wall = wallClock() - start;
  server = processCpu(o.pid) - server;
  own = ownCpu() - own;
  count = messages - count;
  payload = bytes - payload;
  printf("{\"messages\":%llu,\"bytes\":%llu,\"wall\":%.0f,\"cpu\":%.0f,\"loadCpu\":%.0f,\"samples\":[",
         (unsigned long long)count, (unsigned long long)payload, wall / 1e3, server / 1e3, own / 1e3);
  for (size_t i = 0; i < load.samples.size(); i++) {
    printf(i ? ",\"%c" : "\"%c", load.samples[i][0]);
    printHex(load.samples[i].substr(1));
    printf("\"");
  }
  printf("]}\n");
}

/** Keeps the connections, answering pings, until this process is ended. */
void hold(SteadyLoad& load) {
  uint64_t expected =
      load.units.count() == 0 ? 0 : uint64_t(load.options.connections) * load.options.outstanding;
  uint64_t deadline = after(load.options.limit);
  serve(load.epoll, deadline, [&] { return load.messages >= expected; });
  if (load.messages < expected) fail("not every message was answered");
  printf("{\"opened\":%d}\n", load.readyCount);
  fflush(stdout);
  serve(load.epoll, deadline, [] { return false; });
}

}  // namespace

int main(int argc, char** argv) {
  Options options = parseOptions(argc, argv);
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  std::unique_ptr<SteadyLoad> steady;
  CycleLoad cycle;
  if (options.mode == "echo") steady.reset(new EchoLoad);
  else if (options.mode == "broadcast") steady.reset(new BroadcastLoad);
  else if (options.mode == "hold") steady.reset(new HoldLoad);
  else if (options.mode != "cycle") fail("no mode " + options.mode);

  Load& load = steady ? (Load&)*steady : (Load&)cycle;
  load.options = options;
  load.units = readUnits(options.units);
  load.request = readFile(options.request);
  load.hello = readFile(options.hello);
  load.epoll = epoll_create1(0);
  std::vector<Connection> connections(options.connections);
  for (int i = 0; i < options.connections; i++) {
    connections[i].load = &load;
    connections[i].index = i;
  }

  if (!steady) {
    for (Connection& connection : connections) connection.open();
    measure(load, cycle.messages);
  } else {
    openAll(load, *steady, connections);
    steady->begin(connections);
    if (options.mode == "hold") hold(*steady);
    else measure(load, steady->messages);
  }
  return 0;
}
