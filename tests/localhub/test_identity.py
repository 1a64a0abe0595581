"""Which hub it is: `created_at` stays as long as the data does."""

from datetime import datetime

from tests.support.hub_process import running


def created(*options: str) -> datetime:
    with running(*options) as hub, hub.consumer() as client:
        return client.get_eventhub_properties()["created_at"]


def test_a_hub_with_its_data_is_the_same_after_a_restart(tmp_path):
    data = ("--data", str(tmp_path / "data"))
    first = created(*data)
    assert created(*data, "--partitions", "9") == first


def test_a_hub_without_data_is_new_each_time():
    assert created() != created()


def test_a_hub_whose_past_cannot_be_read_is_new_and_stays_so(tmp_path):
    data = ("--data", str(tmp_path / "data"))
    first = created(*data)
    (tmp_path / "data" / "payments" / "created").write_text("")
    second = created(*data)
    assert second > first
    assert created(*data) == second
