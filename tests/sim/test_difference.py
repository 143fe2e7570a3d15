from popgrad.sim.difference import difference


def test_difference_is_by_name_in_lists_of_tables():
    there = {"condition": [{"name": "a", "loss": {"kind": "x"}}, {"name": "b"}], "sweep": {}, "hidden": [16]}
    here = {
        "condition": [{"name": "b"}, {"name": "a", "loss": {"kind": "y"}}],
        "sweep": {},
        "hidden": [16, 16],
    }
    assert difference(there, here) == ['condition.a.loss.kind: "x" / "y"', "hidden: [16] / [16, 16]"]
    assert difference({"list": [{"p": 1}]}, {"list": [{"p": 1}, {"p": 2}]}) == ["list.1.p: absent / 2"]
    assert difference({"a": 1, "b": (1, 2)}, {"b": [1, 2.0], "a": 1.0}) == []
