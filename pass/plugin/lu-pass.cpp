// SPDX-License-Identifier: MIT
//
// The pass plugin: gives every component a description of its state and types
// its heap.  Loaded by lucc with -fpass-plugin (and -load, for the options);
// `opt` can run the halves as passes "lu-start" and "lu-end".
#include "alloc-sites.h"
#include "annotations.h"
#include "code-facts.h"
#include "describe.h"
#include "options.h"
#include "pad-globals.h"

#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Transforms/IPO/ConstantMerge.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"

using namespace llvm;

namespace {

struct StartPass : PassInfoMixin<StartPass> {
  PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
    lu::AllocTable Table;
    std::string Error;
    if (M.debug_compile_units().empty() && !(M.empty() && M.global_empty()))
      Error = "no debug information to describe the state from: compile with -g";
    if (!Error.empty() || !lu::makeAllocTable(Table, Error)) {
      lu::reportError(M, Error);
      return PreservedAnalyses::all();
    }
    lu::rejectMisplaced(M);
    lu::recordCodeFacts(M);
    lu::pinGlobals(M);
    lu::instrumentAllocations(M, Table);
    return PreservedAnalyses::none();
  }
  static bool isRequired() { return true; }
};

struct EndPass : PassInfoMixin<EndPass> {
  PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
    lu::padGlobals(M);
    lu::describeModule(M);
    lu::eraseCodeFacts(M);
    return PreservedAnalyses::none();
  }
  static bool isRequired() { return true; }
};

} // namespace

// What is dead by now would be kept alive by its description.
static void addEnd(ModulePassManager &MPM, OptimizationLevel Level) {
  if (Level != OptimizationLevel::O0) {
    MPM.addPass(GlobalDCEPass());
    MPM.addPass(ConstantMergePass());
  }
  MPM.addPass(EndPass());
}

static bool parsePass(StringRef Name, ModulePassManager &MPM,
                      ArrayRef<PassBuilder::PipelineElement>) {
  if (Name == "lu-start")
    MPM.addPass(StartPass());
  else if (Name == "lu-end")
    MPM.addPass(EndPass());
  else
    return false;
  return true;
}

static void registerPasses(PassBuilder &PB) {
  PB.registerPipelineStartEPCallback(
      [](ModulePassManager &MPM, OptimizationLevel) { MPM.addPass(StartPass()); });
  PB.registerOptimizerLastEPCallback(addEnd);
  PB.registerPipelineParsingCallback(parsePass);
}

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo llvmGetPassPluginInfo() {
  return {LLVM_PLUGIN_API_VERSION, "lu", "1", registerPasses};
}
