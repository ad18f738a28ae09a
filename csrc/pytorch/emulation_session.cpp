#include "pytorch/emulation_session.h"

#include <pybind11/stl.h>

#include <optional>

#include "base/error.h"
#include "emulator/emulation_scope.h"

namespace py = pybind11;
using namespace py::literals;

namespace hidet {

namespace {

class EmulationSession {
 public:
  EmulationSession(int schedule, int64_t counted_blocks) : log_(std::make_shared<EmulationLog>()) {
    HIDET_REQUIRE(schedule >= 0 && schedule < 3, "there are three schedules, not {}", schedule + 1);
    scope_.emplace(EmulationSettings{
        .schedule = proving_schedules()[schedule], .log = log_, .counted_blocks = counted_blocks});
  }
  void close() { scope_.reset(); }

  py::list findings() const {
    py::list result;
    for (const Finding& each : log_->findings())
      result.append(py::dict("check"_a = std::string(name_of(each.check)), "kernel"_a = each.kernel,
                             "line"_a = each.line, "block"_a = each.block, "thread"_a = each.thread,
                             "address"_a = each.address, "report"_a = each.report()));
    return result;
  }

  py::list kernels() const {
    py::list result;
    for (const EmulationLog::Kernel& each : log_->kernels()) {
      py::list places;
      for (const auto& [place, cost] : each.costs)
        places.append(py::dict("line"_a = place.line, "shared"_a = place.shared,
                               "writes"_a = place.writes, "requests"_a = cost.requests,
                               "passes"_a = cost.passes, "least_passes"_a = cost.least_passes,
                               "sectors"_a = cost.sectors, "least_sectors"_a = cost.least_sectors,
                               "used_bytes"_a = cost.used_bytes));
      result.append(py::dict("symbol"_a = each.symbol, "text"_a = each.text,
                             "launches"_a = each.launches, "blocks"_a = each.blocks,
                             "places"_a = places));
    }
    return result;
  }

 private:
  std::shared_ptr<EmulationLog> log_;
  std::optional<EmulationScope> scope_;
};

}  // namespace

void define_emulation_session(py::module_& m) {
  py::class_<EmulationSession>(m, "EmulationSession")
      .def(py::init<int, int64_t>(), "schedule"_a, "counted_blocks"_a)
      .def("close", &EmulationSession::close)
      .def("findings", &EmulationSession::findings)
      .def("kernels", &EmulationSession::kernels);
}

}  // namespace hidet
