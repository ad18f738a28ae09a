// CompiledGraph: a plan, its kernels and its constants, as PyTorch sees it: torch.classes.hidet.
// CompiledGraph. Runs without Python and without a compiler.
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/custom_class.h>

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pytorch/tensor_ref.h"
#include "runtime/executor.h"

#define HIDET_EXPORT __attribute__((visibility("default")))

namespace hidet {

struct HIDET_EXPORT CompiledGraph : torch::CustomClassHolder {
  // `artifact`: uint8 bytes of pack_artifact(). `constants`: tensors that follow the arguments of
  // the call. RuntimeError of Python for anything else.
  CompiledGraph(at::Tensor artifact, std::vector<at::Tensor> constants);
  CompiledGraph(Plan plan, std::vector<LoadedKernel> kernels, std::vector<at::Tensor> constants);
  ~CompiledGraph() override;

  // Without the constants.
  size_t argument_count() const;
  size_t result_count() const;
  const Plan& plan() const;
  // By argument: whether constants are made from it, so that its version counter is looked at.
  std::span<const WithVersion> with_version() const { return with_version_; }

  // `arguments` are borrowed, with room for the constants behind them; `results` are the caller's.
  // Errors are those of PyTorch (c10::IndexError, ...). `times` as of Executor::run.
  void run(std::span<CallValue> arguments, std::span<CallValue> results,
           std::vector<StepTime>* times = nullptr);
  // Tensors only: sizes that are integer arguments are read from the tensors.
  std::vector<at::Tensor> run(const std::vector<at::Tensor>& tensors);

  at::Tensor artifact();
  const std::vector<at::Tensor>& constants() const { return constants_; }
  // JSON, as hidet_torch/fake.py reads it.
  std::string signature() const;
  int64_t recipe_runs() const;

 private:
  void prepare();
  void forget_if_asked();
  // An integer argument of the call that is also a size of a tensor argument.
  struct SizeOfTensor {
    int argument;
    int axis;
  };
  std::vector<at::Tensor> constants_;
  at::Tensor artifact_;
  std::vector<LoadedKernel> kernels_;
  std::unique_ptr<Executor> executor_;
  std::vector<CallValue> constant_values_;
  std::vector<SizeOfTensor> integer_from_;  // by argument; argument -1: none, or a tensor
  std::vector<WithVersion> with_version_;
  std::vector<int> written_;  // arguments that the plan writes to
  std::atomic<int64_t> epoch_{0};
};

// Every compiled graph reads its weights anew at its next call.
HIDET_EXPORT void refresh_weights();

}  // namespace hidet
