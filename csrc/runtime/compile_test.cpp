#include "runtime/compile.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>

#include "runtime/files.h"
#include "runtime/kernel_store.h"
#include "runtime/subprocess.h"

namespace hidet {
namespace {

// One task; adds a number to a float. Two kernels may have the same symbol and helper.
KernelSource adder(int number, const std::string& symbol = "add_number") {
  return {symbol,
          "static float helper(float x) { return x + " + std::to_string(number) +
              "; }\n"
              "extern \"C\" void " +
              symbol +
              "(void* const* buffers, const long* sizes, long begin, long end, void* scratch, int* "
              "status) {\n"
              "  float* data = (float*)buffers[0];\n"
              "  for (long i = begin; i < end; i++) data[i] = helper(data[i]);\n}\n",
          {}};
}

float call(const LoadedKernel& kernel, float x) {
  void* buffers[] = {&x};
  kernel.function(buffers, nullptr, 0, 1, nullptr, nullptr);
  return x;
}

// Sets an environment variable for one test.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* old = getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Setting() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

// A program that behaves like a compiler as far as --version goes.
std::string fake_compiler(const TemporaryFolder& folder, const std::string& script) {
  std::string path = folder.path() + "/compiler";
  std::ofstream(path) << "#!/bin/sh\ncase \" $* \" in *\" --version \"*) echo fake 1; exit;; esac\n"
                      << script;
  chmod(path.c_str(), 0700);
  return path;
}

TEST(Subprocess, OutputStatusAndOrder) {
  std::vector<size_t> finished;
  auto results = run_processes({{"sh", "-c", "echo out; echo err >&2; exit 3"},
                                {"/no/such/program"},
                                {"sh", "-c", "sleep 0.1; echo late"},
                                {}},
                               2, 20, [&](size_t index) { finished.push_back(index); });
  EXPECT_EQ(results[0].output, "out\nerr\n");
  EXPECT_TRUE(results[0].started && !results[0].succeeded);
  EXPECT_FALSE(results[1].started || results[3].started);
  EXPECT_TRUE(results[2].succeeded);
  EXPECT_EQ(results[2].output, "late\n");
  EXPECT_EQ(finished.size(), 4u);
}

TEST(Subprocess, MuchOutputIsCut) {
  auto result = run_processes({{"sh", "-c", "head -c 3000000 /dev/zero"}}, 1, 20)[0];
  EXPECT_TRUE(result.succeeded);
  EXPECT_EQ(result.output.size(), size_t{1} << 20);
}

TEST(Subprocess, ATimeoutKillsTheChildrenToo) {
  auto start = std::chrono::steady_clock::now();
  auto results = run_processes(
      {{"sh", "-c", "sleep 60 & wait"}, {"sh", "-c", "exec >/dev/null 2>&1; sleep 60"}}, 2, 0.2);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  for (const ProcessResult& result : results) EXPECT_TRUE(result.timed_out && !result.succeeded);
}

TEST(HostCompiler, FoundAndChosen) {
  auto compiler = find_host_compiler();
  ASSERT_TRUE(compiler) << compiler.reason();
  EXPECT_EQ(compiler->command[0][0], '/');
  EXPECT_FALSE(compiler->version.empty());
  TemporaryFolder folder;
  Setting chosen("CXX", fake_compiler(folder, "exit 1") + "  -extra");
  auto fake = find_host_compiler();
  ASSERT_TRUE(fake) << fake.reason();
  EXPECT_EQ(fake->version, "fake 1");
  EXPECT_EQ(fake->command.back(), "-extra");
}

TEST(HostCompiler, NoneSaysWhatToInstall) {
  TemporaryFolder folder;
  {
    Setting chosen("CXX", "no-such-compiler");
    EXPECT_EQ(find_host_compiler().reason(),
              "the C++ compiler of the environment variable CXX: 'no-such-compiler' was not found");
  }
  Setting none("CXX", ""), path("PATH", folder.path());
  EXPECT_NE(find_host_compiler().reason().find("apt install g++"), std::string::npos);
}

TEST(Compile, SameNamesInOneUnitAndSeveralUnits) {
  auto compiler = find_host_compiler();
  ASSERT_TRUE(compiler);
  std::vector<KernelSource> sources;
  std::vector<std::string> keys;
  for (int i = 0; i < 5; i++) {
    sources.push_back(adder(i));
    keys.push_back(kernel_key(sources[i], *compiler));
  }
  for (int parallel : {1, 2, 8}) {
    CompileOptions options;
    options.parallel = parallel;
    int last = 0;
    options.progress = [&](int done, int total) {
      EXPECT_GT(done, last);
      EXPECT_EQ(total, 5);
      last = done;
    };
    auto units = compile_kernels(sources, keys, *compiler, options);
    ASSERT_TRUE(units) << units.reason();
    EXPECT_EQ(units->size(), static_cast<size_t>(std::min(parallel, 5)));
    EXPECT_EQ(last, 5);
    for (const CompiledUnit& unit : *units) {
      auto library = CodeLibrary::open(unit.shared_object);
      ASSERT_TRUE(library) << library.reason();
      for (int kernel : unit.kernels) {
        void* function = (*library)->symbol(exported_symbol("add_number", keys[kernel]));
        ASSERT_NE(function, nullptr);
        EXPECT_EQ(call({reinterpret_cast<CpuKernel>(function), *library}, 1),
                  1 + static_cast<float>(kernel));
      }
    }
  }
}

TEST(Compile, ABeginningStandsOnceInAUnit) {
  auto compiler = find_host_compiler();
  ASSERT_TRUE(compiler);
  std::vector<KernelSource> sources;
  std::vector<std::string> keys;
  for (int i = 0; i < 4; i++) {
    sources.push_back(adder(i));
    sources.back().unit_text = "#define HUNDREDFOLD " + std::to_string(i / 2 + 1) +
                               "00\nextern \"C\" int beginning() { return HUNDREDFOLD; }\n";
    sources.back().text += "extern \"C\" int number_" + std::to_string(i) +
                           "() { return HUNDREDFOLD + " + std::to_string(i) + "; }\n";
    keys.push_back(kernel_key(sources[i], *compiler));
  }
  CompileOptions options;
  options.parallel = 1;
  auto units = compile_kernels(sources, keys, *compiler, options);
  ASSERT_TRUE(units) << units.reason();
  ASSERT_EQ(units->size(), 2u);  // of two beginnings
  for (const CompiledUnit& unit : *units) {
    auto library = CodeLibrary::open(unit.shared_object);
    ASSERT_TRUE(library) << library.reason();
    ASSERT_EQ(unit.kernels.size(), 2u);
    for (int kernel : unit.kernels) {
      auto* number = reinterpret_cast<int (*)()>(
          (*library)->symbol("number_" + std::to_string(kernel)));
      ASSERT_NE(number, nullptr);
      EXPECT_EQ(number(), (kernel / 2 + 1) * 100 + kernel);
    }
  }
}

TEST(Compile, NoContractionAndWrappingIntegers) {
  KernelSource source{
      "numbers",
      "extern \"C\" void numbers(void* const* b, const long*, long, long, void*, int*) {\n"
      "  float* x = (float*)b[0];\n  x[3] = x[0] * x[1] + x[2];\n"
      "  int n = (int)x[4]; x[5] = n + 2147483647 < n;\n}\n",
      {}};
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma")) source.target_flags = {"-mavx2", "-mfma"};
#endif
  KernelStore store(nullptr);
  auto kernels = store.obtain(std::vector<KernelSource>{source}, *find_host_compiler());
  ASSERT_TRUE(kernels) << kernels.reason();
  float x[] = {1 + 0x1p-12f, 1 + 0x1p-12f, -1 - 0x1p-11f, 0, 1, 0};
  void* buffers[] = {x};
  (*kernels)[0].function(buffers, nullptr, 0, 1, nullptr, nullptr);
  EXPECT_EQ(x[3], 0);  // with an FMA: 2^-24
  EXPECT_EQ(x[5], 1);
}

TEST(Compile, FailuresAreDeclines) {
  auto compiler = find_host_compiler();
  ASSERT_TRUE(compiler);
  KernelSource wrong{"bad", "extern \"C\" void bad() { nonsense; }", {}};
  KernelStore store(nullptr);
  std::string reason = store.obtain(std::vector<KernelSource>{adder(1), wrong}, *compiler).reason();
  EXPECT_NE(reason.find("nonsense"), std::string::npos) << reason;
  EXPECT_NE(reason.find("failed"), std::string::npos) << reason;
  // What failed leaves the store usable.
  auto good = store.obtain(std::vector<KernelSource>{adder(1)}, *compiler);
  ASSERT_TRUE(good) << good.reason();
  EXPECT_EQ(call((*good)[0], 1), 2);

  TemporaryFolder folder;
  std::vector<KernelSource> sources = {adder(2)};
  auto reason_of = [&](const std::string& script, double timeout) {
    Setting chosen("CXX", fake_compiler(folder, script));
    CompileOptions options;
    options.timeout_seconds = timeout;
    return KernelStore(nullptr).obtain(sources, *find_host_compiler(), options).reason();
  };
  EXPECT_NE(reason_of("echo broken; exit 1", 20).find("failed:\nbroken"), std::string::npos);
  EXPECT_NE(reason_of("exit 0", 20).find("failed"), std::string::npos);
  EXPECT_NE(reason_of("sleep 60", 0.2).find("took longer than 0.2 s"), std::string::npos);
  EXPECT_NE(reason_of("while [ \"$1\" != -o ]; do shift; done; echo junk > \"$2\"", 20)
                .find("cannot be loaded"),
            std::string::npos);
  Setting nowhere("TMPDIR", "/no/such/folder");
  EXPECT_NE(KernelStore(nullptr).obtain(sources, *compiler).reason().find("TMPDIR"),
            std::string::npos);
}

TEST(Compile, KeysTellEverythingApart) {
  HostCompiler compiler{{"/usr/bin/g++"}, "g++ 12", HostCompiler::Family::gcc};
  std::set<std::string> keys = {kernel_key(adder(1), compiler), kernel_key(adder(2), compiler),
                                kernel_key(adder(1, "other"), compiler)};
  KernelSource flagged = adder(1);
  flagged.target_flags = {"-mavx2"};
  keys.insert(kernel_key(flagged, compiler));
  HostCompiler newer = compiler, wrapped = compiler;
  KernelSource begun = adder(1);
  begun.unit_text = "// a beginning";
  keys.insert(kernel_key(begun, compiler));
  newer.version = "g++ 13";
  wrapped.command.push_back("-m32");
  keys.insert(kernel_key(adder(1), newer));
  keys.insert(kernel_key(adder(1), wrapped));
  EXPECT_EQ(keys.size(), 7u);
}

class KernelStoreTest : public testing::Test {
 protected:
  std::shared_ptr<Cache> cache() {
    return std::make_shared<Cache>(CacheOptions{folder_.path() + "/cache", 1 << 24, {}});
  }
  std::vector<std::string> keys(const std::vector<KernelSource>& sources) {
    std::vector<std::string> keys;
    for (const KernelSource& source : sources) keys.push_back(kernel_key(source, compiler_));
    return keys;
  }
  TemporaryFolder folder_;
  HostCompiler compiler_ = *find_host_compiler();
};

TEST_F(KernelStoreTest, ASecondStoreCompilesNothing) {
  std::vector<KernelSource> sources = {adder(1), adder(2), adder(1)};
  std::vector<std::string> symbols(3, "add_number");
  KernelStore first(cache());
  auto kernels = first.obtain(sources, compiler_);
  ASSERT_TRUE(kernels) << kernels.reason();
  EXPECT_EQ(first.compiled(), 2);
  EXPECT_EQ((*kernels)[0].function, (*kernels)[2].function);
  KernelStore second(cache());
  auto found = second.find(keys(sources), symbols);
  ASSERT_TRUE(found) << found.reason();
  EXPECT_EQ(call((*found)[1], 5), 7);
  ASSERT_TRUE(second.obtain(sources, compiler_));
  EXPECT_EQ(second.compiled(), 0);
  sources.push_back(adder(3));
  ASSERT_TRUE(second.obtain(sources, compiler_));
  EXPECT_EQ(second.compiled(), 1);
  EXPECT_NE(second
                .find(std::vector<std::string>{std::string(64, '0')},
                      std::vector<std::string>{"add_number"})
                .reason()
                .find("not in the cache"),
            std::string::npos);
}

TEST_F(KernelStoreTest, DamagedCodeIsCompiledAgain) {
  std::vector<KernelSource> sources = {adder(1)};
  KernelStore first(cache());
  auto loaded = first.obtain(sources, compiler_);
  ASSERT_TRUE(loaded);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path() + "/cache"))
    std::filesystem::resize_file(entry, std::filesystem::file_size(entry) / 2);
  EXPECT_EQ(call((*loaded)[0], 1), 2);  // no file of the cache is mapped
  KernelStore second(cache());
  auto again = second.obtain(sources, compiler_);
  ASSERT_TRUE(again) << again.reason();
  EXPECT_EQ(second.compiled(), 1);
  EXPECT_EQ(call((*again)[0], 1), 2);
  EXPECT_TRUE(KernelStore(cache()).find(keys(sources), std::vector<std::string>{"add_number"}));
}

TEST_F(KernelStoreTest, TwoProcessesCompileTheSame) {
  std::vector<KernelSource> sources = {adder(7), adder(8)};
  auto work = [&] {
    auto kernels = KernelStore(cache()).obtain(sources, compiler_);
    return kernels && call((*kernels)[0], 1) == 8 && call((*kernels)[1], 1) == 9;
  };
  pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  EXPECT_TRUE(work());
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace hidet
