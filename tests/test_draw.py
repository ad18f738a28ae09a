"""`python -m hidet_torch.draw`: pictures and tables of task mappings."""

import subprocess
import sys
import xml.dom.minidom

import pytest

from hidet_torch import draw


def test_picture_is_well_formed_and_has_a_cell_for_each_task():
    document = xml.dom.minidom.parseString(draw.draw("repeat(4,1)*spatial(16,8)"))
    cells = [
        rect
        for rect in document.getElementsByTagName("rect")
        if rect.getAttribute("class") == "cell"
    ]
    assert len(cells) == 64 * 8


def test_table_lists_each_worker():
    lines = draw.table("repeat(2, 1) * spatial(1, 3)").splitlines()
    assert lines[0] == "repeat(2, 1) * spatial(1, 3)"
    assert lines[2].split() == ["0", "(0,0)", "(1,0)"]
    assert len(lines) == 5


def test_a_text_that_is_no_mapping_is_a_value_error():
    with pytest.raises(ValueError, match="column 20"):
        draw.draw("spatial(4) * repaet(2)")


def test_command_line(tmp_path, capsys):
    target = tmp_path / "mapping.svg"
    assert draw.main(["spatial(4, 8)", "-o", str(target)]) == 0
    assert target.read_text() == draw.draw("spatial(4, 8)")
    assert draw.main(["spatial(4, 8)", "--table"]) == 0
    assert capsys.readouterr().out == draw.table("spatial(4, 8)")
    with pytest.raises(SystemExit) as ended:
        draw.main(["spatial(4"])
    assert ended.value.code == 2
    assert "expected ')'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        draw.main(["spatial(4, 8)", "-o", str(tmp_path / "nowhere" / "file.svg")])


def test_as_a_program():
    command = [sys.executable, "-m", "hidet_torch.draw", "spatial(2, 2)", "--table"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == draw.table("spatial(2, 2)")
