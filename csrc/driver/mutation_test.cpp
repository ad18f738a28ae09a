// Right kernels with a fault in each: the emulator reports it, or the table says why it does no
// harm.
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <set>

#include "driver/right_kernels_for_test.h"
#include "driver/seeded_faults_for_test.h"

namespace hidet {
namespace {

constexpr std::string_view kReports[] = {"bounds",   "initialisation", "races", "barriers",
                                         "waits",    "alignment",      "other", "wrong numbers",
                                         "harmless", "unseen"};

std::string_view name_of(Verdict report) {
  return kReports[static_cast<size_t>(report)];
}

// "emulated kernel: kernel:41, thread 32 of block 0: races: reads ..." is one of races.
std::string_view report_of(const std::string& found) {
  if (found.empty()) return name_of(Verdict::harmless);
  if (found.starts_with(name_of(Verdict::wrong_numbers))) return name_of(Verdict::wrong_numbers);
  size_t first = std::string::npos;
  std::string_view result;
  for (const std::string_view name : kReports)
    if (const size_t at = found.find(hidet::format(": {}: ", name)); at < first)
      first = at, result = name;
  return result;
}

// The places are counted so that a change of the emitter does not move the fault elsewhere.
std::string with_fault(const std::string& text, const SeededFault& fault) {
  size_t found = std::string::npos;
  int occurrences = 0;
  for (size_t at = text.find(fault.from); at != std::string::npos;
       at = text.find(fault.from, at + 1))
    if (occurrences++ == fault.place) found = at;
  EXPECT_EQ(occurrences, fault.occurrences)
      << "of: " << fault.from << "\nfor the fault: " << fault.name << "\nin the text:\n"
      << text;
  if (occurrences != fault.occurrences || found == std::string::npos) return "";
  return std::string(text).replace(found, fault.from.size(), fault.to);
}

class Mutation : public testing::TestWithParam<std::string> {};

TEST_P(Mutation, IsReported) {
  const RightKernel kernel = right_kernel(GetParam());
  const std::vector<std::string> right = kernel.texts();
  struct Mutant {
    const SeededFault* fault;
    std::vector<std::string> texts;
  };
  std::vector<Mutant> mutants;
  std::vector<std::string> all = right;
  for (const SeededFault& fault : seeded_faults()) {
    if (fault.kernel != GetParam()) continue;
    Mutant& mutant = mutants.emplace_back(&fault, right);
    std::string& text = mutant.texts.at(static_cast<size_t>(fault.launch));
    text = with_fault(text, fault);
    if (text.empty()) return;
    all.push_back(text);
  }
  ASSERT_FALSE(mutants.empty());
  load_texts(all);
  for (const Schedule& schedule : proving_schedules()) ASSERT_EQ(kernel.run(right, schedule), "");
  for (const auto& [fault, texts] : mutants) {
    std::string all_found;
    std::vector<std::string_view> reports;
    for (const Schedule& schedule : proving_schedules()) {
      const std::string found = kernel.run(texts, schedule);
      reports.push_back(report_of(found));
      all_found += found + "\n";
    }
    std::cout << hidet::format("{} | {} | {} | {} | {} | {}\n", fault->kernel, fault->name,
                               name_of(fault->report), reports[0], reports[1], reports[2]);
    const bool is_silent = fault->report == Verdict::harmless || fault->report == Verdict::unseen;
    const std::string_view expected = name_of(is_silent ? Verdict::harmless : fault->report);
    EXPECT_GE(std::count(reports.begin(), reports.end(), expected), is_silent ? 3 : 1)
        << fault->kernel << ": " << fault->name << ": " << expected << " expected\n"
        << all_found;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Mutation, testing::ValuesIn(right_kernel_names()),
                         [](const auto& info) {
                           std::string name = info.param;
                           for (char& c : name)
                             if (c == ' ') c = '_';
                           return name;
                         });

TEST(MutationTable, HasEveryKindAndKernel) {
  std::map<Verdict, int> kinds;
  std::set<std::string> kernels;
  std::set<std::string> names;
  for (const SeededFault& fault : seeded_faults()) {
    ++kinds[fault.report];
    kernels.insert(fault.kernel);
    EXPECT_TRUE(names.insert(fault.kernel + ": " + fault.name).second) << fault.name;
    EXPECT_EQ(fault.report == Verdict::harmless || fault.report == Verdict::unseen,
              !fault.reason.empty())
        << fault.name;
  }
  EXPECT_GE(seeded_faults().size(), 40u);
  EXPECT_EQ(kernels.size(), right_kernel_names().size());
  for (const Verdict report :
       {Verdict::bounds, Verdict::initialisation, Verdict::races, Verdict::barriers, Verdict::waits,
        Verdict::alignment, Verdict::wrong_numbers, Verdict::harmless})
    EXPECT_GT(kinds[report], 0) << name_of(report);
}

}  // namespace
}  // namespace hidet
