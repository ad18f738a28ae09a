import warnings

import pytest
import torch

from hidet_torch import options as hidet_options


def compile_with(**keywords):
    torch._dynamo.reset()
    return torch.compile(lambda x: x + 1, backend="hidet", **keywords)(torch.ones(2))


def test_unknown_option_names_the_nearest():
    with pytest.raises(ValueError, match=r"'strickt'.*strict"):
        hidet_options.resolve({"strickt": True})


def test_unknown_option_through_torch_compile():
    with pytest.raises(ValueError, match=r"nearest are .*cache_dir"):
        compile_with(options={"cachedir": "x"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("strict", 1),
        ("strict", "yes"),
        ("dump", 3),
        ("compile_jobs", True),
        ("compile_jobs", -1),
        ("compile_jobs", "2"),
        ("library", "sometimes"),
        ("isa", "neon"),
        ("target", "sm_70"),
        ("target", "cuda"),
        (3, True),
    ],
)
def test_wrong_values(name, value):
    with pytest.raises(ValueError, match="hidet"):
        hidet_options.resolve({name: value})


def test_options_that_are_no_dict():
    with pytest.raises(ValueError, match="dict"):
        hidet_options.resolve(["strict"])


def test_path_objects_are_paths(tmp_path):
    assert hidet_options.resolve({"dump": tmp_path})["dump"] == str(tmp_path)


def test_describe_names_every_option():
    text = hidet_options.describe()
    assert all(option.name in text for option in hidet_options.TABLE)


def test_defaults_are_of_their_own_type():
    for option in hidet_options.TABLE:
        assert isinstance(option.default, option.type)
        assert not option.values or option.default in option.values


@pytest.mark.parametrize("mode", ["max-autotune", "reduce-overhead"])
def test_modes_without_effect_warn_once(mode):
    hidet_options._warned_modes.discard(mode)
    with pytest.warns(UserWarning, match=mode):
        hidet_options.resolve(mode=mode)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hidet_options.resolve(mode=mode)


def test_default_mode():
    torch.testing.assert_close(compile_with(mode="default"), torch.full((2,), 2.0))


def test_other_modes_raise():
    with pytest.raises(ValueError, match="no mode 'fastest'"):
        compile_with(mode="fastest")


@pytest.mark.parametrize("path", ["file", "file/below"])
def test_a_dump_that_is_no_folder(tmp_path, path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="'dump' of hidet is a folder"):
        compile_with(options={"dump": tmp_path / path})
