import pytest
from locust.env import Environment


@pytest.fixture
def environment():
    environment = Environment()
    environment.create_local_runner()
    yield environment
    environment.runner.quit()
