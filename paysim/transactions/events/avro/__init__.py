"""Events as Avro: the schema of a mapping's tree, and events by it, joined of prepared pieces like JSON."""
