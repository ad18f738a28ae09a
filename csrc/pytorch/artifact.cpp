#include "pytorch/artifact.h"

#include <bit>
#include <cstring>
#include <map>

#include "base/error.h"
#include "base/sha256.h"
#include "runtime/compile.h"
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

}  // namespace

std::string pack_artifact(const Plan& plan, const std::vector<LoadedKernel>& kernels) {
  HIDET_ASSERT(kernels.size() == plan.kernels.size(), "{} kernels", kernels.size());
  std::vector<const CodeLibrary*> libraries;
  std::map<const CodeLibrary*, uint64_t> index_of;  // looked up, never walked
  std::string indices;
  for (const LoadedKernel& kernel : kernels) {
    HIDET_REQUIRE(!kernel.device, "a graph with CUDA kernels cannot be saved yet");
    HIDET_ASSERT(kernel.library, "a kernel that is linked in cannot be saved");
    const auto [entry, added] = index_of.emplace(kernel.library.get(), libraries.size());
    if (added) libraries.push_back(kernel.library.get());
    put_number(indices, entry->second);
  }
  std::string bytes(kMagic);
  put_field(bytes, serialize(plan));
  put_number(bytes, libraries.size());
  for (const CodeLibrary* library : libraries) put_field(bytes, library->contents());
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
  std::vector<std::shared_ptr<const CodeLibrary>> libraries;
  for (uint64_t count = reader.number(); count > 0; --count) {
    auto library = CodeLibrary::open(reader.field());
    HIDET_REQUIRE(library, "the kernels of this compiled graph cannot be loaded: {}",
                  library.reason());
    libraries.push_back(*library);
  }
  Artifact artifact{std::move(*plan), {}};
  for (const KernelRecord& record : artifact.plan.kernels) {
    const uint64_t index = reader.number();
    HIDET_REQUIRE(index < libraries.size(), "this compiled graph is altered");
    const auto& library = libraries[index];
    void* function = library->symbol(exported_symbol(record.symbol, record.key));
    HIDET_REQUIRE(function, "this compiled graph lacks its kernel {}", record.symbol);
    artifact.kernels.push_back({reinterpret_cast<CpuKernel>(function), library});
  }
  return artifact;
}

}  // namespace hidet
