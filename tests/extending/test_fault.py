"""A fault of the local hub is one entry, here in a file of its own."""

from .house import House


def test_a_file_in_faults_is_a_fault_that_a_run_finds(house: House) -> None:
    house.add("accept_unstored", "localhub/faults")
    assert "accept-unstored N" in house.run("paysim", "localhub", "fault", "-h")
    config = house.config(transaction={"volume": {"rate_per_user": 20}}, verify={"timeout": 5})
    with house.local_hub() as (connection_string, port):
        said = house.run("paysim", "localhub", "fault", "--port", port, "accept-unstored", "0.5", expected=2)
        assert "accept-unstored takes a whole number of 0 or more" in said
        house.run("paysim", "localhub", "fault", "--port", port, "accept-unstored", "1")
        _, summary = house.load_test(config, expected=1, EVENTHUB_CONNECTION_STRING=connection_string)
        lost = summary["delivery"]["lost"]
        assert 0 < lost < summary["transactions"]["acked"]  # one send, and then it is used up
        assert summary["verdict"]["reasons"] == [f"{lost:,} lost"]
