#include "emulator/line_table.h"

#include <elf.h>

#include <algorithm>
#include <cstring>

namespace hidet {

namespace {

// A section of the file; empty where there is none or it is compressed.
std::string_view section(std::string_view file, std::string_view wanted) {
  Elf64_Ehdr header;
  if (file.size() < sizeof(header)) return {};
  std::memcpy(&header, file.data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64)
    return {};
  const auto section_at = [&](size_t i) {
    Elf64_Shdr result{};
    const size_t at = header.e_shoff + i * sizeof(result);
    if (at + sizeof(result) <= file.size()) std::memcpy(&result, file.data() + at, sizeof(result));
    return result;
  };
  const Elf64_Shdr names = section_at(header.e_shstrndx);
  for (size_t i = 0; i < header.e_shnum; i++) {
    const Elf64_Shdr each = section_at(i);
    const size_t name = names.sh_offset + each.sh_name;
    if (each.sh_type == SHT_NOBITS || name >= file.size()) continue;
    if (file.substr(name).substr(0, wanted.size() + 1) != std::string(wanted) + '\0') continue;
    if (each.sh_flags & SHF_COMPRESSED || each.sh_offset + each.sh_size > file.size()) return {};
    return file.substr(each.sh_offset, each.sh_size);
  }
  return {};
}

// Past the end, zeros are read.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool at_end() const { return at_ >= bytes_.size(); }
  size_t at() const { return at_; }
  void skip(uint64_t bytes) { at_ += std::min<uint64_t>(bytes, bytes_.size() - at_); }
  template <class T>
  T get() {
    T value{};
    if (bytes_.size() - at_ >= sizeof(T)) std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    skip(sizeof(T));
    return value;
  }
  uint64_t unsigned_number() {
    uint64_t value = 0;
    for (int shift = 0; !at_end(); shift += 7) {
      const auto byte = get<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  int64_t signed_number() {
    uint64_t value = 0;
    int shift = 0;
    for (uint8_t byte = 0x80; byte >= 0x80 && !at_end(); shift += 7) {
      byte = get<uint8_t>();
      if (shift < 64) value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80 && byte & 0x40 && shift + 7 < 64) value |= ~uint64_t{0} << (shift + 7);
    }
    return static_cast<int64_t>(value);
  }
  std::string_view string() {
    const std::string_view rest = bytes_.substr(at_);
    const std::string_view found = rest.substr(0, rest.find('\0'));
    skip(found.size() + 1);
    return found;
  }
  std::string_view rest() const { return bytes_.substr(at_); }

 private:
  std::string_view bytes_;
  size_t at_ = 0;
};

// DWARF 4, section 6.2.5.
enum Standard : uint8_t {
  kExtended = 0,
  kCopy = 1,
  kAdvanceAddress = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kConstantAddress = 8,
  kFixedAddress = 9,
};
enum Extended : uint8_t { kEndSequence = 1, kSetAddress = 2 };

}  // namespace

LineTable::LineTable(std::string_view shared_object) {
  std::string_view rest = section(shared_object, ".debug_line");
  while (rest.size() > 4) {
    Reader length(rest);
    const size_t bytes = std::min<size_t>(length.get<uint32_t>(), rest.size() - 4);
    read_unit(rest.substr(4, bytes));
    rest.remove_prefix(4 + bytes);
  }
  // Where a sequence ends at the address at which another begins, that one counts.
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.address != b.address ? a.address < b.address : a.file < 0 && b.file >= 0;
  });
}

void LineTable::read_unit(std::string_view unit) {
  Reader in(unit);
  const auto version = in.get<uint16_t>();
  if (version < 2 || version > 4) return;
  const auto header_bytes = in.get<uint32_t>();
  const size_t program = in.at() + header_bytes;
  const auto instruction_bytes = in.get<uint8_t>();
  if (version == 4) in.skip(1);  // operations of an instruction
  in.skip(1);                    // whether rows are statements at first
  const auto line_base = in.get<int8_t>();
  const int line_range = std::max<int>(in.get<uint8_t>(), 1);
  const int opcode_base = in.get<uint8_t>();
  std::vector<uint8_t> operands(1);
  for (int i = 1; i < opcode_base; i++) operands.push_back(in.get<uint8_t>());
  while (!in.at_end() && !in.string().empty()) {
  }
  std::vector<int> files = {-1};
  for (std::string_view name = in.string(); !name.empty(); name = in.string()) {
    for (int i = 0; i < 3; i++) in.unsigned_number();
    files.push_back(static_cast<int>(files_.size()));
    files_.emplace_back(name);
  }
  in = Reader(unit.substr(std::min(program, unit.size())));
  uint64_t address = 0, file = 1;
  int line = 1;
  const auto add_row = [&](bool is_end) {
    const bool known = !is_end && file < files.size();
    rows_.push_back({address, known ? files[file] : -1, line});
  };
  while (!in.at_end()) {
    const auto opcode = in.get<uint8_t>();
    if (opcode >= opcode_base) {
      const int adjusted = opcode - opcode_base;
      address += static_cast<uint64_t>(adjusted / line_range) * instruction_bytes;
      line += line_base + adjusted % line_range;
      add_row(false);
      continue;
    }
    switch (opcode) {
      case kExtended: {
        const uint64_t length = in.unsigned_number();
        const size_t end = in.at() + length;
        const auto which = in.get<uint8_t>();
        if (which == kSetAddress) address = in.get<uint64_t>();
        if (which == kEndSequence) {
          add_row(true);
          address = 0, file = 1, line = 1;
        }
        in.skip(end - std::min(end, in.at()));
        break;
      }
      case kCopy:
        add_row(false);
        break;
      case kAdvanceAddress:
        address += in.unsigned_number() * instruction_bytes;
        break;
      case kAdvanceLine:
        line += static_cast<int>(in.signed_number());
        break;
      case kSetFile:
        file = in.unsigned_number();
        break;
      case kConstantAddress:
        address += static_cast<uint64_t>((255 - opcode_base) / line_range) * instruction_bytes;
        break;
      case kFixedAddress:
        address += in.get<uint16_t>();
        break;
      default:
        for (int i = 0; i < operands[opcode]; i++) in.unsigned_number();
    }
  }
}

std::optional<LineTable::Place> LineTable::find(uint64_t address) const {
  const auto after = std::upper_bound(rows_.begin(), rows_.end(), address,
                                      [](uint64_t a, const Row& row) { return a < row.address; });
  if (after == rows_.begin()) return std::nullopt;
  const Row& row = *(after - 1);
  if (row.file < 0) return std::nullopt;
  return Place{files_[static_cast<size_t>(row.file)], row.line};
}

}  // namespace hidet
