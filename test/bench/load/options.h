// What the generator was asked to do: `--name value` pairs.
#pragma once
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

[[noreturn]] inline void fail(const std::string& message) {
  fprintf(stderr, "Cannot load the server: %s\n", message.c_str());
  exit(1);
}

struct Options {
  std::string mode;     // echo, broadcast, cycle or hold
  int port = 0;
  int pid = 0;          // of the server, whose CPU time is read
  int connections = 1;
  int outstanding = 1;  // messages in flight: per connection, or broadcasts in all
  int warmUp = 300;     // milliseconds before the measured window
  int window = 500;     // milliseconds measured
  int limit = 60000;    // milliseconds after which everything is given up
  int replyFrames = 1;  // frames that make one reply
  int greetings = 0;    // frames the server sends before it listens
  int answers = 0;      // frames it sends after the greeting was answered
  std::string hello;    // file: what answers the greeting
  std::string request;  // file: the opening handshake
  std::string units;    // file: the messages, see units.h
};

inline Options parseOptions(int argc, char** argv) {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  auto text = [&](const char* name) { return given[std::string("--") + name]; };
  auto number = [&](const char* name, int fallback) {
    std::string value = text(name);
    return value.empty() ? fallback : atoi(value.c_str());
  };
  Options o;
  o.mode = text("mode");
  o.port = number("port", o.port);
  o.pid = number("pid", o.pid);
  o.connections = number("connections", o.connections);
  o.outstanding = number("outstanding", o.outstanding);
  o.warmUp = number("warm-up", o.warmUp);
  o.window = number("window", o.window);
  o.limit = number("limit", o.limit);
  o.replyFrames = number("reply-frames", o.replyFrames);
  o.greetings = number("greetings", o.greetings);
  o.answers = number("answers", o.answers);
  o.hello = text("hello");
  o.request = text("request");
  o.units = text("units");
  return o;
}

inline std::string readFile(const std::string& path) {
  if (path.empty()) return "";
  FILE* file = fopen(path.c_str(), "rb");
  if (!file) fail("no file " + path);
  std::string bytes;
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, file)) > 0;) bytes.append(buffer, n);
  fclose(file);
  return bytes;
}
