#include "driver/replay.h"

#include <algorithm>
#include <sstream>

#include "driver/lower_kernel.h"
#include "graph/graph_text.h"
#include "ir/parse.h"

namespace hidet {

namespace {

std::string with_first_line(std::string_view when, std::string_view pass,
                            const std::string& program, const std::string& symbol,
                            const std::string& target) {
  return hidet::format("# kernel {} for {} {} {}\n{}", symbol, target, when, pass, program);
}

struct FirstLine {
  std::string symbol, target, when, pass;
};

FirstLine read_first_line(const std::string& text) {
  std::istringstream words(text.substr(0, text.find('\n')));
  std::string hash, kernel, preposition;
  FirstLine line;
  words >> hash >> kernel >> line.symbol >> preposition >> line.target >> line.when >> line.pass;
  HIDET_REQUIRE(hash == "#" && kernel == "kernel" && preposition == "for" &&
                    (line.when == "after" || line.when == "before") && !line.pass.empty(),
                "a program to replay starts with a line such as '# kernel add_f32 for cpu-avx2 "
                "after fill_sites'");
  return line;
}

bool has(const std::vector<Pass>& passes, std::string_view name) {
  return std::any_of(passes.begin(), passes.end(), [&](const Pass& p) { return p.name == name; });
}

// Those of `passes` that are left, all if the line names none of them.
std::vector<Pass> left_of(std::vector<Pass> passes, const FirstLine& line) {
  if (!has(passes, line.pass)) return passes;
  while (passes.front().name != line.pass) passes.erase(passes.begin());
  if (line.when == "after") passes.erase(passes.begin());
  return passes;
}

}  // namespace

std::string after_pass(std::string_view pass, const std::string& program, const std::string& symbol,
                       const std::string& target) {
  return with_first_line("after", pass, program, symbol, target);
}
std::string before_pass(std::string_view pass, const std::string& program,
                        const std::string& symbol, const std::string& target) {
  return with_first_line("before", pass, program, symbol, target);
}

std::string replay_command(const std::string& path) {
  std::string quoted;
  for (char c : path) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return hidet::format("python -m hidet_torch.replay '{}'", quoted);
}

KernelSource replay(const std::string& text, const PassOptions& options) {
  const FirstLine line = read_first_line(text);
  const Target target = cpu_target(line.target);
  const SiteFills none;
  const std::vector<Pass> filling = filling_passes(none, target), lowering = cpu_passes();
  Context context;
  Program program = parse(context, text);
  if (line.pass == kTemplatePass || (has(filling, line.pass) && !program.sites.empty())) {
    std::vector<Pass> rest = left_of(filling, line);
    rest.pop_back();
    run_passes(std::move(program), rest, options);
    HIDET_USER_ERROR(value,
                     "what the sites of this program mean is not in the file: replay the dump from "
                     "after fill_sites, or the graph");
  }
  HIDET_REQUIRE(has(filling, line.pass) || has(lowering, line.pass) || line.pass == kReadPass ||
                    line.pass == kEmitPass,
                "there is no pass {}", line.pass);
  const std::vector<Pass> rest =
      line.pass == kEmitPass ? std::vector<Pass>() : left_of(lowering, line);
  const EmittedProgram emitted = emit_after(std::move(program), rest, target, line.symbol, options);
  return {line.symbol, emitted.kernel.text, target.compiler_flags()};
}

void compile_alone(const KernelSource& source) {
  const Result<HostCompiler> compiler = find_host_compiler();
  if (!compiler) HIDET_USER_ERROR(runtime, "{}", compiler.reason());
  const std::vector<KernelSource> sources{source};
  const std::vector<std::string> keys{kernel_key(source, *compiler)};
  const auto units = compile_kernels(sources, keys, *compiler);
  if (!units) HIDET_USER_ERROR(runtime, "{}", units.reason());
}

std::string replay_graph(const std::string& text, CompileSettings settings) {
  settings.use_plan_cache = false;
  KernelStore store(std::make_shared<Cache>(CacheOptions{.directory = {}, .warn = {}}));
  const Result<CompiledPlan> compiled = compile_graph(parse_graph(text), settings, store);
  if (!compiled) HIDET_USER_ERROR(runtime, "{}", compiled.reason());
  return print(compiled->plan);
}

}  // namespace hidet
