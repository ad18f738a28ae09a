// Replay: a dumped program, or the one that a bug was found with, through the passes that follow.
#pragma once

#include <string>

#include "driver/compile_graph.h"
#include "passes/run_passes.h"
#include "runtime/compile.h"

namespace hidet {

// The program as text for a file, with what a replay needs to know of it in the first line.
std::string after_pass(std::string_view pass, const std::string& program, const std::string& symbol,
                       const std::string& target);
std::string before_pass(std::string_view pass, const std::string& program,
                        const std::string& symbol, const std::string& target);

// The shell command that replays a file.
std::string replay_command(const std::string& path);

// What such a file becomes. From after fill_sites on, and from there only, it is to the byte what
// it was when the file was written. Throws PassError as the first time; UserError where the text is
// no such file or the sites of the program would have to be filled.
KernelSource replay(const std::string& text, const PassOptions& options);

// Compiles the source alone. UserError with the compiler's message.
void compile_alone(const KernelSource& source);

// Compiles a dumped graph as the first time, without a cache; its plan as text.
std::string replay_graph(const std::string& text, CompileSettings settings);

}  // namespace hidet
