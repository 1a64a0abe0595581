"""What azure-eventhub 5.10 does with the local hub over uamqp: `python uamqp_client.py CONNECTION_STRING CA_FILE`.

It runs in an environment of its own and prints one JSON object. This version speaks TLS only.
"""

import json
import sys
import threading
from typing import Any

from azure.eventhub import EventData, EventHubConsumerClient, EventHubProducerClient

text, ca_file = sys.argv[1:]
port = text.split(";")[0].rsplit(":", 1)[1]
address = f"sb://localhost:{port}"
way: dict[str, Any] = {"custom_endpoint_address": address, "connection_verify": ca_file, "retry_total": 0}


def sent(producer):
    batch = producer.create_batch(partition_id="0")
    for number in range(100):
        event = EventData(f"body {number}")
        event.properties = {"n": number}
        batch.add(event)
    producer.send_batch(batch)
    producer.send_batch([EventData(b"with a key")], partition_key="customer-1")
    return producer.get_partition_properties("0")["last_enqueued_sequence_number"]


def received(**where):
    consumer, got = EventHubConsumerClient.from_connection_string(text, "$Default", **way), []

    def take(context, event):
        if event is not None:
            got.append([event.sequence_number, event.body_as_str(), event.properties[b"n"]])
        if event is None or len(got) == 100:
            threading.Thread(target=consumer.close).start()

    consumer.receive(take, partition_id="0", max_wait_time=5, track_last_enqueued_event_properties=True, **where)
    return got[:100]


def failure(connection_string, **options):
    producer = EventHubProducerClient.from_connection_string(connection_string, **way, **options)
    try:
        producer.create_batch()
    except Exception as error:
        return [each.__name__ for each in type(error).__mro__]
    finally:
        producer.close()


with EventHubProducerClient.from_connection_string(text, **way) as producer:
    found = {"partitions": producer.get_partition_ids(), "last": sent(producer)}
found["all"] = received(starting_position="-1")
found["from"] = received(starting_position=89)
found["hub"] = failure(text.split(";EntityPath")[0], eventhub_name="nowhere")
key = text.split("SharedAccessKey=")[1].split(";")[0]
found["key"] = failure(text.replace(key, "d3Jvbmc="))
print(json.dumps(found))
