// What a plain AMQP 1.0 library does with the local hub: `node rhea.js HOST PORT POLICY KEY` prints one JSON value.
"use strict";
const rhea = require("rhea");

const [host, port, username, password] = process.argv.slice(2);
const BATCH_FORMAT = 0x80013700;
const connection = rhea.connect({ host, port, username, password, reconnect: false });
const sent = [];
const got = [];

function done(found) {
  console.log(JSON.stringify(found));
  connection.close();
}

connection.on("connection_error", () => {}); // the connection ends by it, see below
connection.on("disconnected", (context) => done({ refused: String(context.error ?? "") }));
connection.on("connection_open", () => {
  const sender = connection.open_sender("payments/Partitions/0");
  sender.once("sendable", () => {
    const data = rhea.message.data_section(Buffer.from("data"));
    sender.send({ body: "value", message_id: 5, application_properties: { n: 1 } });
    sender.send({ body: data, durable: true, message_annotations: { "x-own": 7 } });
    sender.send({ body: rhea.message.sequence_section([1, 2]) });
    sender.send({ body: { a: [1, 2] }, footer: { f: 1 } }); // a footer, which this library puts before the body
    const inner = ["first", "second"].map((body) => rhea.message.encode({ body }));
    const batch = { body: rhea.message.data_sections(inner), footer: { f: 1 }, subject: "a batch" };
    sender.send(rhea.message.encode(batch), undefined, BATCH_FORMAT);
  });
});
connection.on("rejected", (context) => sent.push(context.delivery.remote_state.error?.condition));
connection.on("accepted", () => {
  sent.push("accepted");
  if (sent.length === 5) {
    connection.open_receiver({ source: { address: "payments/ConsumerGroups/$Default/Partitions/0" } });
  }
});
connection.on("message", ({ message }) => {
  const body = message.body?.content ? String(message.body.content) : message.body;
  got.push({ body, properties: message.application_properties, annotations: message.message_annotations });
  if (got.length === 6) {
    connection.removeAllListeners("disconnected");
    done({ sent, got });
  }
});
