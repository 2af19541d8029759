"""Reads and writes events with the Python SDKs.

A request is a line of JSON on standard input, and its answer a line on standard output. Bytes are lists of
numbers.
"""

import json
import sys
from datetime import datetime

from cloudevents.core.bindings import kafka
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from python_outbox_core.events import IOutboxEvent


class FlatEvent(IOutboxEvent):
    def to_message(self):
        return self.model_dump(mode="json")


class OrderPlaced(FlatEvent):
    order: str
    tenant: str
    region: str
    note: str
    total: float
    lines: list[dict[str, int | str | None]]


class SensorPinged(FlatEvent):
    sensor: str


FLAT_EVENTS = {
    "com.example.order.placed": OrderPlaced,
    "com.example.sensor.pinged": SensorPinged,
}


def read_flat(message):
    event_type = json.loads(message["value"])["event_type"]
    return FLAT_EVENTS[event_type].model_validate_json(message["value"]).model_dump(mode="json")


def write_flat(fields):
    event = FLAT_EVENTS[fields["event_type"]](**fields)
    return of_value(json.dumps(event.to_message()).encode())


def read_structured(message):
    return fields_of(JSONFormat().read(None, message["value"]))


def write_structured(fields):
    return of_value(JSONFormat().write(cloudevent(fields)))


def read_kafka(message):
    return fields_of(kafka.from_kafka_event(kafka.KafkaMessage(**message)))


def write_kafka_binary(fields):
    return of_record(kafka.to_binary_event(cloudevent(fields)))


def write_kafka_structured(fields):
    return of_record(kafka.to_structured_event(cloudevent(fields)))


FORMATS = {
    "flat": (read_flat, write_flat),
    "structured": (read_structured, write_structured),
    "kafka-binary": (read_kafka, write_kafka_binary),
    "kafka-structured": (read_kafka, write_kafka_structured),
}


def cloudevent(fields):
    attributes = dict(fields)
    data = attributes.pop("data", None)
    if isinstance(data, dict) and "bytes" in data:
        data = bytes(data["bytes"])
    if "time" in attributes:
        attributes["time"] = datetime.fromisoformat(attributes["time"].replace("Z", "+00:00"))
    return CloudEvent(attributes, data)


def fields_of(event):
    fields = dict(event.get_attributes())
    fields["time"] = event.get_time().isoformat()
    data = event.get_data()
    fields["data"] = {"bytes": list(data)} if isinstance(data, bytes) else data
    return fields


def of_value(value):
    return {"headers": [], "key": None, "value": list(value)}


def of_record(record):
    return {
        "headers": [(name, list(value)) for name, value in record.headers.items()],
        "key": None if record.key is None else list(record.key.encode()),
        "value": list(record.value),
    }


def received(message):
    return {
        "headers": {name: bytes(value) for name, value in message["headers"]},
        "key": None if message["key"] is None else bytes(message["key"]),
        "value": None if message["value"] is None else bytes(message["value"]),
    }


def answer(request):
    read, write = FORMATS[request["format"]]
    if "message" in request:
        return {"events": [read(received(request["message"]))]}
    (fields,) = request["events"]
    return {"message": write(fields)}


for line in sys.stdin.buffer:
    try:
        reply = answer(json.loads(line))
    except Exception as error:
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
