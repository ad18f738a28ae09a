"""One call of a model, in whatever form it is called, and of its backward pass."""

import copy

import torch


class ModelCall:
    """One call of a model, and of its backward pass."""

    def __init__(self, model, inputs, keyword_inputs, backward):
        self.model = model
        self.inputs, self.keyword_inputs = inputs, keyword_inputs
        self.backward = backward

    def run(self, call):
        """The results of `call`, a form of the model; with `backward` also the gradients of the
        mean square of the results. ValueError where nothing has a gradient."""
        results = _tensors(call(*self.inputs, **self.keyword_inputs))
        if not self.backward:
            return [value.detach() for value in results]
        held = self.model.parameters() if isinstance(self.model, torch.nn.Module) else ()
        leaves = [*held, *_tensors((self.inputs, self.keyword_inputs))]
        leaves = [value for value in leaves if value.requires_grad]
        ends = [value for value in results if value.requires_grad]
        if not ends or not leaves:
            raise ValueError(
                "backward=True, but no result of the model requires a gradient: give it a "
                "parameter or an input with requires_grad=True"
            )
        loss = sum(value.square().mean() for value in ends)
        gradients = torch.autograd.grad(loss, leaves, allow_unused=True)
        return [value.detach() for value in results] + [g for g in gradients if g is not None]

    def in_float64(self):
        def widen(value):
            widens = isinstance(value, torch.Tensor) and value.is_floating_point()
            return value.double() if widens else value

        inputs = torch.utils._pytree.tree_map(widen, (self.inputs, self.keyword_inputs))
        double = self.model
        if isinstance(double, torch.nn.Module):
            double = copy.deepcopy(double).double()
        return ModelCall(double, *inputs, self.backward)


def _tensors(result):
    found = torch.utils._pytree.tree_leaves(result)
    return [value for value in found if isinstance(value, torch.Tensor)]
