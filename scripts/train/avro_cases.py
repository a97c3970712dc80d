"""Makes test/encodings/avro-binary/golden.json: bytes and values by Apache's `avro` and by `fastavro`.

    pip install avro==1.12.2 fastavro==1.13.1
    python scripts/train/avro_cases.py > test/encodings/avro-binary/golden.json

`values`: schema, value, bytes, written by both packages alike. `resolved`: the bytes of a writer's value and what both packages read
from them with the reader's schema, or null where both refuse. Bytes stand as text of one character U+0000 to U+00FF per byte, as
in Avro's JSON form; longs beyond 2^53 as their digits.
"""

import io
import json

import avro
import avro.errors
import avro.io
import avro.schema
import fastavro


def record(name, **fields):
    return {"type": "record", "name": name, "fields": [{"name": n, "type": t} for n, t in fields.items()]}


def with_default(name, type_, default, **more):
    return {"name": name, "type": type_, "default": default, **more}


LIST = {
    "type": "record",
    "name": "ns.Node",
    "fields": [{"name": "value", "type": "int"}, {"name": "next", "type": ["null", "ns.Node"]}],
}
SUIT = {"type": "enum", "name": "Suit", "symbols": ["SPADES", "HEARTS", "CLUBS"]}
MD5 = {"type": "fixed", "name": "Md5", "size": 4}
EVERYTHING = record(
    "Everything", n="null", b="boolean", i="int", l="long", f="float", d="double", raw="bytes", text="string",
    suit=SUIT, hash=MD5, list={"type": "array", "items": "double"}, longs={"type": "array", "items": "long"},
    map={"type": "map", "values": "int"}, maybe=["null", "string", "double"],
    inner=record("Inner", suit="Suit", hash=["null", "Md5"]),
)

VALUES = [
    ("null", [None]),
    ("boolean", [True, False]),
    ("int", [0, -1, 1, -2, 2, 63, 64, -64, -65, 8191, 8192, 2**31 - 1, -(2**31)]),
    ("long", [0, -1, 2**31, -(2**31) - 1, 2**53, -(2**53), 2**53 + 1, 2**62, 2**63 - 1, -(2**63)]),
    ("float", [0.0, 1.5, -2.25, 3.4028234663852886e38]),
    ("double", [0.0, 0.1, -1e300, 5e-324]),
    ("bytes", [b"", b"\x00\xff", b"a" * 200]),
    ("string", ["", "foo", "naïve €😀", "x" * 64, "é" * 63, "y" * 5000]),
    (SUIT, ["SPADES", "CLUBS"]),
    (MD5, [b"\x00\x01\xfe\xff"]),
    ({"type": "array", "items": "int"}, [[], [1, -2, 300]]),
    ({"type": "array", "items": "double"}, [[], [0.5, -0.25] * 50]),
    ({"type": "map", "values": "string"}, [{}, {"a": "x"}]),
    (["null", "string", "long"], [None, "a", 2**40]),
    (LIST, [{"value": 1, "next": {"value": 2, "next": {"value": 3, "next": None}}}]),
    ({"type": "long", "logicalType": "timestamp-millis-unknown"}, [1700000000000]),
    (
        EVERYTHING,
        [
            {
                "n": None, "b": True, "i": -7, "l": 2**60, "f": 0.5, "d": 1 / 3, "raw": b"\x80", "text": "ü",
                "suit": "HEARTS", "hash": b"abcd", "list": [1.0, 2.0], "longs": [1, 2**33], "map": {"k": 9},
                "maybe": 2.5, "inner": {"suit": "CLUBS", "hash": b"zzzz"},
            }
        ],
    ),
]

A = record("R", a="int", b="string", c={"type": "array", "items": "int"}, d="double")
A_VALUE = {"a": 5, "b": "text", "c": [1, 2, 3], "d": 0.5}
RESOLVED = [
    ("int", "long", 7), ("int", "float", 7), ("int", "double", 7), ("long", "float", 2**40), ("long", "double", 12),
    ("float", "double", 1.5), ("string", "bytes", "abc"), ("bytes", "string", b"abc"), ("string", "int", "x"),
    ("double", "float", 1.0), ("long", "int", 1), ("boolean", "int", True),
    ("int", ["null", "long"], 9), ("string", ["null", "int"], "x"), (["null", "int"], "int", 4),
    (["null", "int"], "long", 4), (["null", "string"], ["string", "null", "double"], "s"),
    (["int", "string"], ["string", "long"], 77),
    ({"type": "array", "items": "int"}, {"type": "array", "items": "double"}, [1, 2]),
    ({"type": "map", "values": "int"}, {"type": "map", "values": "long"}, {"a": 1}),
    (SUIT, {**SUIT, "symbols": ["CLUBS", "SPADES"]}, "CLUBS"),
    (SUIT, {**SUIT, "symbols": ["CLUBS", "SPADES"], "default": "SPADES"}, "HEARTS"),
    (MD5, {**MD5, "size": 5}, b"abcd"),
    (A, record("R", d="double", b="string", a="int", c={"type": "array", "items": "int"}), A_VALUE),
    (A, record("R", b="string"), A_VALUE),
    (A, record("R", d="double"), A_VALUE),
    (A, {"type": "record", "name": "R", "fields": [with_default("e", "int", 42), with_default("f", ["null", "int"], None),
        with_default("g", {"type": "array", "items": "int"}, [1]), with_default("h", "bytes", "\u00ff"),
        with_default("i", record("S", x="int"), {"x": 3}), with_default("j", {"type": "map", "values": "int"}, {"k": 1}),
        {"name": "a", "type": "long"}]}, A_VALUE),
    (A, record("R", missing="int"), A_VALUE),
    (A, {"type": "record", "name": "R", "fields": [{"name": "alpha", "type": "int", "aliases": ["a"]}]}, A_VALUE),
    (LIST, {"type": "record", "name": "ns.Node", "fields": [{"name": "next", "type": ["null", "ns.Node"]},
        {"name": "value", "type": "double"}, with_default("label", "string", "none")]},
        {"value": 1, "next": {"value": 2, "next": None}}),
    (record("O", skip=EVERYTHING, keep="int"), record("O", keep="long"), {"skip": VALUES[-1][1][0], "keep": 11}),
]  # fmt: skip


def by_apache(schema, value):
    out = io.BytesIO()
    avro.io.DatumWriter(avro.schema.parse(json.dumps(schema))).write(value, avro.io.BinaryEncoder(out))
    return out.getvalue()


def by_fastavro(schema, value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(schema), value)
    return out.getvalue()


def read_by_apache(written, read, data):
    parse = lambda schema: avro.schema.parse(json.dumps(schema))
    return avro.io.DatumReader(parse(written), parse(read)).read(avro.io.BinaryDecoder(io.BytesIO(data)))


def read_by_fastavro(written, read, data):
    return fastavro.schemaless_reader(io.BytesIO(data), fastavro.parse_schema(written), fastavro.parse_schema(read))


def plain(value):
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("latin-1")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int) and abs(value) > 2**53 - 1:
        return str(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value


def attempt(read):
    try:
        return {"value": plain(read())}
    except Exception as fault:
        return {"refused": type(fault).__name__}


values = []
for schema, items in VALUES:
    for item in items:
        data = by_apache(schema, item)
        assert data == by_fastavro(schema, item), (schema, item)
        values.append({"schema": schema, "value": plain(item), "hex": data.hex()})
resolved = []
for written, read, item in RESOLVED:
    data = by_apache(written, item)
    answers = {
        "avro": attempt(lambda: read_by_apache(written, read, data)),
        "fastavro": attempt(lambda: read_by_fastavro(written, read, data)),
    }
    resolved.append({"written": written, "read": read, "hex": data.hex(), **answers})
origin = {"avro": avro.__version__, "fastavro": fastavro.__version__, "script": "scripts/train/avro_cases.py"}
print(json.dumps({"origin": origin, "values": values, "resolved": resolved}, ensure_ascii=True, indent=1))
