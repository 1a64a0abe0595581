"""Reading a hub as consumers do: following partitions, and how far a consumer group has got."""
