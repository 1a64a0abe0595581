"""A command is one file."""

from .house import House


def test_a_file_in_commands_is_a_command(house: House) -> None:
    house.add("methods", "cli/commands")
    assert "methods list the payment methods" in " ".join(house.run("paysim", "--help").split())
    assert "--all" in house.run("paysim", "methods", "--help")
    assert house.run("paysim", "methods").splitlines()[0] == "credit_card 0.5"
    assert "invalid choice" not in house.run("paysim", "methods", "--al")  # argparse completes it
    assert "unrecognized arguments: --none" in house.run("paysim", "methods", "--none", expected=2)
