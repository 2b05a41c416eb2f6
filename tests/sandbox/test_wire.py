"""What goes over the wire to the engine."""

from infra.sandbox.provider.wire import dump, load, sealed


def test_secrets_are_marked_and_come_back_plain() -> None:
    props = {"name": "a", "value": "hush", "empty": ""}
    wire = dump(sealed(props, frozenset({"value", "empty"})))
    marked = dict(wire.fields["value"].struct_value.fields.items())
    assert marked["4dabf18193072939515e22adb298388d"].string_value == (
        "1b47061264138c4ac30d75fd1eb44270"
    )
    assert wire.fields["name"].string_value == "a"
    assert load(wire) == props
