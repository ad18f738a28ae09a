// Files as the runtime uses them: whole contents, private temporary ones.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hidet {

// All of an open file from its beginning; nullopt on any error.
std::optional<std::string> read_all(int file);
std::optional<std::string> read_file(const std::string& path);
// False on any error, errno says which.
bool write_all(int file, std::string_view content);
// A new file, readable by the user only; false when it is there already, or on any error.
bool write_new_file(const std::string& path, std::string_view content);

// $TMPDIR, else /tmp.
std::string temporary_root();

// A new private folder, removed with its files at the end. path() is empty when it could not be
// made.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace hidet
