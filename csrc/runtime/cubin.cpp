#include "runtime/cubin.h"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace hidet {

namespace {

constexpr uint16_t kMachineCuda = 190;

// Attributes of the sections .nv.info (of all kernels) and .nv.info.<kernel>. Each starts with
// {format, attribute, u16 value}; of format kSized, `value` bytes follow.
constexpr uint8_t kFormatByte = 2, kFormatShort = 3, kFormatSized = 4;
constexpr uint8_t kMaxThreads = 0x05, kFrameSize = 0x11, kParameter = 0x17, kParameterBytes = 0x19,
                  kRegisterCount = 0x2f, kBarrierCount = 0x4c;

// From sm_90 on, the shared memory of a kernel starts with what the system keeps for itself; a
// section says that it does.
constexpr const char* kReservedSection = ".nv.shared.reserved.0";
constexpr int kReservedShared = 1024;  // bytes

struct Malformed {};

// A view whose reads are checked against its size.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T at(uint64_t offset) const {
    T value;
    std::memcpy(&value, part(offset, sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::string_view part(uint64_t offset, uint64_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) throw Malformed();
    return bytes_.substr(offset, size);
  }
  std::string text(uint64_t offset) const {
    const std::string_view rest = part(offset, bytes_.size() - std::min(offset, uint64_t{size()}));
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) throw Malformed();
    return std::string(rest.substr(0, end));
  }
  size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

struct Section {
  std::string name;
  Elf64_Shdr header;
  Bytes bytes;  // empty of a section without contents
};

std::vector<Section> sections_of(const Bytes& image) {
  const auto header = image.at<Elf64_Ehdr>(0);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != kMachineCuda ||
      header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_shentsize != sizeof(Elf64_Shdr))
    throw Malformed();
  auto section_header = [&](uint64_t index) {
    if (index >= header.e_shnum) throw Malformed();
    return image.at<Elf64_Shdr>(header.e_shoff + index * sizeof(Elf64_Shdr));
  };
  const Elf64_Shdr names = section_header(header.e_shstrndx);
  const Bytes name_table(image.part(names.sh_offset, names.sh_size));
  std::vector<Section> sections;
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    const Elf64_Shdr section = section_header(i);
    const bool has_contents = section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL;
    sections.push_back({name_table.text(section.sh_name), section,
                        Bytes(has_contents ? image.part(section.sh_offset, section.sh_size)
                                           : std::string_view())});
  }
  return sections;
}

std::vector<std::string> symbols_of(const std::vector<Section>& sections) {
  std::vector<std::string> names;
  for (const Section& section : sections) {
    if (section.header.sh_type != SHT_SYMTAB) continue;
    if (section.header.sh_link >= sections.size()) throw Malformed();
    const Bytes& strings = sections[section.header.sh_link].bytes;
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= section.bytes.size(); at += sizeof(Elf64_Sym))
      names.push_back(strings.text(section.bytes.at<Elf64_Sym>(at).st_name));
  }
  return names;
}

// visit(format, attribute, value, payload) for each attribute of a section.
template <class Visit>
void for_each_attribute(const Bytes& bytes, const Visit& visit) {
  for (uint64_t at = 0; at < bytes.size();) {
    const auto format = bytes.at<uint8_t>(at), attribute = bytes.at<uint8_t>(at + 1);
    const auto value = bytes.at<uint16_t>(at + 2);
    at += 4;
    const uint64_t payload = format == kFormatSized ? value : 0;
    visit(format, attribute, value, Bytes(bytes.part(at, payload)));
    at += payload;
  }
}

// The rest of `name` behind `prefix`; empty where it does not start so.
std::string_view behind(std::string_view prefix, std::string_view name) {
  return name.starts_with(prefix) ? name.substr(prefix.size()) : std::string_view();
}

void read_kernel_section(const Bytes& bytes, CubinKernel& kernel) {
  for_each_attribute(bytes, [&](uint8_t format, uint8_t attribute, uint16_t value, Bytes payload) {
    if (format == kFormatSized && attribute == kMaxThreads) {
      kernel.max_threads = static_cast<int>(payload.at<uint32_t>(0) * payload.at<uint32_t>(4) *
                                            payload.at<uint32_t>(8));
    } else if (format == kFormatSized && attribute == kParameter) {
      // {u32 unused, u16 position, u16 offset, u32 of which the upper 14 bits are the size}
      const auto position = payload.at<uint16_t>(4);
      if (position >= kernel.parameters.size()) kernel.parameters.resize(position + 1);
      kernel.parameters[position] = static_cast<int>(payload.at<uint32_t>(8) >> 18);
    } else if (format == kFormatByte && attribute == kBarrierCount) {
      kernel.barriers = value & 0xff;
    } else if (format == kFormatShort && attribute == kParameterBytes) {
      kernel.parameter_bytes = value;
    }
  });
}

std::vector<CubinKernel> kernels_of(const Bytes& image) {
  const std::vector<Section> sections = sections_of(image);
  const std::vector<std::string> symbols = symbols_of(sections);
  std::map<std::string, CubinKernel, std::less<>> kernels;
  // A kernel has a section of attributes; a device function has code alone.
  for (const Section& section : sections)
    if (std::string_view name = behind(".nv.info.", section.name); !name.empty())
      read_kernel_section(section.bytes, kernels[std::string(name)]);
  const bool reserves = std::any_of(sections.begin(), sections.end(), [](const Section& section) {
    return section.name == kReservedSection;
  });
  for (const Section& section : sections) {
    auto shared = kernels.find(behind(".nv.shared.", section.name));
    if (shared != kernels.end())
      shared->second.static_shared =
          std::max(0, static_cast<int>(section.header.sh_size) - (reserves ? kReservedShared : 0));
    if (section.name != ".nv.info") continue;
    for_each_attribute(section.bytes, [&](uint8_t format, uint8_t attribute, uint16_t,
                                          Bytes payload) {
      if (format != kFormatSized || (attribute != kRegisterCount && attribute != kFrameSize))
        return;
      const auto symbol = payload.at<uint32_t>(0);
      if (symbol >= symbols.size()) throw Malformed();
      auto kernel = kernels.find(symbols[symbol]);
      if (kernel == kernels.end()) return;
      const auto value = static_cast<int>(payload.at<uint32_t>(4));
      (attribute == kRegisterCount ? kernel->second.registers : kernel->second.frame_bytes) = value;
    });
  }
  std::vector<CubinKernel> result;
  for (auto& [name, kernel] : kernels) {
    kernel.name = name;
    result.push_back(std::move(kernel));
  }
  return result;
}

}  // namespace

size_t size_of_cubin(const void* image) {
  Elf64_Ehdr header;
  std::memcpy(&header, image, sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_machine != kMachineCuda ||
      header.e_shentsize != sizeof(Elf64_Shdr))
    return 0;
  const auto* bytes = static_cast<const char*>(image);
  size_t size = std::max<size_t>(header.e_shoff + size_t{header.e_shnum} * sizeof(Elf64_Shdr),
                                 header.e_phoff + size_t{header.e_phnum} * header.e_phentsize);
  for (int i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr section;
    std::memcpy(&section, bytes + header.e_shoff + i * sizeof(section), sizeof(section));
    if (section.sh_type != SHT_NOBITS && section.sh_type != SHT_NULL)
      size = std::max<size_t>(size, section.sh_offset + section.sh_size);
  }
  return size;
}

Result<std::vector<CubinKernel>> read_cubin(std::string_view image) {
  try {
    return kernels_of(Bytes(image));
  } catch (const Malformed&) {
    HIDET_DECLINE("{} bytes that are no CUDA binary", image.size());
  }
}

}  // namespace hidet
