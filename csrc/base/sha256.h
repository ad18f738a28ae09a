// SHA-256 (FIPS 180-4): names and checksums of what the caches hold.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hidet {

class Sha256 {
 public:
  using Digest = std::array<uint8_t, 32>;
  Sha256();
  Sha256& update(std::string_view bytes);
  // Update with the length first, so that a sequence of fields has one reading only.
  Sha256& field(std::string_view bytes);
  // Ends the hash.
  Digest digest();
  std::string hex();

 private:
  void block(const uint8_t* data);

  std::array<uint32_t, 8> state_;
  std::array<uint8_t, 64> pending_;
  size_t pending_size_ = 0;
  uint64_t length_ = 0;  // bytes
};

// 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace hidet
