import pytest

from paysim.config.targets.connection_strings import (
    ConnectionStringError,
    holds_key,
    host_and_port,
    is_hub_name,
    is_loopback,
    masked,
    parse,
)

GOOD = "Endpoint=sb://Contoso.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=a+/b==;EntityPath=pay"


def test_a_connection_string_says_where_and_with_what():
    parsed = parse(GOOD)
    assert (parsed.host, parsed.port) == ("contoso.servicebus.windows.net", None)
    assert (parsed.key_name, parsed.key, parsed.entity_path) == ("send", "a+/b==", "pay")
    assert not parsed.emulator


def test_names_are_taken_in_any_case():
    text = "endpoint=SB://localhost:5672;sharedaccesskeyname=a;SHAREDACCESSKEY=b;UseDevelopmentEmulator=true;"
    parsed = parse(text)
    assert (parsed.host, parsed.port, parsed.key, parsed.emulator) == ("localhost", 5672, "b", True)


def test_a_signature_stands_for_a_key():
    parsed = parse("Endpoint=sb://h.net;SharedAccessSignature=SharedAccessSignature sr=x&sig=y%3d&se=1&skn=k")
    assert parsed.signature == "SharedAccessSignature sr=x&sig=y%3d&se=1&skn=k"
    assert parsed.key is None


def test_no_representation_shows_the_key():
    assert "a+/b==" not in repr(parse(GOOD))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("secret", "neither `embedded` nor a connection string"),
        ("SharedAccessKeyName=a;SharedAccessKey=secret", "without Endpoint"),
        (GOOD + ";Endpoint=sb://secret", "Endpoint is given twice"),
        (GOOD + ";HostName=secret", "part 5 begins with no known name"),
        (GOOD + ";;", "part 5 begins with no known name"),
        (GOOD + "; EntityPath=secret", "part 5 begins with no known name"),
        (GOOD + ";secret", "part 5 begins with no known name"),
        (GOOD + ";UseDevelopmentEmulator=True", "UseDevelopmentEmulator must be true or false, in lower case"),
        (GOOD.replace("=pay", "="), "EntityPath is empty"),
        (GOOD.replace("=pay", "=pay/secret"), "EntityPath is not a hub name"),
        (GOOD.replace("sb:", "https:"), "Endpoint must be sb://HOST/"),
        (GOOD.replace(".net/", ".net/secret"), "Endpoint must be sb://HOST/"),
        (GOOD.replace(".net/", ".net:secret/"), "Endpoint: the port must be a number"),
        (GOOD.replace("SharedAccessKey=a+/b==;", ""), "without SharedAccessKey;"),
        (GOOD.replace("SharedAccessKeyName=send;", ""), "without SharedAccessKeyName;"),
        (GOOD + ";SharedAccessSignature=secret", "SharedAccessSignature stands beside a SharedAccessKey"),
        ("Endpoint=sb://h.net", "without a SharedAccessKey or SharedAccessSignature"),
    ],
)
def test_what_is_malformed_is_named_without_its_value(text: str, message: str):
    with pytest.raises(ConnectionStringError) as caught:
        parse(text)
    assert len(caught.value.messages) == 1
    assert message in str(caught.value)
    assert "secret" not in str(caught.value) and "a+/b==" not in str(caught.value)


def test_everything_that_is_wrong_is_named_at_once():
    with pytest.raises(ConnectionStringError) as caught:
        parse("Endpoint=x;EntityPath=-;SharedAccessKey=b")
    assert len(caught.value.messages) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Contoso.NET", ("contoso.net", None)),
        ("10.0.0.4:5671", ("10.0.0.4", 5671)),
        ("[::1]:5672", ("::1", 5672)),
        ("[2001:DB8:0::1]", ("2001:db8::1", None)),
        ("eventhubs_emulator", ("eventhubs_emulator", None)),
    ],
)
def test_hosts_and_ports(text: str, expected: tuple[str, int | None]):
    assert host_and_port(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "", ":5671", "host:", "host:0", "host:65536", "host:1000000000000", "host:٥", "host:+1", "::1", "[::1",
        "[::1]x", "[fe80::1%eth0]", "[localhost]", "localhost.", "127.0.0.1.", "a..b", "-a", "a b",
        "user@host", "host/path", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "127.0.0.01",
        "256.0.0.1", "1.2.3.4.5",
        "ⓛocalhost", "localhost\n", "localhost\x00", "a" * 64, "a." * 127 + "a",
    ],
)  # fmt: skip
def test_a_host_that_could_be_read_in_two_ways_is_refused(text: str):
    with pytest.raises(ValueError, match=r"host name|port|address"):
        host_and_port(text)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.255.255.254", "::1"])
def test_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host",
    [
        "localhost.contoso.com",
        "127.0.0.1.evil.com",
        "0.0.0.0",
        "::",
        "::ffff:127.0.0.1",
        "128.0.0.1",
        "ip6-localhost",
    ],
)
def test_not_loopback(host: str):
    assert not is_loopback(host)


@pytest.mark.parametrize(("name", "good"), [("p", True), ("a.b-c_d", True), ("-a", False), ("a/b", False), ("", False)])
def test_hub_names(name: str, good: bool):
    assert is_hub_name(name) is good


def test_masking_leaves_the_rest_visible():
    assert masked(GOOD) == GOOD.replace("a+/b==", "***")
    assert masked("SharedAccessSignature = sr=x&sig=y;EntityPath=z") == "SharedAccessSignature = ***;EntityPath=z"
    assert masked("http://user:secret@proxy:3128") == "http://user:***@proxy:3128"
    assert masked("http://proxy:3128") == "http://proxy:3128"


@pytest.mark.parametrize(
    "secret",
    [
        "SharedAccessKey=K3yK3yK3y",
        "sr=sb%3a%2f%2fcontoso&sig=K3yK3yK3y%3d&se=1",
        "K3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK3yK=",  # a key by itself
    ],
)
def test_a_key_is_masked_wherever_it_stands(secret: str):
    for text in (secret, f"certs/{secret}" if "=" in secret[:-1] else f"certs {secret}", f"a;{secret}"):
        assert holds_key(text) and "K3yK3y" not in masked(text)


def test_what_is_no_key_is_left_alone():
    for text in ("output/{run_id}/summary.json", "SharedAccessKeyName=x", "a" * 60, "c" * 43 + "==", "config=1"):
        assert masked(text) == text and not holds_key(text)
