"""From drawn columns to the bytes of events: layout, mapping, stamps, joining."""
