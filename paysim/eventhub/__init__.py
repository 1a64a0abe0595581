"""All that touches azure-eventhub and its private parts."""
