// A CUDA binary without code, for tests of what loads binaries.
#pragma once

#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

namespace hidet {

struct TinyKernel {
  std::string name;
  std::vector<int> parameters;  // bytes of each
  int static_shared = 0;
  int max_threads = 1024;
  int registers = 32;
};

inline std::string tiny_cubin(const std::vector<TinyKernel>& kernels) {
  auto bytes_of = [](const auto& value) {
    return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
  };
  auto u32 = [&](uint32_t value) { return bytes_of(value); };
  auto u16 = [&](uint16_t value) { return bytes_of(value); };
  auto attribute = [&](char format, char number, uint16_t value) {
    return std::string{format, number} + u16(value);
  };
  struct Section {
    std::string name, contents;
    Elf64_Shdr header;
  };
  std::string strings(1, '\0'), symbols = bytes_of(Elf64_Sym{}), info;
  std::vector<Section> sections(1);
  std::vector<Section> of_kernels;
  for (size_t i = 0; i < kernels.size(); ++i) {
    const TinyKernel& kernel = kernels[i];
    Elf64_Sym symbol{};
    symbol.st_name = static_cast<Elf64_Word>(strings.size());
    symbols += bytes_of(symbol);
    strings += kernel.name + '\0';
    info += attribute(4, 0x2f, 8) + u32(static_cast<uint32_t>(i + 1)) +
            u32(static_cast<uint32_t>(kernel.registers));
    std::string own;
    uint16_t offset = 0;
    for (size_t j = 0; j < kernel.parameters.size(); ++j) {
      const auto size = static_cast<uint16_t>(kernel.parameters[j]);
      own += attribute(4, 0x17, 12) + u32(0) + u16(static_cast<uint16_t>(j)) + u16(offset) +
             u32(uint32_t{size} << 18 | 0x1f000);
      offset = static_cast<uint16_t>(offset + size);
    }
    own += attribute(3, 0x19, offset);
    own +=
        attribute(4, 0x05, 12) + u32(static_cast<uint32_t>(kernel.max_threads)) + u32(1) + u32(1);
    of_kernels.push_back({".nv.info." + kernel.name, own, {.sh_type = SHT_PROGBITS}});
    Elf64_Shdr shared{.sh_type = SHT_NOBITS};
    shared.sh_size = static_cast<Elf64_Xword>(kernel.static_shared);
    of_kernels.push_back({".nv.shared." + kernel.name, "", shared});
  }
  sections.push_back({".shstrtab", "", {.sh_type = SHT_STRTAB}});
  sections.push_back({".strtab", strings, {.sh_type = SHT_STRTAB}});
  sections.push_back({".symtab", symbols, {.sh_type = SHT_SYMTAB, .sh_link = 2}});
  sections.push_back({".nv.info", info, {.sh_type = SHT_PROGBITS}});
  sections.insert(sections.end(), of_kernels.begin(), of_kernels.end());
  std::string names;
  for (Section& section : sections) {
    section.header.sh_name = static_cast<Elf64_Word>(names.size());
    names += section.name + '\0';
  }
  sections[1].contents = names;

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_machine = 190;
  header.e_shoff = sizeof(header);
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(sections.size());
  header.e_shstrndx = 1;
  std::string contents;
  const size_t start = sizeof(header) + sections.size() * sizeof(Elf64_Shdr);
  std::string image = bytes_of(header);
  for (Section& section : sections) {
    section.header.sh_offset = start + contents.size();
    if (section.header.sh_type != SHT_NOBITS) section.header.sh_size = section.contents.size();
    contents += section.contents;
    image += bytes_of(section.header);
  }
  return image + contents;
}

}  // namespace hidet
