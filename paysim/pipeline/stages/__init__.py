"""What is read behind the hub: other hubs and tables. Ids and stamps by our clock come out, and nothing is matched."""
