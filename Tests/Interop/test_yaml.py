"""A pipeline file may come from anywhere: what is surprising or hostile in YAML ends in a sentence with its line."""
import pytest

AS_DEEP = 200_000


def bomb(template: str, first: str, count: int) -> str:
    """Each line stands for the one before, several times over."""
    lines, previous = [first], "a"
    for name in "bcdefghijklmnop"[:count]:
        lines.append(template.format(name=name, previous=previous))
        previous = name
    return "\n".join(lines)


HOSTILE = {
    "nested lists": ("a: " + "[" * AS_DEEP, "nested too deeply"),
    "nested lists that close": ("a: " + "[" * 900 + "]" * 900, "nested too deeply"),
    "nested dashes": ("- " * AS_DEEP + "x", "nested too deeply"),
    "nested maps": ("".join(" " * depth + "a:\n" for depth in range(1200)), "nested too deeply"),
    "nested keys": ("? " * AS_DEEP, "nested too deeply"),
    "aliases of aliases": (
        bomb("{name}: &{name} [" + ",".join(["*{previous}"] * 9) + "]", "a: &a [x,x,x,x,x,x,x,x,x]", 12), "anchors"),
    "aliases as keys": (bomb("{name}: &{name} {{? [*{previous},*{previous}] : 1}}", "a: &a {x: 1}", 12), "anchors"),
    "an alias": ("name: &x a\ndataset: *x\n", "line 1: anchors"),
    "an unused anchor": ("name: a\nfields: {a: &b keep}\n", "line 2: anchors"),
    "an alias of nothing": ("name: a\ndataset: *x\n", "line 2: anchors"),
    "a merge": ("<<: {name: a}\n", "line 1: “<<” is not a key"),
    "a tag": ("name: a\nsource: !!python/object/apply:os.system ['true']\n", "line 2: tags"),
    "a key twice": ("name: a\nsource:\n  path: a\n  path: b\n", "line 4: “path” is written twice"),
    "a key twice, once in quotes": ('name: a\n"name": b\n', "“name” is written twice"),
    "a list as a key": ("[a, b]: c\n", "line 1: a key must be a text"),
    "two documents": ("name: a\n---\nname: b\n", "line 2: this is not YAML"),
    "a tab": ("name: a\n\tsource: b\n", "line 2: this is not YAML"),
    "no end": ('name: "a\n', "this is not YAML"),
    "half a character": ('name: "\\ud800"\n', "line 1: this is not YAML"),
    "a control character": ("na\x1b[2Jme: a\n", "this is not YAML"),
    "a NUL": ("name: \x00\n", "this is not YAML"),
    "bytes that are no text": (b"name: \xff\xfe\n", "not UTF-8"),
    "too much": ("#" + "x" * (2 << 20), "larger than 1 MiB"),
    "nothing": ("", "the file is empty"),
    "a text": ("hello", "the file must be names with values"),
    "an unknown key": ("name: a\nsoruce: {path: a.csv}\n", "line 2: “soruce” is not a key"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_is_refused(work, name):
    text, sentence = HOSTILE[name]
    result = work.coffer("run", work.write("pipeline.yaml", text), code=2)
    assert result.out == ""
    assert sentence in result.err
    assert "pipeline.yaml" in result.err
    assert all(line.startswith("coffer: ") for line in result.err.splitlines())
    assert len(result.err) < 500


def test_a_folder_or_nothing_is_refused(work):
    for path in (work.path, work.path / "none.yaml"):
        assert "can't be read" in work.coffer("run", path, code=2).err


def test_a_key_that_was_mistyped_gets_a_suggestion(work):
    result = work.coffer("run", work.write("pipeline.yaml", HOSTILE["an unknown key"][0]), code=2)
    assert "coffer: hint: did you mean source?" in result.err
