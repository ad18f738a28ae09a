// run_steps: the steps of a call or of a recipe on a frame.
#pragma once

#include "runtime/executor.h"
#include "runtime/frame.h"

namespace hidet {

// The temporaries of `steps` are placed; inputs and constants are in the frame's values.
void run_steps(const PreparedPlan& prepared, const PreparedSteps& steps, Frame& frame, Host& host,
               std::vector<StepTime>* times);

// One launch: the first variant whose assumptions hold, over its extent. UserError (index) when it
// reports an error.
void run_launch(const PreparedPlan& prepared, const PreparedLaunch& launch, Frame& frame,
                Host& host);
// The variant that run_launch() takes; the frame's pointers are set.
const PreparedVariant& choose_variant(const PreparedLaunch& launch, const Frame& frame);

}  // namespace hidet
