#include "base/device.h"

#include <gtest/gtest.h>

namespace hidet {
namespace {

TEST(Device, NamesAreReadAsTheyArePrinted) {
  for (const Device device : {Device(), Device{DeviceKind::cuda, 0}, Device{DeviceKind::cuda, 3}})
    EXPECT_EQ(find_device(name_of(device)), device);
  EXPECT_EQ(name_of({DeviceKind::cuda, 3}), "cuda:3");
  EXPECT_EQ(find_device("cuda"), (Device{DeviceKind::cuda, 0}));
}

TEST(Device, OtherTextIsNone) {
  for (const char* text : {"", "meta", "cpu:0", "cuda:", "cuda:-1", "cuda:1x", "cuda1", "cuda:400"})
    EXPECT_FALSE(find_device(text)) << text;
}

}  // namespace
}  // namespace hidet
