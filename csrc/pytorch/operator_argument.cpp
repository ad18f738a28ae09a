#include "pytorch/operator_argument.h"

#include <ATen/ScalarOps.h>
#include <ATen/core/List.h>
#include <c10/core/Device.h>
#include <c10/core/Layout.h>
#include <c10/core/MemoryFormat.h>

#include <string>

#include "base/error.h"
#include "pytorch/scalar_type.h"
#include "pytorch/tensor_ref.h"

namespace hidet {
namespace {

using Kind = OperatorArgument::Kind;

// "dtype:float32", "device:cpu", ...: the number PyTorch has for it, and a device as it is.
c10::IValue opaque_value(std::string_view text) {
  const size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view name = colon == text.npos ? "" : text.substr(colon + 1);
  if (kind == "dtype") return static_cast<int64_t>(scalar_type_of(name));
  if (kind == "device") return c10::Device(std::string(name));
  if (kind == "layout" && name == "strided") return static_cast<int64_t>(c10::Layout::Strided);
  if (kind == "memory_format") {
    using Format = c10::MemoryFormat;
    for (auto [known, format] : {std::pair{"contiguous_format", Format::Contiguous},
                                 std::pair{"preserve_format", Format::Preserve},
                                 std::pair{"channels_last", Format::ChannelsLast},
                                 std::pair{"channels_last_3d", Format::ChannelsLast3d}})
      if (name == known) return static_cast<int64_t>(format);
  }
  HIDET_USER_ERROR(value, "no value of PyTorch is called '{}'", text);
}

int64_t integer_of(const OperatorArgument& argument) {
  if (argument.kind == Kind::integer || argument.kind == Kind::boolean) return argument.integer;
  if (argument.kind == Kind::opaque) return opaque_value(argument.text).toInt();
  HIDET_USER_ERROR(type, "an argument of an operator is no integer");
}

double number_of(const OperatorArgument& argument) {
  return argument.kind == Kind::real ? argument.real : static_cast<double>(integer_of(argument));
}

// A number in the place of a tensor takes no part in type promotion beyond its kind.
at::Tensor number_as_tensor(const c10::Scalar& number) {
  at::Tensor tensor = c10::scalar_to_tensor(number);
  tensor.unsafeGetTensorImpl()->set_wrapped_number(true);
  return tensor;
}

at::Tensor tensor_argument(const OperatorArgument& argument) {
  switch (argument.kind) {
    case Kind::tensor:
      return tensor_of(*argument.tensor);
    case Kind::integer:
      return number_as_tensor(argument.integer);
    case Kind::real:
      return number_as_tensor(argument.real);
    case Kind::boolean:
      return number_as_tensor(argument.integer != 0);
    default:
      HIDET_USER_ERROR(type, "an argument of an operator is no tensor");
  }
}

template <class Element, class Function>
c10::IValue list_of(std::span<const OperatorArgument> elements, Function element_of) {
  c10::List<Element> list;
  list.reserve(elements.size());
  for (const OperatorArgument& one : elements) list.push_back(element_of(one));
  return list;
}

c10::IValue convert_list(std::span<const OperatorArgument> elements, const c10::TypePtr& element) {
  switch (element->kind()) {
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      return list_of<int64_t>(elements, integer_of);
    case c10::TypeKind::FloatType:
      return list_of<double>(elements, number_of);
    case c10::TypeKind::BoolType:
      return list_of<bool>(elements, [](const auto& one) { return integer_of(one) != 0; });
    case c10::TypeKind::TensorType:
      return list_of<at::Tensor>(elements, tensor_argument);
    default:
      break;
  }
  c10::impl::GenericList list(element);
  for (const OperatorArgument& one : elements) list.push_back(convert_argument(one, element));
  return list;
}

}  // namespace

c10::IValue convert_argument(const OperatorArgument& argument, const c10::TypePtr& type) {
  if (argument.kind == Kind::none) return {};
  if (const auto optional = type->cast<c10::OptionalType>())
    return convert_argument(argument, optional->getElementType());
  if (const auto list = type->cast<c10::ListType>()) {
    // A number that stands for a list is a list of one element.
    const auto elements = argument.kind == Kind::list ? argument.list : std::span(&argument, 1);
    return convert_list(elements, list->getElementType());
  }
  switch (type->kind()) {
    case c10::TypeKind::TensorType:
      return tensor_argument(argument);
    case c10::TypeKind::FloatType:
      return number_of(argument);
    case c10::TypeKind::BoolType:
      return integer_of(argument) != 0;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType:
      return integer_of(argument);
    default:
      break;
  }
  switch (argument.kind) {
    case Kind::real:
      return argument.real;
    case Kind::boolean:
      return argument.integer != 0;
    case Kind::text:
      return std::string(argument.text);
    case Kind::opaque:
      return opaque_value(argument.text);
    default:
      return integer_of(argument);
  }
}

}  // namespace hidet
