#include "runtime/compile.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/sha256.h"
#include "runtime/files.h"
#include "runtime/subprocess.h"

namespace hidet {

namespace {

// No contraction: an explicit FMA is one in the text. The kernels call neither libm nor libstdc++;
// memcpy and its like are found in the process.
std::vector<std::string> common_flags(HostCompiler::Family family) {
  std::vector<std::string> flags = {"-std=c++20",
                                    "-O1",
                                    "-ffp-contract=off",
                                    "-fwrapv",
                                    "-fno-strict-aliasing",
                                    "-fno-math-errno",
                                    "-fno-trapping-math",
                                    "-fno-exceptions",
                                    "-fno-rtti",
                                    "-fno-asynchronous-unwind-tables",
                                    "-fno-stack-protector",
                                    "-fPIC",
                                    "-shared",
                                    "-nostdlib",
                                    "-w"};
  if (family == HostCompiler::Family::gcc) flags.emplace_back("-fexpensive-optimizations");
  return flags;
}

// Largest first, each to the unit with the least text so far. Kernels of one unit have the same
// flags and the same beginning.
std::vector<std::vector<int>> deal(std::span<const KernelSource> sources, int units) {
  std::vector<int> order(sources.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int a, int b) { return sources[a].text.size() > sources[b].text.size(); });
  std::map<std::pair<std::vector<std::string>, std::string>, std::vector<int>> by_flags;
  for (int kernel : order)
    by_flags[{sources[kernel].target_flags, sources[kernel].unit_text}].push_back(kernel);
  std::vector<std::vector<int>> dealt;
  for (const auto& [flags, kernels] : by_flags) {
    size_t count = std::min(kernels.size(), static_cast<size_t>(units));
    std::vector<std::vector<int>> part(count);
    std::vector<size_t> load(count);
    for (int kernel : kernels) {
      auto least = static_cast<size_t>(std::min_element(load.begin(), load.end()) - load.begin());
      part[least].push_back(kernel);
      load[least] += sources[kernel].text.size() + 1000;
    }
    dealt.insert(dealt.end(), part.begin(), part.end());
  }
  return dealt;
}

// Each kernel in a namespace of its own and under its exported name.
std::string unit_text(std::span<const KernelSource> sources, std::span<const std::string> keys,
                      const std::vector<int>& kernels) {
  std::string text = sources[kernels.front()].unit_text;
  for (int kernel : kernels) {
    const KernelSource& source = sources[kernel];
    std::string exported = exported_symbol(source.symbol, keys[kernel]);
    text += hidet::format(
        "#define {0} {1}\nnamespace kernel_{1} {{\n#line 1 \"{0}\"\n{2}\n}}\n#undef {0}\n",
        source.symbol, exported, source.text);
  }
  return text;
}

std::string first_lines(const std::string& text, int lines) {
  size_t end = 0;
  while (lines-- > 0 && end < text.size()) {
    size_t next = text.find('\n', end);
    end = next == std::string::npos ? text.size() : next + 1;
  }
  return text.substr(0, end);
}

}  // namespace

std::string kernel_key(const KernelSource& source, const HostCompiler& compiler) {
  Sha256 hash;
  hash.field("cpu kernel").field(source.symbol).field(source.text).field(compiler.version);
  for (const std::string& flag : common_flags(compiler.family)) hash.field(flag);
  hash.field(source.unit_text).field("target");
  for (const std::string& flag : source.target_flags) hash.field(flag);
  hash.field("compiler");
  for (size_t i = 1; i < compiler.command.size(); i++) hash.field(compiler.command[i]);
  return hash.hex();
}

std::string exported_symbol(const std::string& symbol, const std::string& key) {
  return symbol + "_" + key.substr(0, 16);
}

Result<std::vector<CompiledUnit>> compile_kernels(std::span<const KernelSource> sources,
                                                  std::span<const std::string> keys,
                                                  const HostCompiler& compiler,
                                                  const CompileOptions& options) {
  HIDET_ASSERT(sources.size() == keys.size(), "{} sources, {} keys", sources.size(), keys.size());
  TemporaryFolder folder;
  HIDET_DECLINE_UNLESS(!folder.path().empty(),
                       "no temporary folder in {}: set the environment variable TMPDIR",
                       temporary_root());
  int parallel = options.parallel > 0 ? options.parallel : available_cores();
  std::vector<std::vector<int>> dealt = deal(sources, parallel);
  std::vector<std::vector<std::string>> commands;
  for (size_t unit = 0; unit < dealt.size(); unit++) {
    std::string path = hidet::format("{}/{}", folder.path(), unit);
    HIDET_DECLINE_UNLESS(write_new_file(path + ".cpp", unit_text(sources, keys, dealt[unit])),
                         "{} cannot be written", path);
    std::vector<std::string> command = compiler.command;
    for (const std::string& flag : common_flags(compiler.family)) command.push_back(flag);
    for (const std::string& flag : sources[dealt[unit][0]].target_flags) command.push_back(flag);
    for (const std::string& word :
         {path + ".cpp", std::string("-o"), path + ".so", std::string("-lgcc")})
      command.push_back(word);
    commands.push_back(std::move(command));
  }
  int done = 0;
  auto finished = [&](size_t unit) {
    done += static_cast<int>(dealt[unit].size());
    if (options.progress) options.progress(done, static_cast<int>(sources.size()));
  };
  auto results = run_processes(commands, parallel, options.timeout_seconds, finished);
  std::vector<CompiledUnit> units;
  for (size_t unit = 0; unit < dealt.size(); unit++) {
    const std::string& program = compiler.command[0];
    HIDET_DECLINE_UNLESS(results[unit].started, "the C++ compiler {} does not run", program);
    HIDET_DECLINE_UNLESS(!results[unit].timed_out, "the C++ compiler {} took longer than {} s",
                         program, options.timeout_seconds);
    auto object = read_file(hidet::format("{}/{}.so", folder.path(), unit));
    HIDET_DECLINE_UNLESS(results[unit].succeeded && object, "the C++ compiler {} failed:\n{}",
                         program, first_lines(results[unit].output, 20));
    units.push_back({std::move(*object), dealt[unit]});
  }
  return units;
}

}  // namespace hidet
