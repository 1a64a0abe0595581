// What @azure/event-hubs does with the local hub: `node azure.js SCENARIO CONNECTION_STRING` prints one JSON value.
"use strict";
const {
  EventHubProducerClient,
  EventHubConsumerClient,
  EventHubBufferedProducerClient,
  earliestEventPosition,
  latestEventPosition,
} = require("@azure/event-hubs");
const WebSocket = require("ws");

const [scenario, connection] = process.argv.slice(2);
const once = { retryOptions: { maxRetries: 0 } };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The next `count` events of a partition from a position on. */
async function read(partition, count, startPosition, options = {}) {
  const client = new EventHubConsumerClient("$Default", connection, options.client);
  const got = [];
  const reading = new Promise((resolve, reject) => {
    const subscription = client.subscribe(
      partition,
      {
        processEvents: async (events) => {
          got.push(...events);
          if (options.onReady) await options.onReady();
          if (got.length >= count) subscription.close().then(resolve, reject);
        },
        processError: async (error) => subscription.close().then(() => reject(error), reject),
      },
      { startPosition, maxWaitTimeInSeconds: 1 },
    );
  });
  await reading.finally(() => client.close());
  return got;
}

async function failure(action) {
  try {
    await action();
    return null;
  } catch (error) {
    return { name: error.name, code: error.code, message: error.message };
  }
}

const shown = (event) => ({
  body: Buffer.isBuffer(event.body) ? { buffer: event.body.toString() } : event.body,
  properties: event.properties,
  contentType: event.contentType,
  messageId: event.messageId,
  correlationId: event.correlationId,
  partitionKey: event.partitionKey,
  sequence: event.sequenceNumber,
});

const scenarios = {
  async send() {
    const producer = new EventHubProducerClient(connection);
    const events = [
      { body: { a: 1 }, properties: { n: 1, text: "t", flag: true }, contentType: "application/json", messageId: "m" },
      { body: "text", correlationId: "c" },
      { body: Buffer.from("raw") },
      { body: null },
      { body: [1, 2] },
    ];
    await producer.sendBatch(events, { partitionId: "0" });
    const batch = await producer.createBatch({ partitionId: "0" });
    const annotated = [
      { bodyType: "value", body: { v: 1 }, applicationProperties: { n: 2 } },
      { bodyType: "sequence", body: [[1, 2], [3]], properties: { subject: "s" } },
      { bodyType: "data", body: "data", messageAnnotations: { "x-own": 7 }, footer: { f: 1 } },
    ];
    for (const event of [...events, ...annotated]) if (!batch.tryAdd(event)) throw new Error("the batch is full");
    await producer.sendBatch(batch);
    await producer.sendBatch([{ body: "one" }], { partitionId: "0" });
    await producer.close();
    return (await read("0", 14, earliestEventPosition)).map(shown);
  },

  async keys() {
    const producer = new EventHubProducerClient(connection);
    for (const key of ["customer-1", "customer-2", "k"]) {
      const batch = await producer.createBatch({ partitionKey: key });
      batch.tryAdd({ body: key });
      await producer.sendBatch(batch);
    }
    const ids = await producer.getPartitionIds();
    const found = {};
    for (const id of ids) {
      const { lastEnqueuedSequenceNumber: last } = await producer.getPartitionProperties(id);
      for (const event of last < 0 ? [] : await read(id, last + 1, earliestEventPosition)) {
        found[event.body] = [id, event.partitionKey];
      }
    }
    await producer.close();
    return found;
  },

  async buffered() {
    const failed = [];
    const producer = new EventHubBufferedProducerClient(connection, {
      maxWaitTimeInMs: 200,
      onSendEventsErrorHandler: async (context) => failed.push(String(context.error)),
    });
    for (let number = 0; number < 2000; number++) await producer.enqueueEvent({ body: number });
    await producer.flush();
    await producer.close();
    const bodies = [];
    const client = new EventHubProducerClient(connection);
    for (const id of await client.getPartitionIds()) {
      const { lastEnqueuedSequenceNumber: last } = await client.getPartitionProperties(id);
      if (last >= 0) bodies.push(...(await read(id, last + 1, earliestEventPosition)).map((event) => event.body));
    }
    await client.close();
    return { failed, bodies };
  },

  async positions() {
    const producer = new EventHubProducerClient(connection);
    const numbers = (first, last) => Array.from({ length: last - first }, (_, n) => ({ body: first + n }));
    await producer.sendBatch(numbers(0, 5), { partitionId: "0" });
    await pause(50);
    const moment = new Date();
    await producer.sendBatch(numbers(5, 10), { partitionId: "0" });
    const all = await read("0", 10, earliestEventPosition);
    const bodies = async (count, position) => (await read("0", count, position)).map((event) => event.body);
    let sent = false;
    const latest = await read("0", 1, latestEventPosition, {
      onReady: async () => {
        if (!sent) await producer.sendBatch([{ body: "late" }], { partitionId: "0" });
        sent = true;
      },
    });
    const tracked = [];
    const client = new EventHubConsumerClient("$Default", connection);
    await new Promise((resolve) => {
      const subscription = client.subscribe(
        "0",
        {
          processEvents: async (events, context) => {
            tracked.push(context.lastEnqueuedEventProperties);
            subscription.close().then(resolve);
          },
          processError: async () => {},
        },
        { startPosition: earliestEventPosition, trackLastEnqueuedEventProperties: true },
      );
    });
    await client.close();
    await producer.close();
    return {
      earliest: all.map((event) => event.body),
      afterOffset: await bodies(7, { offset: all[3].offset }),
      fromOffset: await bodies(8, { offset: all[3].offset, isInclusive: true }),
      afterSequence: await bodies(2, { sequenceNumber: 8 }),
      fromSequence: await bodies(3, { sequenceNumber: 8, isInclusive: true }),
      fromTime: await bodies(6, { enqueuedOn: moment }),
      latest: latest.map((event) => event.body),
      tracked: tracked[0].sequenceNumber,
      beyond: await failure(() => read("0", 1, { sequenceNumber: 1000 }, { client: once })),
      replicated: await failure(() => read("0", 1, { offset: "1:2:3" }, { client: once })),
    };
  },

  async epochs() {
    const started = (ownerLevel) => {
      const client = new EventHubConsumerClient("$Default", connection, once);
      const handle = { error: null, client };
      handle.ready = new Promise((resolve) => {
        handle.subscription = client.subscribe(
          "0",
          {
            processEvents: async () => resolve(),
            processError: async (error) => {
              handle.error ??= { code: error.code, message: error.message };
              resolve();
            },
          },
          { startPosition: earliestEventPosition, ownerLevel, maxWaitTimeInSeconds: 1 },
        );
      });
      return handle;
    };
    const low = started(1);
    await low.ready;
    const high = started(2);
    await high.ready;
    while (!low.error) await pause(50);
    const lower = started(0);
    await lower.ready;
    const none = started(undefined);
    await none.ready;
    const errors = [low, high, lower, none].map((each) => each.error);
    for (const each of [low, high, lower, none]) {
      await each.subscription.close();
      await each.client.close();
    }
    return errors;
  },

  async errors() {
    const elsewhere = connection.replace(/;EntityPath=.*/, "");
    const producer = new EventHubProducerClient(connection, once);
    const nowhere = new EventHubProducerClient(elsewhere, "nowhere", once);
    const wrong = new EventHubProducerClient(connection.replace(/SharedAccessKey=[^;]+/, "SharedAccessKey=wrong"), once);
    const receiving = async (group, partition) => {
      const client = new EventHubConsumerClient(group, connection, once);
      const error = await new Promise((resolve) => {
        const subscription = client.subscribe(partition, {
          processEvents: async () => {},
          processError: async (found) => subscription.close().then(() => resolve(found)),
        });
      });
      await client.close();
      throw error;
    };
    const found = {
      hub: await failure(() => nowhere.createBatch()),
      hubProperties: await failure(() => nowhere.getEventHubProperties()),
      group: await failure(() => receiving("nobody", "0")),
      receivedPartition: await failure(() => receiving("$Default", "99")),
      sentPartition: await failure(() => producer.sendBatch([{ body: 1 }], { partitionId: "99" })),
      partitionProperties: await failure(() => producer.getPartitionProperties("99")),
      key: await failure(() => wrong.createBatch()),
    };
    for (const client of [producer, nowhere, wrong]) await client.close();
    return found;
  },

  // Idempotent publishing is not public in this version: the buffered client turns it on for itself.
  async idempotent() {
    const producer = () => Object.assign(new EventHubProducerClient(connection, once), { _enableIdempotentRetries: true });
    const events = (count) => Array.from({ length: count }, (_, n) => ({ body: n }));
    const first = producer();
    await first.sendBatch(events(5), { partitionId: "0" });
    const properties = await first.getPartitionPublishingProperties("0");
    const same = producer();
    same._partitionOptions = { 0: { producerGroupId: properties.producerGroupId, startingSequenceNumber: 1 } };
    const outOfOrder = await failure(() => same.sendBatch(events(1), { partitionId: "0" }));
    const invalid = producer();
    invalid._partitionOptions = { 0: { ownerLevel: -1 } };
    const outOfRange = await failure(() => invalid.sendBatch(events(1), { partitionId: "0" }));
    const second = producer();
    second._partitionOptions = {
      0: {
        ownerLevel: properties.ownerLevel + 1,
        producerGroupId: properties.producerGroupId,
        startingSequenceNumber: properties.lastPublishedSequenceNumber,
      },
    };
    await second.sendBatch(events(2), { partitionId: "0" });
    const taken = await second.getPartitionPublishingProperties("0");
    const stolen = await failure(() => first.sendBatch(events(1), { partitionId: "0" }));
    const { lastEnqueuedSequenceNumber: last } = await second.getPartitionProperties("0");
    for (const client of [first, same, invalid, second]) await client.close();
    return { properties, taken, outOfOrder, outOfRange, stolen, last };
  },

  async websocket() {
    const options = { webSocketOptions: { webSocket: WebSocket } };
    const producer = new EventHubProducerClient(connection, options);
    await producer.sendBatch([{ body: "by websocket" }, { body: "x".repeat(300000) }], { partitionId: "0" });
    await producer.close();
    return (await read("0", 2, earliestEventPosition, { client: options })).map((event) => event.body.length);
  },

  // Two consumers share the partitions by checkpoints; one leaves while events still come.
  async consumers() {
    const store = new Store();
    const total = 3000;
    const seen = new Map();
    const owners = [new Set(), new Set()];
    const consumers = [0, 1].map((index) => {
      const client = new EventHubConsumerClient("$Default", connection, store, {
        loadBalancingOptions: { updateIntervalInMs: 300, partitionOwnershipExpirationIntervalInMs: 5000 },
      });
      const subscription = client.subscribe(
        {
          processInitialize: async (context) => owners[index].add(context.partitionId),
          processClose: async (reason, context) => owners[index].delete(context.partitionId),
          processEvents: async (events, context) => {
            for (const event of events) seen.set(event.body, (seen.get(event.body) ?? 0) + 1);
            if (events.length) await context.updateCheckpoint(events[events.length - 1]);
          },
          processError: async (error) => console.error(error),
        },
        { startPosition: earliestEventPosition, maxWaitTimeInSeconds: 1 },
      );
      return { client, subscription };
    });
    while (!owners.every((each) => each.size === 2)) await pause(50);
    const producer = new EventHubProducerClient(connection);
    for (let number = 0; number < total; number += 50) {
      if (number === total / 2) await consumers[0].subscription.close();
      const batch = Array.from({ length: 50 }, (_, n) => ({ body: number + n }));
      await producer.sendBatch(batch, { partitionId: String((number / 50) % 4) });
    }
    const deadline = Date.now() + 60000;
    while (seen.size < total && Date.now() < deadline) await pause(50);
    const left = [...owners[1]].sort();
    await consumers[1].subscription.close();
    for (const { client } of consumers) await client.close();
    await producer.close();
    const missing = Array.from({ length: total }, (_, n) => n).filter((n) => !seen.has(n));
    return { missing, twice: [...seen].filter(([, times]) => times > 1), left };
  },
};

/** Checkpoints and ownership in memory, with the etags that the load balancing goes by. */
class Store {
  ownerships = new Map();
  checkpoints = new Map();
  etag = 0;

  async listOwnership() {
    return [...this.ownerships.values()].map((each) => ({ ...each }));
  }

  async claimOwnership(wanted) {
    const claimed = [];
    for (const each of wanted) {
      const known = this.ownerships.get(each.partitionId);
      if (known && known.etag !== each.etag) continue;
      const ownership = { ...each, etag: String(++this.etag), lastModifiedTimeInMs: Date.now() };
      this.ownerships.set(each.partitionId, ownership);
      claimed.push(ownership);
    }
    return claimed;
  }

  async updateCheckpoint(checkpoint) {
    this.checkpoints.set(checkpoint.partitionId, { ...checkpoint });
  }

  async listCheckpoints() {
    return [...this.checkpoints.values()];
  }
}

scenarios[scenario]().then(
  (found) => console.log(JSON.stringify(found)),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
