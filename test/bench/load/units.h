// The messages to send, encoded and masked beforehand, and what each must bring back.
//
// File: u32 count, then per message u32 request length, u32 reply length, request, reply (little
// endian). A reply length of 0 means that only the server knows it, as with compression.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>
#include "options.h"

struct Units {
  std::string requests;            // back to back, so that a run of messages is one send
  std::vector<size_t> starts;      // count + 1 offsets into `requests`
  std::vector<std::string> replies;

  size_t count() const { return replies.size(); }
};

inline Units readUnits(const std::string& path) {
  Units units;
  std::string file = readFile(path);
  if (file.empty()) return units;
  size_t at = 0;
  auto u32 = [&] {
    uint32_t value;
    if (at + 4 > file.size()) fail("the message file is cut off");
    memcpy(&value, file.data() + at, 4);
    at += 4;
    return value;
  };
  uint32_t count = u32();
  for (uint32_t i = 0; i < count; i++) {
    uint32_t request = u32(), reply = u32();
    units.starts.push_back(units.requests.size());
    units.requests.append(file, at, request);
    units.replies.emplace_back(file, at + request, reply);
    at += request + reply;
  }
  units.starts.push_back(units.requests.size());
  return units;
}
