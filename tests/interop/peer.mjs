// Reads and writes events with the JavaScript SDK, which is installed in the folder that is the argument.
// A request is a line of JSON on standard input, and its answer a line on standard output. Bytes are arrays
// of numbers.

import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { CloudEvent, HTTP, Kafka } = createRequire(`${process.argv[2]}/`)("cloudevents");

const structured = {
  read: (message) => [HTTP.toEvent(http("application/cloudevents+json", message))],
  write: ([event]) => ofValue(HTTP.structured(event).body),
};

const batch = {
  read: (message) => HTTP.toEvent(http("application/cloudevents-batch+json", message)),
  // The SDK has no writer for a batch but its events' own `toJSON`.
  write: (events) => ofValue(JSON.stringify(events)),
};

const kafka = (write) => ({
  read: (message) => [Kafka.toEvent(message)],
  write: ([event]) => ofRecord(write(event)),
});

const formats = {
  structured,
  batch,
  "kafka-binary": kafka(Kafka.binary),
  "kafka-structured": kafka(Kafka.structured),
};

const http = (type, { value }) => ({ headers: { "content-type": type }, body: value.toString() });

function cloudevent({ data, ...attributes }) {
  return new CloudEvent({ ...attributes, data: data?.bytes ? Uint8Array.from(data.bytes) : data });
}

function fieldsOf({ data_base64, data, ...attributes }) {
  return { ...attributes, data: data_base64 ? { bytes: bytes(Buffer.from(data_base64, "base64")) } : data };
}

const ofValue = (text) => ({ headers: [], key: null, value: bytes(text) });

// A client sends text and bytes only: what the SDK leaves as it is becomes text here, and a header without a
// value is none.
function ofRecord({ headers, key, value }) {
  const present = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    headers: present.map(([name, value]) => [name, bytes(String(value))]),
    key: key === undefined ? null : bytes(key),
    value: value === undefined ? null : bytes(isText(value) ? value : JSON.stringify(value)),
  };
}

const isText = (value) => typeof value === "string" || ArrayBuffer.isView(value);
const bytes = (value) => [...Buffer.from(value)];

// The SDK takes the headers and the key as text, and the value as a client's buffer.
function received({ headers, key, value }) {
  return {
    headers: Object.fromEntries(headers.map(([name, value]) => [name, Buffer.from(value).toString()])),
    key: key ? Buffer.from(key).toString() : undefined,
    value: value && Buffer.from(value),
  };
}

function answer({ format, message, events }) {
  const { read, write } = formats[format];
  return message
    ? { events: read(received(message)).map(fieldsOf) }
    : { message: write(events.map(cloudevent)) };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = { error: `${error.name}: ${error.message}` };
  }
  console.log(JSON.stringify(reply));
}
