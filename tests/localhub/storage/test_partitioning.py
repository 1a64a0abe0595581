"""Keys land where the service puts them."""

from azure.eventhub._buffered_producer._partition_resolver import generate_hash_code
from hypothesis import given
from hypothesis import strategies as st

from paysim.localhub.storage.partitioning import hash_of_key, partition_of_key

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=60)


@given(ascii_keys)
def test_the_hash_is_the_one_of_the_sdk(key: str) -> None:
    assert hash_of_key(key) == generate_hash_code(key)


@given(st.text(max_size=40), st.integers(1, 1024))
def test_every_key_has_a_partition(key: str, partitions: int) -> None:
    assert 0 <= partition_of_key(key, partitions) < partitions
