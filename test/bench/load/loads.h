// The kinds of load. Each is told of connections that are ready and of replies, and says what next.
#pragma once
#include "connection.h"

/** One that opens all its connections first and then starts them together. */
struct SteadyLoad : Load {
  uint64_t messages = 0;
  int readyCount = 0;

  void ready(Connection&) override { readyCount++; }
  virtual void begin(std::vector<Connection>& connections) = 0;
};

/** Every connection keeps `outstanding` messages in flight. */
struct EchoLoad : SteadyLoad {
  void begin(std::vector<Connection>& connections) override {
    for (Connection& connection : connections) connection.send(options.outstanding);
  }
  void reply(Connection& connection) override {
    messages++;
    connection.credits++;
  }
};

/** Every connection sends `outstanding` messages, once. */
struct HoldLoad : SteadyLoad {
  void begin(std::vector<Connection>& connections) override {
    if (units.count() == 0) return;
    for (Connection& connection : connections) connection.send(options.outstanding);
  }
  void reply(Connection&) override { messages++; }
};

/** The first connection sends; a message is done when every connection has received it. */
struct BroadcastLoad : SteadyLoad {
  Connection* sender = nullptr;
  std::vector<int> reached;  // connections that received message i, modulo what can be in flight

  void begin(std::vector<Connection>& connections) override {
    sender = &connections[0];
    reached.assign(options.outstanding + 1, 0);
    sender->send(options.outstanding);
  }
  void reply(Connection& connection) override {
    if (reached.empty()) fail("it sent a message before any was sent to it");
    messages++;
    int& count = reached[(connection.replies - 1) % reached.size()];
    if (++count < options.connections) return;
    count = 0;
    // The sender's own chunk may be the one being read: then its credits are sent behind it.
    if (sender == &connection) sender->credits++;
    else sender->send(1);
  }
};

/** Connects, closes with 1000, waits for the server to close TCP, and starts again. */
struct CycleLoad : Load {
  uint64_t messages = 0;

  void ready(Connection& connection) override {
    connection.state = Connection::Closing;
    connection.sendControl(8, std::string("\x03\xe8", 2));
  }
  void reply(Connection&) override {}
  void ended(Connection& connection) override {
    if (connection.state != Connection::Closing) fail("the server closed a connection");
    messages++;
    connection.close();
    Connection fresh;
    fresh.load = this;
    fresh.index = connection.index;
    connection = fresh;
    connection.open();
  }
};
