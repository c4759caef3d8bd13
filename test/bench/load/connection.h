// One client connection: opening handshake, greeting, then messages out and replies in.
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <algorithm>
#include <cstring>
#include "frame-reader.h"
#include "options.h"
#include "units.h"

/** Replies compared byte by byte on each connection; of all later ones the length is compared. */
const uint64_t COMPARED = 4;
/** Compressed replies of the first connection that are handed back to be checked. */
const size_t SAMPLES = 4;

struct Load;

struct Connection {
  enum State { Connecting, Handshake, Greeting, Answering, Ready, Closing };

  Load* load = nullptr;
  int index = 0;
  int fd = -1;
  State state = Connecting;
  FrameReader reader;
  std::string head;            // of the response, until its empty line
  std::string queued;          // bytes to send before any message
  int framesToSkip = 0;

  size_t nextUnit = 0;         // to be sent
  size_t unitOffset = 0;       // of it, already sent
  uint64_t owed = 0;           // messages to be sent
  bool wantsOut = false;
  uint64_t credits = 0;        // replies of this chunk, to be answered with as many messages

  size_t awaitedUnit = 0;      // whose reply comes next
  uint64_t replies = 0;
  uint64_t replyBytes = 0;     // of the reply that is arriving
  int replyFrames = 0;
  bool control = false;        // the frame that is arriving is a ping, pong or close
  std::string controlPayload;
  std::string sample;

  void open();
  void close();
  void send(uint64_t messages);
  void sendControl(int opcode, const std::string& payload);
  void flush();
  void readable();
  void received(const unsigned char* data, size_t size);

  void starts(FrameReader& frame);
  void piece(FrameReader& frame, const unsigned char* data, size_t size);
  void ends(FrameReader& frame);

 private:
  void watch(bool out);
  void replied();
};

/** What all connections share, and what they report to. */
struct Load {
  Options options;
  Units units;
  std::string request;
  std::string hello;
  int epoll = -1;
  std::vector<std::string> samples;
  uint64_t bytes = 0;  // of replies, without their headers

  virtual ~Load() {}
  virtual void ready(Connection&) = 0;
  virtual void reply(Connection&) = 0;
  virtual void ended(Connection&) { fail("the server closed a connection"); }
};

inline void Connection::open() {
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail(std::string("no socket: ") + strerror(errno));
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(load->options.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (sockaddr*)&address, sizeof address) < 0 && errno != EINPROGRESS)
    fail(std::string("no connection: ") + strerror(errno));
  state = Connecting;
  wantsOut = true;
  queued = load->request;
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.ptr = this;
  epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event);
}

inline void Connection::close() {
  ::close(fd);
  fd = -1;
}

inline void Connection::watch(bool out) {
  if (wantsOut == out) return;
  wantsOut = out;
  epoll_event event{};
  event.events = out ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.ptr = this;
  epoll_ctl(load->epoll, EPOLL_CTL_MOD, fd, &event);
}

inline void Connection::send(uint64_t messages) {
  owed += messages;
  flush();
}

/** With a key of zeros, which masks a payload with itself. */
inline void Connection::sendControl(int opcode, const std::string& payload) {
  queued += char(0x80 | opcode);
  queued += char(0x80 | payload.size());
  queued.append(4, '\0');
  queued += payload;
  if (unitOffset == 0) flush();
}

inline void Connection::flush() {
  const Units& units = load->units;
  while (true) {
    bool ahead = !queued.empty() && unitOffset == 0;
    const char* data = queued.data();
    size_t size = queued.size();
    size_t run = 0;
    if (!ahead) {
      if (owed == 0) return watch(false);
      // Messages lie back to back: as many as are owed, up to the end of the list, in one go.
      run = std::min<uint64_t>(owed, units.count() - nextUnit);
      if (!queued.empty()) run = 1;
      data = units.requests.data() + units.starts[nextUnit] + unitOffset;
      size = units.starts[nextUnit + run] - units.starts[nextUnit] - unitOffset;
    }
    ssize_t sent = ::send(fd, data, size, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return watch(true);
      fail(std::string("a connection broke: ") + strerror(errno));
    }
    if (ahead) {
      queued.erase(0, sent);
      continue;
    }
    size_t done = unitOffset + sent;
    for (; run > 0; run--) {
      size_t length = units.starts[nextUnit + 1] - units.starts[nextUnit];
      if (done < length) break;
      done -= length;
      nextUnit = (nextUnit + 1) % units.count();
      owed--;
    }
    unitOffset = done;
  }
}

inline void Connection::readable() {
  static unsigned char buffer[256 * 1024];
  ssize_t size = recv(fd, buffer, sizeof buffer, 0);
  if (size > 0) {
    received(buffer, size);
    if (credits > 0) send(credits);
    credits = 0;
    return;
  }
  if (size < 0 && errno == EAGAIN) return;
  if (size < 0 && state != Closing) fail(std::string("a connection broke: ") + strerror(errno));
  load->ended(*this);
}

inline void Connection::received(const unsigned char* data, size_t size) {
  if (state == Connecting) state = Handshake;
  if (state != Handshake) return reader.read(data, size, *this);
  head.append((const char*)data, size);
  size_t end = head.find("\r\n\r\n");
  if (end == std::string::npos) return;
  if (head.compare(0, 12, "HTTP/1.1 101") != 0) fail("it answered " + head);
  std::string rest = head.substr(end + 4);
  head.clear();
  framesToSkip = load->options.greetings;
  state = framesToSkip > 0 ? Greeting : Ready;
  if (state == Ready) load->ready(*this);
  if (!rest.empty()) reader.read((const unsigned char*)rest.data(), rest.size(), *this);
}

inline void Connection::starts(FrameReader& frame) {
  control = frame.opcode() >= 8;
  controlPayload.clear();
}

inline void Connection::piece(FrameReader& frame, const unsigned char* data, size_t size) {
  if (control) {
    controlPayload.append((const char*)data, size);
    return;
  }
  if (state != Ready || load->units.count() == 0) return;
  load->bytes += size;
  const std::string& expected = load->units.replies[awaitedUnit];
  if (!expected.empty()) {
    if (replyBytes + size > expected.size()) fail("a reply is too long");
    if (replies < COMPARED && memcmp(expected.data() + replyBytes, data, size) != 0)
      fail("a reply is not what was sent");
  } else if (index == 0 && load->samples.size() < SAMPLES) {
    if (sample.empty()) sample += frame.compressed() ? 'z' : '-';
    sample.append((const char*)data, size);
  }
  replyBytes += size;
}

inline void Connection::ends(FrameReader& frame) {
  if (control) {
    if (frame.opcode() == 9) sendControl(10, controlPayload);
    if (frame.opcode() == 8) {
      if (state != Closing) fail("the server closed a connection: " + controlPayload);
    }
    return;
  }
  if (!frame.fin()) return;
  if (state == Ready) {
    if (load->units.count() == 0) return;
    if (++replyFrames == load->options.replyFrames) replied();
    return;
  }
  if (--framesToSkip > 0) return;
  if (state == Greeting) {
    queued += load->hello;
    flush();
    framesToSkip = load->options.answers;
    state = Answering;
    if (framesToSkip > 0) return;
  }
  if (state == Answering) {
    state = Ready;
    load->ready(*this);
  }
}

inline void Connection::replied() {
  const std::string& expected = load->units.replies[awaitedUnit];
  if (!expected.empty() && replyBytes != expected.size()) fail("a reply is too short");
  if (!sample.empty()) {
    load->samples.push_back(sample);
    sample.clear();
  }
  replyBytes = 0;
  replyFrames = 0;
  replies++;
  awaitedUnit = (awaitedUnit + 1) % load->units.count();
  load->reply(*this);
}
