// LineTable: the lines of the text from which the code of a shared object was made.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hidet {

class LineTable {
 public:
  LineTable() = default;
  // Out of the bytes of an ELF file with debug information of version 4 or less (-gdwarf-4); empty
  // where there is none that can be read.
  explicit LineTable(std::string_view shared_object);

  struct Place {
    std::string file;
    int line = 0;
  };
  // Of the instruction at an address, as the file counts them.
  std::optional<Place> find(uint64_t address) const;

 private:
  struct Row {
    uint64_t address;
    int file;  // -1: no code
    int line;
  };
  void read_unit(std::string_view unit);

  std::vector<std::string> files_;
  std::vector<Row> rows_;  // by address
};

}  // namespace hidet
