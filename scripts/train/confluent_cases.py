"""Makes test/encodings/schema-registry/golden.json: records as Confluent's own serializers write them, with their schemas.

    pip install "confluent-kafka[avro,protobuf,json,schemaregistry]==2.16.0"
    python scripts/train/confluent_cases.py > test/encodings/schema-registry/golden.json

With the URL of a registry as argument the schemas go there instead of into the library's mock: this is how test/support/schema-registry.ts was
held against a client that is not ours.
"""

import json
import sys

import confluent_kafka
from confluent_kafka.schema_registry import Schema, SchemaReference, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PROTO = """syntax = "proto3";
package test;
message First { string name = 1; }
message Second {
  map<string, int32> counts = 1;
  message Inner { double x = 1; message Deep { int64 n = 1; } }
  message Other { bool flag = 1; }
  Inner inner = 2;
}
"""
POINT = {"type": "record", "name": "Point", "namespace": "ns", "fields": [{"name": "x", "type": "double"}]}
LINE = {
    "type": "record",
    "name": "Line",
    "namespace": "ns",
    "fields": [{"name": "from", "type": "ns.Point"}, {"name": "to", "type": ["null", "ns.Point"]}],
}
PERSON = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    "required": ["name"],
}

client = SchemaRegistryClient.new_client({"url": sys.argv[1] if len(sys.argv) > 1 else "mock://golden"})
value = lambda topic: SerializationContext(topic, MessageField.VALUE)
cases = []


def add(kind, topic, data, shown, extra=None):
    registered = client.get_latest_version(f"{topic}-value")
    references = [
        {"name": r.name, "subject": r.subject, "version": r.version} for r in registered.schema.references or []
    ]
    cases.append(
        {
            "type": kind,
            "topic": topic,
            "id": registered.schema_id,
            "schema": registered.schema.schema_str,
            "references": references,
            "hex": data.hex(),
            "value": shown,
            **(extra or {}),
        }
    )


avro = AvroSerializer(client, json.dumps(POINT))
add("AVRO", "points", avro({"x": 0.5}, value("points")), {"x": 0.5})
client.register_schema("ns.Point", Schema(json.dumps(POINT), "AVRO"))
line = Schema(json.dumps(LINE), "AVRO", [SchemaReference("ns.Point", "ns.Point", 1)])
data = AvroSerializer(client, line)({"from": {"x": 1.0}, "to": {"x": 2.0}}, value("lines"))
add("AVRO", "lines", data, {"from": {"x": 1.0}, "to": {"x": 2.0}})
person = JSONSerializer(json.dumps(PERSON), client)
add("JSON", "people", person({"name": "Ann", "age": 3}, value("people")), {"name": "Ann", "age": 3})

# The same messages as PROTO, put together without a compiler.
file = descriptor_pb2.FileDescriptorProto(name="golden.proto", package="test", syntax="proto3")
F = descriptor_pb2.FieldDescriptorProto
first = file.message_type.add(name="First")
first.field.add(name="name", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL, json_name="name")
second = file.message_type.add(name="Second")
entry = second.nested_type.add(name="CountsEntry")
entry.options.map_entry = True
entry.field.add(name="key", number=1, type=F.TYPE_STRING, label=F.LABEL_OPTIONAL, json_name="key")
entry.field.add(name="value", number=2, type=F.TYPE_INT32, label=F.LABEL_OPTIONAL, json_name="value")
inner = second.nested_type.add(name="Inner")
inner.field.add(name="x", number=1, type=F.TYPE_DOUBLE, label=F.LABEL_OPTIONAL, json_name="x")
deep = inner.nested_type.add(name="Deep")
deep.field.add(name="n", number=1, type=F.TYPE_INT64, label=F.LABEL_OPTIONAL, json_name="n")
other = second.nested_type.add(name="Other")
other.field.add(name="flag", number=1, type=F.TYPE_BOOL, label=F.LABEL_OPTIONAL, json_name="flag")
counts = second.field.add(name="counts", number=1, type=F.TYPE_MESSAGE, label=F.LABEL_REPEATED, json_name="counts")
counts.type_name = ".test.Second.CountsEntry"
second.field.add(
    name="inner", number=2, type=F.TYPE_MESSAGE, label=F.LABEL_OPTIONAL, json_name="inner"
).type_name = ".test.Second.Inner"
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
for name, fields in [
    ("test.First", {"name": "Ann"}),
    ("test.Second", {"inner": {"x": 0.5}}),
    ("test.Second.Inner", {"x": 1.5}),
    ("test.Second.Inner.Deep", {"n": 7}),
    ("test.Second.Other", {"flag": True}),
]:
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(name))
    topic = name.lower()
    message = kind(**fields)
    data = ProtobufSerializer(kind, client, {"use.deprecated.format": False})(message, value(topic))
    add("PROTOBUF", topic, data, fields, {"message": name, "proto": PROTO})

origin = {"confluent-kafka": confluent_kafka.__version__, "script": "scripts/train/confluent_cases.py"}
print(json.dumps({"origin": origin, "cases": cases}, indent=1))
