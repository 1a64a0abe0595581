"""AMQP 1.0 as far as a hub needs it: types, frames, messages, and a connection's state, which Proton keeps. No I/O."""
