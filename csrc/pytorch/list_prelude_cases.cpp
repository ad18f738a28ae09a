#include "pytorch/list_prelude_cases.h"

#include "base/error.h"
#include "emulator/prelude_cases.h"
#include "prelude/cuda_native.h"
#include "runtime/cuda_driver.h"

namespace hidet {

namespace py = pybind11;
using namespace py::literals;

namespace {

template <class Numbers>
py::list first(const Numbers& numbers, int count) {
  py::list list;
  for (int i = 0; i < count; ++i) list.append(numbers[static_cast<size_t>(i)]);
  return list;
}

template <class Numbers>
void take(const py::dict& map, const char* name, Numbers& numbers) {
  size_t i = 0;
  for (const py::handle each : map[name])
    numbers.at(i++) = each.cast<typename Numbers::value_type>();
}

py::dict dict_of(const MapOfBuffer& map) {
  const TensorMapRequest& request = map.request;
  return py::dict("buffer"_a = map.buffer, "dtype"_a = std::string(name_of(request.dtype)),
                  "sizes"_a = first(request.sizes, request.rank),
                  "strides"_a = first(request.strides, request.rank - 1),
                  "box"_a = first(request.box, request.rank),
                  "swizzle_bytes"_a = request.swizzle_bytes);
}

}  // namespace

py::list list_prelude_cases(const std::string& target) {
  std::vector<PreludeCase> cases;
  for (const PreludeCase& each : prelude_cases())
    if (each.is_on(target)) cases.push_back(each);
  const std::vector<std::string> outputs = emulate_prelude_cases(cases);
  py::list list;
  for (size_t i = 0; i < cases.size(); ++i) {
    const PreludeCase& each = cases[i];
    py::list maps, inputs;
    for (const MapOfBuffer& map : each.maps) maps.append(dict_of(map));
    inputs.append(py::bytes(each.input));
    list.append(py::dict("name"_a = each.name, "symbol"_a = each.name,
                         "text"_a = cuda_prelude_ptx(each.text) + "\n" + each.text,
                         "threads"_a = each.threads, "shared_bytes"_a = each.shared_bytes,
                         "inputs"_a = inputs, "expected"_a = py::bytes(outputs[i]),
                         "maps"_a = maps));
  }
  return list;
}

py::bytes encode_case_map(const py::dict& map, uint64_t address) {
  TensorMapRequest request;
  request.dtype = parse_dtype(map["dtype"].cast<std::string>());
  request.rank = static_cast<int>(py::len(map["sizes"]));
  request.address = reinterpret_cast<void*>(address);
  take(map, "sizes", request.sizes);
  take(map, "strides", request.strides);
  take(map, "box", request.box);
  request.swizzle_bytes = map["swizzle_bytes"].cast<int>();
  const auto driver = CudaDriver::open();
  if (!driver) HIDET_USER_ERROR(runtime, "{}", driver.reason());
  const auto encoded = encode_tensor_map(**driver, request);
  if (!encoded) HIDET_USER_ERROR(runtime, "{}", encoded.reason());
  return py::bytes(reinterpret_cast<const char*>(&*encoded), sizeof(*encoded));
}

}  // namespace hidet
