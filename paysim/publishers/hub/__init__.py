"""Into an event hub: a pool of connections, requests and retries."""
