#include "driver/compile_graph.h"

#include <dlfcn.h>
#include <sys/stat.h>

#include <chrono>

#include "base/sha256.h"
#include "driver/bug_reports.h"
#include "driver/dump.h"
#include "driver/load_emulated.h"
#include "driver/lower_kernel.h"
#include "driver/optimize_graph.h"
#include "driver/predict.h"
#include "driver/report_text.h"
#include "graph/expand_operators.h"
#include "runtime/plan_format.h"

namespace hidet {

namespace {

// The file that this code lies in: another build makes other plans.
std::string build_identity() {
  Dl_info info;
  struct stat status;
  if (!dladdr(reinterpret_cast<const void*>(&build_identity), &info) ||
      stat(info.dli_fname, &status) != 0)
    return "unknown";
  return hidet::format("{} {} {}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

// Of all that decides a plan.
std::string plan_key(const Graph& graph, const CompileSettings& settings,
                     const std::string& compiler) {
  std::string text = print(graph);
  text += hidet::format("\ntarget {} cores {} caches {} {} {}", settings.target.name,
                        settings.target.cores, settings.target.l1_bytes, settings.target.l2_bytes,
                        settings.target.l3_bytes);
  if (settings.target.kind == TargetKind::cpu)
    for (const std::string& flag : settings.target.compiler_flags()) text += " " + flag;
  text += hidet::format("\nround {} tf32 {} params {} compiler {}", settings.round_like_eager,
                        settings.choices.allow_tf32, settings.choices.params, compiler);
  return sha256_hex(text + "\nbuild " + build_identity());
}

// Of what makes machine code of the kernels. Declines where there is nothing that does.
Result<std::string> identity_of(const HostCompiler& compiler) {
  std::string text = compiler.version;
  for (const std::string& word : compiler.command) text += " " + word;
  return text;
}
Result<std::string> identity_of_nvrtc(const CompileSettings& settings) {
  const auto nvrtc = Nvrtc::open(settings.cuda.nvrtc_directories);
  if (!nvrtc) return Decline{nvrtc.reason()};
  std::string text = (*nvrtc)->version();
  for (const std::string& option : (*nvrtc)->options(settings.target.name)) text += " " + option;
  return text;
}

class Compilation {
 public:
  Compilation(const CompileSettings& settings, KernelStore& store, CompileReport& report)
      : settings_(settings),
        store_(store),
        report_(report),
        dump_(settings.dump_directory),
        bugs_{{dump_.directory(), store.cache().directory()}} {}

  template <class F>
  auto timed(std::string step, F&& f) {
    const auto start = std::chrono::steady_clock::now();
    auto result = f();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    report_.times.push_back({std::move(step), elapsed.count()});
    return result;
  }

  Result<CompiledPlan> run(const Graph& source) {
    try {
      return compile(source);
    } catch (const UserError&) {
      throw;
    } catch (const PassError& error) {
      bugs_.report(error, kernel_, settings_.target);
    } catch (const std::exception& error) {
      bugs_.report(error, source, settings_.target);
    }
  }

 private:
  Result<CompiledPlan> compile(const Graph& asked) {
    HostCompiler compiler;
    // The emulator runs what the host's compiler makes of CUDA text: no NVRTC is needed.
    const bool by_host = !on_cuda() || settings_.cuda.emulate;
    if (by_host) {
      Result<HostCompiler> found = find_host_compiler();
      if (!found) return Decline{found.reason()};
      compiler = std::move(*found);
    }
    const auto identity = by_host ? identity_of(compiler) : identity_of_nvrtc(settings_);
    if (!identity) return Decline{identity.reason()};
    dump_.graph("0_aten", asked);
    const std::string key = plan_key(asked, settings_, *identity);
    const std::optional<Graph> general = timed("find the general graph", [&] {
      return settings_.history ? settings_.history->general_of(asked) : std::nullopt;
    });
    if (general) dump_.graph("0_general", *general);
    const auto remember = [&] {
      if (settings_.history && !general) settings_.history->add(asked);
    };
    if (std::optional<CompiledPlan> cached = cached_plan(key)) {
      remember();
      return std::move(*cached);
    }
    Graph source = general ? *general : asked;
    const auto views = take_output_views(source);
    Graph graph = timed("expand operators", [&] { return expand_operators(source); });
    dump_.graph("1_expanded", graph);
    graph =
        timed("optimize graph", [&] { return optimize_graph(graph, settings_.round_like_eager); });
    dump_.graph("2_optimized", graph);
    Grouping grouping = timed("form groups", [&] { return form_groups(graph); });
    dump_.text("3_groups.txt", print(grouping, graph));
    report_graph(graph, grouping);

    PlanBuilder builder(graph);
    timed("generate kernels", [&] {
      for (const Group& group : grouping.groups) add_group(graph, grouping, group, builder);
      return 0;
    });
    Plan plan = builder.finish(source, views);
    dump_.text("4_plan.txt", print(plan));
    Result<CompiledPlan> compiled = load(std::move(plan), builder, compiler);
    if (compiled && may_keep_plan()) {
      store_.cache().put("report", key, to_text(report_));
      store_.cache().put("plan", key, serialize(compiled->plan));
    }
    if (compiled) remember();
    return compiled;
  }

  // A plan made before by this build, for the same graph, settings and compiler, whose kernels are
  // in the cache, too. Not while dumping: a dump shows the whole way.
  std::optional<CompiledPlan> cached_plan(const std::string& key) {
    if (!settings_.use_plan_cache || !settings_.dump_directory.empty() || !may_keep_plan())
      return std::nullopt;
    auto content = store_.cache().get("plan", key);
    if (!content) return std::nullopt;
    Result<Plan> plan = deserialize_plan(*content);
    if (!plan) return std::nullopt;
    auto loaded = cached_kernels(*plan);
    if (!loaded) return std::nullopt;
    if (auto text = store_.cache().get("report", key)) report_ = parse_report(*text);
    report_.from_cache = true;
    return CompiledPlan{std::move(*plan), std::move(*loaded)};
  }

  std::optional<std::vector<LoadedKernel>> cached_kernels(const Plan& plan) {
    if (on_cuda()) return find_cuda(plan, settings_.target, store_.cubins());
    std::vector<std::string> keys, symbols;
    for (const KernelRecord& record : plan.kernels) {
      keys.push_back(record.key);
      symbols.push_back(record.symbol);
    }
    auto loaded = store_.find(keys, symbols);
    if (!loaded) return std::nullopt;
    return std::move(*loaded);
  }
  // An emulated kernel is made from its text, which no plan holds.
  bool may_keep_plan() const { return !settings_.cuda.emulate; }

  void report_graph(const Graph& graph, const Grouping& grouping) {
    for (const Node& node : graph.nodes)
      if (node.op == Op::aten)
        report_.aten_calls.push_back({node.aten, node.name, node.aten_reason});
    for (const Refusal& refusal : grouping.refusals)
      report_.declines.push_back({graph.nodes[refusal.node].name, refusal.with, refusal.reason});
  }

  void add_group(const Graph& graph, const Grouping& grouping, const Group& group,
                 PlanBuilder& builder) {
    CompileReport::Group entry{.kind = std::string(name_of(group.kind)),
                               .nodes = {},
                               .outputs = {},
                               .constant = group.constant,
                               .kernel = {}};
    for (NodeId id : group.members) entry.nodes.push_back(graph.nodes[id].name);
    for (ValueId value : group.outputs) entry.outputs.push_back(graph.values[value].name);
    if (group.kind == GroupKind::aten) {
      builder.add_aten(group);
      report_.groups.push_back(std::move(entry));
      return;
    }
    Result<GroupKernels> kernels =
        group_kernels(graph, grouping, group, settings_.target, settings_.choices);
    HIDET_ASSERT(kernels, "no template takes the group of {}: {}", entry.nodes.front(),
                 kernels.reason());
    const PassOptions passes{
        .after = [this](std::string_view pass, const Program& p) { dump_.program(pass, p); },
        .verify = settings_.verify};
    const Choice choice{kernels->template_name, kernels->params, kernels->reason};
    std::vector<LoweredKernel> lowered;
    for (auto& kernel : kernels->kernels) {
      kernel_ = kernel->symbol;
      dump_.begin_kernel(kernel_, settings_.target.name, entry.nodes);
      lowered.push_back(lower_kernel(*kernel, settings_.target, passes));
      dump_.source(lowered.back().source.text);
      entry.kernel = kernel->symbol;
      choice_of_[lowered.back().source.text] = choice;
      if (on_cuda())
        work_of_[lowered.back().source.text].push_back(
            work_of(graph, *kernel, lowered.back().record));
      for (const LoweredKernel& fallback : lowered.back().fallbacks) {
        choice_of_[fallback.source.text] = choice;
        work_of_[fallback.source.text].push_back(work_of(graph, *kernel, fallback.record));
      }
    }
    builder.add_group(group, *kernels, lowered);
    report_.groups.push_back(std::move(entry));
  }

  struct Choice {
    std::string template_name, params, reason;
  };
  bool on_cuda() const { return settings_.target.kind == TargetKind::cuda; }

  void report_kernels(const Plan& plan, const PlanBuilder& builder) {
    for (size_t i = 0; i < plan.kernels.size(); i++) {
      const KernelSource& source = builder.sources()[i];
      const Choice& choice = choice_of_[source.text];
      CompileReport::Kernel kernel{.symbol = source.symbol,
                                   .template_name = choice.template_name,
                                   .params = choice.params,
                                   .reason = choice.reason,
                                   .launches = builder.launches()[i],
                                   .constant_runs = builder.constant_runs()[i],
                                   .key = plan.kernels[i].key};
      if (on_cuda()) {
        kernel.cuda = cuda_use(plan.kernels[i], settings_.target);
        kernel.cuda.predicted_seconds = predicted_seconds(source.text, kernel.cuda);
      }
      report_.kernels.push_back(std::move(kernel));
    }
  }

  // The mean over the launches of a text, now that its registers are known.
  double predicted_seconds(const std::string& text, const CompileReport::CudaUse& use) {
    double seconds = 0;
    const std::vector<CudaWork>& launches = work_of_[text];
    for (CudaWork work : launches) {
      if (use.registers > 0) work.registers = use.registers;
      seconds += cuda_time(work, settings_.target).seconds;
    }
    return launches.empty() ? 0 : seconds / static_cast<double>(launches.size());
  }

  Result<CompiledPlan> load(Plan plan, const PlanBuilder& builder, const HostCompiler& compiler) {
    return on_cuda() ? load_for_cuda(std::move(plan), builder)
                     : load_for_cpu(std::move(plan), builder, compiler);
  }

  Result<CompiledPlan> load_for_cpu(Plan plan, const PlanBuilder& builder,
                                    const HostCompiler& compiler) {
    CompileOptions options;
    options.parallel = settings_.compile_jobs;
    options.progress = settings_.progress;
    for (size_t i = 0; i < plan.kernels.size(); i++)
      plan.kernels[i].key = kernel_key(builder.sources()[i], compiler);
    report_kernels(plan, builder);
    const int64_t before = store_.compiled();
    auto loaded = timed("compile kernels",
                        [&] { return store_.obtain(builder.sources(), compiler, options); });
    if (!loaded) return Decline{loaded.reason()};
    report_.compiled_kernels = store_.compiled() - before;
    return CompiledPlan{std::move(plan), std::move(*loaded)};
  }

  Result<CompiledPlan> load_for_cuda(Plan plan, const PlanBuilder& builder) {
    CudaSettings settings = settings_.cuda;
    settings.threads = settings_.compile_jobs;
    settings.progress = settings_.progress;
    const auto compiled = [&] { return store_.compiled() + store_.cubins().compiled(); };
    const int64_t before = compiled();
    auto loaded = timed("compile kernels", [&] {
      return settings.emulate
                 ? load_emulated(builder.sources(), settings_.target, settings, store_, plan)
                 : load_cuda(builder.sources(), settings_.target, settings, store_.cubins(), plan);
    });
    if (!loaded) return Decline{loaded.reason()};
    report_.compiled_kernels = compiled() - before;
    report_kernels(plan, builder);
    return CompiledPlan{std::move(plan), std::move(*loaded)};
  }

  const CompileSettings& settings_;
  KernelStore& store_;
  CompileReport& report_;
  Dump dump_;
  BugReports bugs_;
  std::string kernel_;                                    // that is being lowered
  std::map<std::string, Choice> choice_of_;               // by kernel text
  std::map<std::string, std::vector<CudaWork>> work_of_;  // of the launches, by kernel text
};

}  // namespace

Result<CompiledPlan> compile_graph(const Graph& graph, const CompileSettings& settings,
                                   KernelStore& store, CompileReport* report) {
  CompileReport unread;
  return Compilation(settings, store, report ? *report : unread).run(graph);
}

Plan aten_plan(const Graph& graph) {
  Grouping grouping = form_groups(graph);
  PlanBuilder builder(graph);
  for (const Group& group : grouping.groups) {
    HIDET_ASSERT(group.kind == GroupKind::aten, "a plan of ATen calls has a {}",
                 name_of(group.kind));
    builder.add_aten(group);
  }
  return builder.finish(graph);
}

}  // namespace hidet
