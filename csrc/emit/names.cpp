#include "emit/names.h"

#include <cctype>

#include "base/error.h"

namespace hidet {

Names::Names() {
  for (const char* word :
       {"asm",     "auto",     "bool",      "break",   "case",     "char",     "class",
        "const",   "default",  "delete",    "do",      "double",   "else",     "enum",
        "extern",  "false",    "float",     "for",     "goto",     "if",       "inline",
        "int",     "long",     "namespace", "new",     "operator", "or",       "and",
        "not",     "xor",      "private",   "public",  "register", "return",   "short",
        "signed",  "sizeof",   "static",    "struct",  "switch",   "template", "this",
        "true",    "typedef",  "typename",  "union",   "unsigned", "using",    "virtual",
        "void",    "volatile", "while",     "buffers", "sizes",    "begin",    "end",
        "scratch", "status",   "INLINE",    "main"})
    reserve(word);
  enter();
}

void Names::leave() {
  HIDET_ASSERT(scopes_.size() > 1, "no scope to leave");
  for (const std::string& name : scopes_.back()) taken_.erase(name);
  scopes_.pop_back();
}

std::string Names::fresh(std::string_view hint) {
  std::string name;
  for (char c : hint) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) name = "v" + name;
  // Helpers and vector types end in a type: f32x16, load_f32x16.
  std::string candidate = name;
  for (int i = 2; taken_.count(candidate); ++i) candidate = name + "_" + std::to_string(i);
  taken_.insert(candidate);
  scopes_.back().push_back(candidate);
  return candidate;
}

}  // namespace hidet
