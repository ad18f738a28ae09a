#include "ir/verify.h"

#include "ir/verifier.h"

namespace hidet {

const Site* find_site(const Program& program, const std::string& name) {
  for (const Site& site : program.sites)
    if (site.name == name) return &site;
  return nullptr;
}

std::vector<std::string> problems(const Program& program) {
  Problems problems;
  verify_names(program, problems);
  if (!problems.empty()) return problems.take();  // the rest relies on what they check
  verify_tiles(program, problems);
  if (!problems.empty()) return problems.take();
  verify_async(program, problems);
  return problems.take();
}

void verify(const Program& program, const std::string& after) {
  const std::vector<std::string> found = problems(program);
  if (found.empty()) return;
  std::string text;
  for (const std::string& problem : found) text += "\n  " + problem;
  HIDET_UNREACHABLE("program {} is broken{}{}:{}\n{}", program.name, after.empty() ? "" : " after ",
                    after, text, print(program));
}

}  // namespace hidet
