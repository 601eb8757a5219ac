"""State dicts from files: what is loaded, what the report says, and files that want more than to be loaded."""

from __future__ import annotations

import io
import pickle
import subprocess
import zipfile

import pytest
import torch
from torch import nn

from explainer.attention import uploads
from explainer.attention.records import Edit, Report, Weights
from explainer.attention.uploads import entry_of, read_state_dict
from explainer.attention.weights import built, edit, load, number_at
from explainer.errors import InvalidInput


def saved(found: object) -> bytes:
    file = io.BytesIO()
    torch.save(found, file)
    return file.getvalue()


def net() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))


def test_what_was_saved_is_what_is_loaded_buffers_and_all():
    source = net()
    with torch.no_grad():
        source[1].running_mean.copy_(torch.arange(4.0))
        source[1].num_batches_tracked.fill_(7)
    module, report = built(net, Weights(3, read_state_dict(saved(source.state_dict()))))
    assert report is not None
    assert (len(report.loaded), report.missing, report.unexpected, report.mismatched) == (9, (), (), ())
    for name, tensor in source.state_dict().items():
        assert torch.equal(module.state_dict()[name], tensor)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_kinds_of_numbers_are_read_too(dtype):
    (entry,) = read_state_dict(saved({"weight": torch.tensor([0.5, -2.0], dtype=dtype)}))
    layer = nn.PReLU(2)
    load(layer, (entry,))
    assert layer.weight.tolist() == [0.5, -2.0]


def test_the_report_tells_missing_unexpected_and_mismatched_names():
    entries = tuple(
        entry_of(name, torch.ones(shape)) for name, shape in (("0.weight", (4, 3, 3, 3)), ("0.bias", (5,)), ("9.extra", (2,)))
    )
    report = load(net(), entries)
    assert report.loaded == ("0.weight",)
    assert report.mismatched == (("0.bias", (4,), (5,)),)
    assert report.unexpected == ("9.extra",)
    assert set(report.missing) == {
        "1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked", "2.weight", "2.bias",
    }  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda s: {"state_dict": s, "epoch": 3}, lambda s: {f"module.{k}": v for k, v in s.items()}])
def test_a_checkpoint_and_a_shared_prefix_are_looked_through(wrap):
    source = net()
    module, report = built(net, Weights(1, read_state_dict(saved(wrap(source.state_dict())))))
    assert report is not None
    assert report.missing == report.unexpected == ()
    assert torch.equal(module[0].weight, source[0].weight)


def test_a_state_dict_of_parameters_is_one_too():
    (entry,) = read_state_dict(saved({"weight": nn.Parameter(torch.ones(2))}))
    assert entry.shape == (2,)


class Runs:
    """What torch.load without weights_only would run."""

    def __reduce__(self):
        return subprocess.check_output, (["touch", "/tmp/this-was-run"],)


def zipped(pickled: bytes, **files: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/version", "3")
        for name, data in files.items():
            archive.writestr(f"archive/{name}", data)
    return file.getvalue()


HOSTILE = {
    "a pickle that runs a program": (zipped(pickle.dumps(Runs(), 2)), r"besides tensors it names \w+\.check_output"),
    "by name from the stack": (zipped(pickle.dumps(Runs(), 4)), "besides tensors it names subprocess.check_output"),
    "eval through a global": (zipped(b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R."), "it names builtins.eval"),
    "memory": (zipped(b"\x80\x02cbuiltins\nbytearray\n\x8a\x05\x00\x00\x00\x00\x10\x85R."), "it names builtins.bytearray"),
    "an old pickle without an archive": (pickle.dumps({"a": 1}), "no state dict that can be read"),
    "nothing": (b"", "no state dict that can be read"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "no state dict that can be read"),
    "half an archive": (saved({"a": torch.ones(100)})[:300], "no state dict that can be read"),
    "an archive without a pickle": (zipped(b"")[:0] or b"PK\x05\x06" + bytes(18), "no state dict that can be read"),
    "a pickle that is none": (zipped(b"\x80\x02\xff\xff"), "no state dict that can be read"),
    "a bomb": (zipped(b"\x80\x02}.", big=bytes(64 << 20)), "unpacks to more than"),
    "a list": (saved([torch.ones(2)]), "no state dict that can be read"),
    "a number among the tensors": (saved({"a": torch.ones(2), "b": 3}), "names and tensors and nothing else"),
    "a large view of a small memory": (saved({"a": torch.ones(1).expand(1 << 26)}), "unpacks to more than"),
    "too long": (bytes(uploads.MAX_BYTES + 1), "weights may have"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_state_dict_gets_a_sentence(name, tmp_path):
    data, sentence = HOSTILE[name]
    with pytest.raises(InvalidInput, match=sentence):
        read_state_dict(data)


def test_the_hostile_pickle_would_have_run_something():
    """That the refusal above is one: the same file does run code where nobody looks."""
    with pytest.raises((FileNotFoundError, subprocess.CalledProcessError)):
        pickle.loads(
            pickle.dumps(type("Runs", (), {"__reduce__": lambda _: (subprocess.check_output, (["/nowhere/at-all"],))})())
        )


def test_one_number_is_set_by_hand_and_one_that_is_not_there_is_refused():
    module, report = built(net, Weights(0))
    assert report is None
    edit(module, (Edit("0.weight", (1, 2, 0, 0), 2.5),))
    assert number_at(module, "0.weight", (1, 2, 0, 0)) == 2.5
    for wrong in (Edit("0.weight", (4, 0, 0, 0), 1.0), Edit("0.weight", (0,), 1.0), Edit("nothing", (), 1.0)):
        with pytest.raises(InvalidInput, match="There is no number"):
            edit(module, (wrong,))


def test_an_empty_report_is_one():
    assert load(nn.Linear(1, 1, bias=False), ()) == Report(missing=("weight",))
