// Bodies of elementwise.def that are more than one expression. Operands have the type that the
// operator computes in.
#pragma once

#include "graph/tensor_math.h"

namespace hidet {

// Arithmetic that is logic on booleans: + is or, * is and, max and min likewise.
TensorMath add(TensorMath x, TensorMath y, double factor);  // x + y * factor
TensorMath subtract(TensorMath x, TensorMath y, double factor);
TensorMath multiply(TensorMath x, TensorMath y);
TensorMath maximum(TensorMath x, TensorMath y);
TensorMath minimum(TensorMath x, TensorMath y);
// The function for integers, or the one for booleans.
TensorMath bitwise(Function integers, Function booleans, TensorMath x, TensorMath y);

// floordiv, truncdiv, mod, fmod. Declines integers divided by what may be zero, where eager raises.
TensorMath quotient(Function function, TensorMath x, TensorMath y);
// mode: "floor", "trunc" or empty. A truncation sees the quotient as a number of type `seen`.
TensorMath divide(TensorMath x, TensorMath y, const std::string& mode, DType seen);
TensorMath sign(TensorMath x);
TensorMath power(TensorMath x, double exponent);
TensorMath power(TensorMath x, TensorMath exponent);
// Addition in the order that keeps the ends exact.
TensorMath interpolate(TensorMath start, TensorMath end, TensorMath weight);

TensorMath gelu(TensorMath x, const std::string& approximate);
TensorMath gelu_gradient(TensorMath g, TensorMath x, const std::string& approximate);
TensorMath silu_gradient(TensorMath g, TensorMath x);
// x clamped to [0, 6] after 3 is added.
TensorMath hard_ramp(TensorMath x);

}  // namespace hidet
