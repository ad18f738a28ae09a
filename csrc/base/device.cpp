#include "base/device.h"

#include <charconv>

#include "base/format.h"

namespace hidet {

std::string name_of(Device device) {
  return device.kind == DeviceKind::cpu ? "cpu" : hidet::format("cuda:{}", device.index);
}

std::optional<Device> find_device(std::string_view name) {
  constexpr std::string_view kCuda = "cuda";
  if (name == "cpu") return Device();
  if (!name.starts_with(kCuda)) return std::nullopt;
  name.remove_prefix(kCuda.size());
  Device device{DeviceKind::cuda, 0};
  if (name.empty()) return device;
  const char* end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data() + 1, end, device.index);
  if (name[0] != ':' || error != std::errc() || rest != end || device.index < 0)
    return std::nullopt;
  return device;
}

}  // namespace hidet
