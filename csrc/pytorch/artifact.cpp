#include "pytorch/artifact.h"

#include <bit>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/sha256.h"
#include "runtime/compile.h"
#include "runtime/gpu_kernel.h"
#include "runtime/plan_format.h"

namespace hidet {
namespace {

static_assert(std::endian::native == std::endian::little);
constexpr std::string_view kMagic("hidet graph 1\n\0\0", 16);

void put_number(std::string& bytes, uint64_t number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_field(std::string& bytes, std::string_view field) {
  put_number(bytes, field.size());
  bytes.append(field);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(uint64_t count) {
    HIDET_REQUIRE(count <= rest_.size(), "this compiled graph is truncated");
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  uint64_t number() {
    uint64_t result = 0;
    std::memcpy(&result, take(sizeof result).data(), sizeof result);
    return result;
  }
  std::string_view field() { return take(number()); }

 private:
  std::string_view rest_;
};

std::string digest_of(std::string_view bytes) {
  const auto digest = Sha256().update(bytes).digest();
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

const GpuKernel* gpu_kernel(const LoadedKernel& kernel) {
  return dynamic_cast<const GpuKernel*>(kernel.device.get());
}
// Kernels of the same code have the same.
const void* identity_of(const LoadedKernel& kernel) {
  if (const GpuKernel* gpu = gpu_kernel(kernel)) return &gpu->code();
  return kernel.library.get();
}
std::string code_of(const LoadedKernel& kernel) {
  if (const GpuKernel* gpu = gpu_kernel(kernel)) return serialize(gpu->code());
  HIDET_REQUIRE(!kernel.device, "a graph whose kernels are emulated cannot be saved");
  HIDET_ASSERT(kernel.library, "a kernel that is linked in cannot be saved");
  return kernel.library->contents();
}

// A piece of code in an artifact, loaded for the first kernel in it.
struct Code {
  std::string_view bytes;
  std::shared_ptr<const CodeLibrary> library;
  std::shared_ptr<const CudaCode> cuda;

  LoadedKernel load(const KernelRecord& record) {
    return record.target.starts_with("sm_") ? load_cuda(record) : load_cpu(record);
  }
  LoadedKernel load_cpu(const KernelRecord& record) {
    if (!library) {
      auto opened = CodeLibrary::open(bytes);
      HIDET_REQUIRE(opened, "the kernels of this compiled graph cannot be loaded: {}",
                    opened.reason());
      library = *opened;
    }
    void* function = library->symbol(exported_symbol(record.symbol, record.key));
    HIDET_REQUIRE(function, "this compiled graph lacks its kernel {}", record.symbol);
    return {reinterpret_cast<CpuKernel>(function), library};
  }
  LoadedKernel load_cuda(const KernelRecord& record) {
    if (!cuda) {
      auto parsed = parse_cuda_code(bytes);
      HIDET_REQUIRE(parsed, "the CUDA kernel {} of this compiled graph cannot be read",
                    record.symbol);
      cuda = std::make_shared<CudaCode>(std::move(*parsed));
    }
    return {nullptr, nullptr, std::make_shared<GpuKernel>(cuda, record.target)};
  }
};

}  // namespace

std::string pack_artifact(const Plan& plan, const std::vector<LoadedKernel>& kernels) {
  HIDET_ASSERT(kernels.size() == plan.kernels.size(), "{} kernels", kernels.size());
  std::vector<std::string> codes;
  std::map<const void*, uint64_t> index_of;  // looked up, never walked
  std::string indices;
  for (const LoadedKernel& kernel : kernels) {
    const auto [entry, added] = index_of.emplace(identity_of(kernel), codes.size());
    if (added) codes.push_back(code_of(kernel));
    put_number(indices, entry->second);
  }
  std::string bytes(kMagic);
  put_field(bytes, serialize(plan));
  put_number(bytes, codes.size());
  for (const std::string& code : codes) put_field(bytes, code);
  bytes += indices;
  return bytes + digest_of(bytes);
}

Artifact unpack_artifact(std::string_view bytes) {
  constexpr size_t kDigest = sizeof(Sha256::Digest);
  HIDET_REQUIRE(bytes.size() > kMagic.size() + kDigest && bytes.starts_with(kMagic),
                "these bytes are no compiled graph of this version of hidet");
  const std::string_view content = bytes.substr(0, bytes.size() - kDigest);
  HIDET_REQUIRE(digest_of(content) == bytes.substr(content.size()),
                "this compiled graph is truncated or altered");
  Reader reader(content.substr(kMagic.size()));
  Result<Plan> plan = deserialize_plan(reader.field());
  HIDET_REQUIRE(plan, "the plan of this compiled graph cannot be read: {}", plan.reason());
  std::vector<Code> codes;
  for (uint64_t count = reader.number(); count > 0; --count) codes.push_back({reader.field()});
  Artifact artifact{std::move(*plan), {}};
  for (const KernelRecord& record : artifact.plan.kernels) {
    const uint64_t index = reader.number();
    HIDET_REQUIRE(index < codes.size(), "this compiled graph is altered");
    artifact.kernels.push_back(codes[index].load(record));
  }
  return artifact;
}

}  // namespace hidet
