#include "prelude/cuda_native.h"

#include <algorithm>
#include <set>

#include "prelude/cuda_sections.h"

namespace hidet {

namespace {

constexpr std::string_view kProductTypes[] = {"bf16", "f16"};
constexpr int kUsualColumns[] = {8, 16, 32, 64, 96, 128, 192, 256};

// N of every "hidet_wgmma_k16_<type><N, ...>" in the text.
std::set<int> columns_mentioned(std::string_view type, std::string_view kernels) {
  const std::string call = "hidet_wgmma_k16_" + std::string(type) + "<";
  std::set<int> columns;
  for (size_t at = kernels.find(call); at != std::string_view::npos; at = kernels.find(call, at)) {
    at += call.size();
    int number = 0;
    for (size_t i = at; i < kernels.size() && kernels[i] >= '0' && kernels[i] <= '9'; ++i)
      number = std::min(number * 10 + (kernels[i] - '0'), 1000);
    if (number >= 8 && number <= 256 && number % 8 == 0) columns.insert(number);
  }
  return columns;
}

template <class Wanted, class Columns>
std::string prelude_of(const Wanted& wanted, const Columns& columns) {
  std::string text(cuda_types().text);
  for (const auto* sections :
       {&cuda_matrix_sections(), &cuda_copy_sections(), &cuda_barrier_sections()})
    for (const CudaSection& section : *sections)
      if (wanted(section)) text += section.text;
  if (wanted(cuda_wgmma_section())) {
    text += cuda_wgmma_section().text;
    for (std::string_view type : kProductTypes)
      for (int each : columns(type)) text += cuda_wgmma_product(type, each);
  }
  return text;
}

}  // namespace

bool is_mentioned(const CudaSection& section, std::string_view kernels) {
  return section.words.empty() ||
         std::any_of(section.words.begin(), section.words.end(), [&](std::string_view word) {
           return kernels.find(word) != std::string_view::npos;
         });
}

std::string cuda_prelude_ptx() {
  return prelude_of([](const CudaSection&) { return true; },
                    [](std::string_view) {
                      return std::set<int>(std::begin(kUsualColumns), std::end(kUsualColumns));
                    });
}

std::string cuda_prelude_ptx(std::string_view kernels) {
  return prelude_of([&](const CudaSection& section) { return is_mentioned(section, kernels); },
                    [&](std::string_view type) { return columns_mentioned(type, kernels); });
}

}  // namespace hidet
