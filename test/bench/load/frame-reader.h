// Cuts what a server sends into frames (RFC 6455 5.2), without keeping any of it.
#pragma once
#include <cstdint>
#include <cstddef>

struct FrameReader {
  unsigned char header[14];
  int have = 0;          // header bytes so far
  uint64_t remaining = 0;
  bool inPayload = false;

  int opcode() const { return header[0] & 0x0f; }
  bool fin() const { return header[0] & 0x80; }
  bool compressed() const { return header[0] & 0x40; }

  /**
   * Reads one step: `starts(reader)` when a frame's length is known, `piece(reader, data, size)` for
   * payload, `ends(reader)` behind the last byte. A masking key counts as payload: only the echo of
   * raw bytes sends one back.
   */
  template <typename Handler>
  void read(const unsigned char* data, size_t size, Handler& handler) {
    size_t at = 0;
    while (at < size) {
      if (!inPayload) {
        header[have++] = data[at++];
        if (have < 2) continue;
        int shortLength = header[1] & 0x7f;
        int needed = shortLength < 126 ? 2 : shortLength == 126 ? 4 : 10;
        while (have < needed && at < size) header[have++] = data[at++];
        if (have < needed) return;
        remaining = shortLength;
        if (shortLength >= 126) {
          remaining = 0;
          for (int i = 2; i < needed; i++) remaining = remaining << 8 | header[i];
        }
        if (header[1] & 0x80) remaining += 4;
        inPayload = true;
        handler.starts(*this);
      }
      size_t take = remaining < size - at ? size_t(remaining) : size - at;
      if (take > 0) handler.piece(*this, data + at, take);
      remaining -= take;
      at += take;
      if (remaining > 0) return;
      inPayload = false;
      have = 0;
      handler.ends(*this);
    }
  }
};
