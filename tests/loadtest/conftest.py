import pytest
from locust.env import Environment


@pytest.fixture
def environment():
    environment = Environment()
    runner = environment.create_local_runner()
    yield environment
    runner.quit()
