#include "driver/report_text.h"

#include "base/format.h"

namespace hidet {

namespace {

constexpr char kField = '\x1f', kItem = '\x1e', kLine = '\n';

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text) {
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

std::string join(const std::vector<std::string>& items) {
  std::string text;
  for (size_t i = 0; i < items.size(); i++) text += (i ? std::string(1, kItem) : "") + items[i];
  return text;
}

void add_line(std::string& text, const std::vector<std::string>& fields) {
  for (size_t i = 0; i < fields.size(); i++) {
    if (i) text += kField;
    for (char c : fields[i]) text += c == kLine ? ' ' : c;
  }
  text += kLine;
}

std::string cuda_text(const CompileReport::CudaUse& use) {
  std::vector<std::string> items = {std::to_string(use.registers),
                                    std::to_string(use.spill_bytes),
                                    std::to_string(use.stack_bytes),
                                    std::to_string(use.threads),
                                    std::to_string(use.shared_bytes),
                                    std::to_string(use.blocks),
                                    hidet::format("{}", use.occupancy),
                                    use.limit,
                                    hidet::format("{}", use.predicted_seconds)};
  items.insert(items.end(), use.advisories.begin(), use.advisories.end());
  return join(items);
}

CompileReport::CudaUse parse_cuda(std::string_view text) {
  const std::vector<std::string> f = split(text, kItem);
  constexpr size_t kNumbers = 9;  // advisories follow
  if (f.size() < kNumbers) return {};
  const auto integer = [&](size_t i) { return std::atoi(f[i].c_str()); };
  return {.registers = integer(0),
          .spill_bytes = integer(1),
          .stack_bytes = integer(2),
          .threads = integer(3),
          .shared_bytes = integer(4),
          .blocks = integer(5),
          .occupancy = std::atof(f[6].c_str()),
          .limit = f[7],
          .predicted_seconds = std::atof(f[8].c_str()),
          .advisories = {f.begin() + kNumbers, f.end()}};
}

}  // namespace

std::string to_text(const CompileReport& report) {
  std::string text;
  for (const auto& k : report.kernels)
    add_line(text,
             {"kernel", k.symbol, k.template_name, k.params, k.reason, std::to_string(k.launches),
              std::to_string(k.constant_runs), k.key, cuda_text(k.cuda)});
  for (const auto& g : report.groups)
    add_line(text,
             {"group", g.kind, join(g.nodes), join(g.outputs), g.constant ? "1" : "0", g.kernel});
  for (const auto& d : report.declines) add_line(text, {"decline", d.node, d.with, d.reason});
  for (const auto& a : report.aten_calls) add_line(text, {"aten", a.name, a.node, a.reason});
  return text;
}

CompileReport parse_report(std::string_view text) {
  CompileReport report;
  for (const std::string& line : split(text, kLine)) {
    const std::vector<std::string> f = split(line, kField);
    if (f[0] == "kernel" && f.size() == 9)
      report.kernels.push_back({f[1], f[2], f[3], f[4], std::atoi(f[5].c_str()),
                                std::atoi(f[6].c_str()), f[7], parse_cuda(f[8])});
    else if (f[0] == "group" && f.size() == 6)
      report.groups.push_back({f[1], split(f[2], kItem), split(f[3], kItem), f[4] == "1", f[5]});
    else if (f[0] == "decline" && f.size() == 4)
      report.declines.push_back({f[1], f[2], f[3]});
    else if (f[0] == "aten" && f.size() == 4)
      report.aten_calls.push_back({f[1], f[2], f[3]});
  }
  return report;
}

}  // namespace hidet
