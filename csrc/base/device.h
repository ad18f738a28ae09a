// Device: where the memory of a tensor is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hidet {

enum class DeviceKind : uint8_t { cpu, cuda };

struct Device {
  DeviceKind kind = DeviceKind::cpu;
  int8_t index = 0;  // 0 for cpu
  bool operator==(const Device&) const = default;
};

// "cpu", "cuda:1": as PyTorch prints a device.
std::string name_of(Device device);
// Of such a name; "cuda" is "cuda:0". Absent for any other text.
std::optional<Device> find_device(std::string_view name);

}  // namespace hidet
